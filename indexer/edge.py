"""Qdrant Edge: the index inside this process, in three shards under one folder.

    current   the chunks that questions about now search, without any filter
    history   closed versions, for as-of and known-at questions; a version is copied there
              before its successor is written and leaves `current` after that, so that who
              reads `current`, then `history`, never sees neither
    ledger    points without vectors: quotes, and the marks of withdrawals

An item's chunks are written in one operation, so a crash leaves all of them or none. One process
owns the folder; a second one gets Locked.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import qdrant_edge as engine

from indexer import edge_layout as layout
from indexer import edge_query as query
from indexer.chunk import Chunk
from indexer.edge_ledger import Ledger
from indexer.edge_query import version_filter
from indexer.edge_shard import Shard
from indexer.embedder import Vectors
from indexer.payload import (
    HELD_FIELDS,
    in_order,
    iso,
    key_of,
    to_chunk,
    to_held,
    to_payload,
)
from indexer.store import Change, Filters, Found, Held, Scope, Search
from streams import ItemKey, Unavailable

#: Points per operation; an item with more chunks than this still goes into one.
OPERATION_POINTS = 512

#: Closed versions among which a start looks for a change that a crash cut in two: more than one
#: write closes; what a feed's batch has beyond them is mended when it comes again.
RECOVER_VERSIONS = 2_000

#: Free disk below which nothing is written: the engine writes through memory maps, where a full
#: disk is SIGBUS, which ends the process without a word.
LEAST_FREE_MB = 100

#: Of the points of a version, the one that stands for it.
_FIRST = engine.FieldCondition("ordinal", match=engine.MatchValue(0))


class EdgeStore:
    """`indexer.store.Store` on Qdrant Edge. Safe to use from several threads."""

    def __init__(self, folder: Path, *, dimension: int, now: Callable[[], datetime]) -> None:
        """Open or create the index. Raises Locked, or Unavailable when it cannot be read."""
        self._now = now
        self._folder = folder
        self._bm25 = engine.Bm25()
        chunks = layout.chunk_config(dimension)
        self._current = Shard(folder / "current", chunks, layout.CURRENT_INDEXES)
        self._history = Shard(folder / "history", chunks, layout.HISTORY_INDEXES)
        self._ledger = Ledger(folder / "ledger")
        self._recover()

    def held(self, keys: Sequence[ItemKey]) -> Mapping[ItemKey, tuple[Held, ...]]:
        """Every version held of each key, oldest `observed` first."""
        wanted = engine.Filter(must=[query.matches("key", [key_of(key) for key in keys]), _FIRST])
        versions: dict[ItemKey, dict[tuple[bool, str], Held]] = {}
        for shard in (self._current, self._ledger, self._history):
            for record in shard.points(wanted, payload=[*HELD_FIELDS, "superseded"]):
                payload = record.payload
                held = to_held(payload, closed="superseded" in payload)
                name = (held.state in ("withdrawn", "suppressed"), held.version)
                key = ItemKey(payload["source"], payload["id"])
                # `current` is read first: a version that is in both shards is still current
                versions.setdefault(key, {}).setdefault(name, held)
        return {key: in_order(helds.values()) for key, helds in versions.items()}

    def write(self, changes: Sequence[Change]) -> None:
        """Apply the changes; durable and searchable on return. Raises Unavailable."""
        self._need_room()
        leaving = [id for change in changes if change.closes for id in self._copy_closing(change)]
        # before the late version itself: once that is there, a replay does not come back to this
        for change in changes:
            for version, until in change.shortens:
                ids = [p.id for p in self._history.points(version_filter(change.key, [version]))]
                self._history.annotate(ids, {"valid_until": iso(until)})
        indexed = self._now()
        for shard, late in ((self._history, True), (self._current, False)):
            for points in self._operations(changes, indexed, late=late):
                shard.upsert(points)
        self._ledger.write(changes, indexed)
        if leaving:
            self._current.delete(leaving)

    def vectors(self, key: ItemKey, version: str) -> Mapping[str, Vectors]:
        """The vector of each `embedded_text` of one version; empty when it is not current."""
        found = self._current.points(version_filter(key, [version]), vectors=True)
        return {
            to_chunk(point.payload).embedded_text: np.asarray(
                point.vectors[query.DENSE], np.float32
            )
            for point in found
        }

    def search(self, search: Search, scope: Scope) -> list[Found]:
        """The best chunks, best first, ties by id; one request to each shard that is asked."""
        keywords = self._bm25.embed_query(search.text)
        found: dict[str, Found] = {}
        for shard, closed in self._asked(search.filters):
            wanted = query.conditions(search.filters, scope, closed=closed)
            requests = [query.ranked(search, keywords, wanted)]
            if search.explain:
                requests += [query.raw_lane(search, keywords, name, wanted) for name in query.LANES]
            best, *lanes = shard.query(requests)
            for point in best:
                places = _places(point.id, dict(zip(query.LANES, lanes, strict=False)))
                found[str(point.id)] = Found(to_chunk(point.payload or {}), point.score, places)
        ordered = sorted(found.items(), key=lambda entry: (-entry[1].score, entry[0]))
        return [hit for _, hit in ordered[: search.limit]]

    def history(self, key: ItemKey, scope: Scope) -> list[Chunk]:
        """The chunks of every version, oldest version first, in order."""
        wanted = engine.Filter(must=[query.matches("key", [key_of(key)]), *query.visible(scope)])
        shards = (self._current, self._ledger, self._history)
        records = chain.from_iterable(shard.points(wanted) for shard in shards)
        chunks = {r.id: to_chunk(r.payload) for r in records if "text" in r.payload}
        return sorted(chunks.values(), key=lambda c: (c.observed, c.version, c.ordinal))

    def quotes(self, symbol: str, *, as_of: datetime, limit: int, scope: Scope) -> list[Chunk]:
        """The newest `limit` quotes of a symbol published up to `as_of`, newest first."""
        return self._ledger.quotes(symbol, as_of=as_of, limit=limit, scope=scope)

    def newest(self, filters: Filters, scope: Scope) -> Chunk | None:
        """The most recently published chunk that may be found."""
        best: list[Chunk] = []
        for shard, closed in self._asked(filters):
            wanted = query.as_filter(query.conditions(filters, scope, closed=closed))
            best += [to_chunk(r.payload) for r in shard.latest("published", 1, wanted=wanted)]
        return max(best, key=lambda chunk: (chunk.published, chunk.id), default=None)

    def count(self) -> Mapping[str, int]:
        """Points per part of the index."""
        return {
            "current": self._current.count(),
            "history": self._history.count(),
            "ledger": self._ledger.count(),
        }

    def housekeep(self) -> None:
        """Merge segments and flush; holds the GIL about 1.3 s per 100,000 points."""
        self._need_room()
        for shard in (self._current, self._history, self._ledger):
            shard.housekeep()

    def close(self) -> None:
        """Flush and let go of the folder."""
        for shard in (self._current, self._history, self._ledger):
            shard.close()

    def _need_room(self) -> None:
        """Raise Unavailable unless the folder is there and its disk has room for a write."""
        try:
            free = shutil.disk_usage(self._folder).free // 1_000_000
        except OSError as error:
            raise Unavailable(f"the index in {self._folder} is gone: {error.strerror}") from error
        if free < LEAST_FREE_MB:
            need = f"make room, nothing is indexed below {LEAST_FREE_MB} MB"
            raise Unavailable(f"only {free} MB are free on the disk of {self._folder}; {need}")

    def _asked(self, filters: Filters) -> list[tuple[Shard, bool]]:
        """The shards that a question needs, `current` first; with whether they hold closed ones."""
        past = filters.as_of or filters.known_at
        return [(self._current, False)] + ([(self._history, True)] if past else [])

    def _copy_closing(self, change: Change) -> list[str]:
        """Copy what the change closes into `history`; returns the ids that must leave `current`."""
        points = self._current.points(version_filter(change.key, change.closes), vectors=True)
        if points:
            facts = {"superseded": iso(change.at), "successor": change.successor}
            facts["valid_until"] = iso(change.valid_until or change.at)
            self._history.upsert(
                [engine.Point(p.id, p.vectors, {**p.payload, **facts}) for p in points]
            )
        return [point.id for point in points]

    def _operations(
        self, changes: Sequence[Change], indexed: datetime, *, late: bool
    ) -> list[list[engine.Point]]:
        """The chunks to open as current (or, `late`, as closed), whole items to an operation."""
        operations: list[list[engine.Point]] = [[]]
        for change in changes:
            opens = [chunk for chunk in change.opens if (chunk.superseded is not None) == late]
            if change.vectors is None or not opens:
                continue
            if operations[-1] and len(operations[-1]) + len(opens) > OPERATION_POINTS:
                operations.append([])
            operations[-1] += [
                engine.Point(
                    chunk.id,
                    {
                        query.DENSE: vector.tolist(),
                        query.KEYWORDS: self._bm25.embed_document(chunk.embedded_text),
                    },
                    to_payload(chunk, indexed=indexed),
                )
                for chunk, vector in zip(opens, change.vectors, strict=True)
            ]
        return [points for points in operations if points]

    def _recover(self) -> None:
        """Finish or undo a version change that a crash cut in two.

        A version in both shards was being closed. If its successor is in `current`, it leaves
        `current` now; if not, the copy goes, and the replay makes the change again.
        """
        first = engine.Filter(must=[_FIRST])  # a version may have thousands of points
        recent = self._history.latest("superseded", RECOVER_VERSIONS, wanted=first)
        twice = self._current.present([record.id for record in recent])
        finished: list[str] = []
        undone: list[str] = []
        for payload in [record.payload for record in recent if record.id in twice]:
            key = ItemKey(payload["source"], payload["id"])
            successor = payload.get("successor") or ""
            opened = successor and self._current.points(version_filter(key, [successor]))
            both = self._history.points(version_filter(key, [payload["version"]]), payload=False)
            (finished if opened else undone).extend(point.id for point in both)
        if finished:
            self._current.delete(finished)
        if undone:
            self._history.delete(undone)


def _places(
    id: Any, lanes: Mapping[str, Sequence[engine.ScoredPoint]]
) -> dict[str, tuple[int, float]]:
    """Rank (from 1) and raw score of a point in each lane that found it."""
    return {
        name: (rank, point.score)
        for name, points in lanes.items()
        for rank, point in enumerate(points, start=1)
        if point.id == id
    }
