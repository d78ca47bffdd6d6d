"""The index as plain Python: exact, slow, and the oracle of every other store."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import qdrant_edge

from indexer.chunk import Chunk
from indexer.embedder import Vectors
from indexer.payload import in_order
from indexer.store import Change, Filters, Found, Held, Scope, Search
from streams import ItemKey


@dataclass
class Entry:
    """One chunk with its vector; a quote has none."""

    chunk: Chunk
    vector: Vectors | None


@dataclass
class MemoryStore:
    """`indexer.store.Store` over a dictionary of entries."""

    now: Callable[[], datetime]
    entries: dict[str, Entry] = field(default_factory=dict)
    marks: dict[tuple[ItemKey, str], Held] = field(default_factory=dict)

    def held(self, keys: Sequence[ItemKey]) -> Mapping[ItemKey, tuple[Held, ...]]:
        wanted = set(keys)
        found: dict[ItemKey, list[Held]] = {}
        for (key, _), mark in self.marks.items():
            if key in wanted:
                found.setdefault(key, []).append(mark)
        for entry in self.entries.values():
            chunk = entry.chunk
            if chunk.key in wanted and chunk.ordinal == 0:
                state = "closed" if chunk.superseded else "current"
                found.setdefault(chunk.key, []).append(
                    Held(
                        chunk.version,
                        chunk.digest,
                        chunk.updated,
                        chunk.published,
                        chunk.observed,
                        state,  # type: ignore[arg-type]
                        chunk.late,
                    )
                )
        return {key: in_order(helds) for key, helds in found.items()}

    def write(self, changes: Sequence[Change]) -> None:
        indexed = self.now()
        for change in changes:
            for row, chunk in enumerate(change.opens):
                vector = None if change.vectors is None else change.vectors[row]
                self.entries[chunk.id] = Entry(replace(chunk, indexed=indexed), vector)
            ends = dict(change.shortens)
            for entry in self.entries.values():
                if entry.chunk.key != change.key:
                    continue
                if entry.chunk.version in change.closes and not entry.chunk.superseded:
                    until = None if change.in_ledger else change.valid_until or change.at
                    entry.chunk = replace(entry.chunk, superseded=change.at, valid_until=until)
                if entry.chunk.version in ends:
                    entry.chunk = replace(entry.chunk, valid_until=ends[entry.chunk.version])
            if change.withdraws:
                self.marks[change.key, change.withdraws.version] = change.withdraws

    def vectors(self, key: ItemKey, version: str) -> Mapping[str, Vectors]:
        return {
            entry.chunk.embedded_text: entry.vector
            for entry in self.entries.values()
            if entry.chunk.key == key
            and entry.chunk.version == version
            and entry.vector is not None
            and not entry.chunk.superseded
        }

    def search(self, search: Search, scope: Scope) -> list[Found]:
        open_ = [e for e in self._searchable() if passes(e.chunk, search.filters, scope)]
        dense = {e.chunk.id: float(np.dot(e.vector, search.vector)) for e in open_}
        keyword = {
            id: score for id, score in self._bm25(search.text).items() if id in dense and score > 0
        }
        lanes = {
            name: sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[: search.candidates]
            for name, scores in (("dense", dense), ("keywords", keyword))
        }
        kept = {name: dict(pairs) for name, pairs in lanes.items()}
        found = []
        for entry in open_:
            id = entry.chunk.id
            if id not in kept["dense"] and id not in kept["keywords"]:
                continue
            cosine = max(0.0, kept["dense"].get(id, 0.0))
            bm25 = kept["keywords"].get(id, 0.0)
            score = search.mix * cosine
            score += (1 - search.mix) * bm25 / (bm25 + search.saturation)
            decay = search.decays.get(entry.chunk.class_)
            if decay:
                age = abs(search.now - entry.chunk.published)
                faded = 0.5 ** (age / decay.half_life)
                score *= 1 - decay.weight * (1 - faded)
            places = {
                name: (rank, value)
                for name, pairs in lanes.items()
                for rank, (other, value) in enumerate(pairs, start=1)
                if other == id and search.explain
            }
            found.append(Found(entry.chunk, score, places))
        return sorted(found, key=lambda hit: (-hit.score, hit.chunk.id))[: search.limit]

    def history(self, key: ItemKey, scope: Scope) -> list[Chunk]:
        chunks = [e.chunk for e in self.entries.values() if e.chunk.key == key]
        seen = [chunk for chunk in chunks if may_see(chunk, scope)]
        return sorted(seen, key=lambda c: (c.observed, c.version, c.ordinal))

    def quotes(self, symbol: str, *, as_of: datetime, limit: int, scope: Scope) -> list[Chunk]:
        found = [
            entry.chunk
            for entry in self.entries.values()
            if entry.vector is None
            and (entry.chunk.figures or {}).get("symbol") == symbol
            and entry.chunk.published <= as_of
            and not entry.chunk.superseded
            and may_see(entry.chunk, scope)
        ]
        return sorted(found, key=lambda chunk: chunk.published, reverse=True)[:limit]

    def newest(self, filters: Filters, scope: Scope) -> Chunk | None:
        found = [e.chunk for e in self._searchable() if passes(e.chunk, filters, scope)]
        return max(found, key=lambda chunk: (chunk.published, chunk.id), default=None)

    def count(self) -> Mapping[str, int]:
        chunks = [e for e in self.entries.values() if e.vector is not None]
        closed = sum(1 for e in chunks if e.chunk.superseded)
        ledger = len(self.entries) - len(chunks) + len(self.marks)
        return {"current": len(chunks) - closed, "history": closed, "ledger": ledger}

    def housekeep(self) -> None:
        pass

    def close(self) -> None:
        pass

    def _searchable(self) -> list[Entry]:
        return [entry for entry in self.entries.values() if entry.vector is not None]

    def _bm25(self, text: str) -> dict[str, float]:
        """Okapi BM25; document frequencies among current and closed chunks apart, as in Edge."""
        encoder = qdrant_edge.Bm25()
        asked = set(encoder.embed_query(text).indices)
        scores: dict[str, float] = {}
        for closed in (False, True):
            part = [e for e in self._searchable() if bool(e.chunk.superseded) == closed]
            documents = {}
            for entry in part:
                sparse = encoder.embed_document(entry.chunk.embedded_text)
                documents[entry.chunk.id] = dict(zip(sparse.indices, sparse.values, strict=True))
            frequency = Counter(term for terms in documents.values() for term in terms)
            total = len(documents)
            for id, terms in documents.items():
                scores[id] = sum(
                    value * math.log((total - frequency[term] + 0.5) / (frequency[term] + 0.5) + 1)
                    for term, value in terms.items()
                    if term in asked
                )
        return scores


def may_see(chunk: Chunk, scope: Scope) -> bool:
    """Whether a caller with this scope may see the chunk."""
    return scope.labels is None or not chunk.labels or bool(scope.labels & set(chunk.labels))


def passes(chunk: Chunk, filters: Filters, scope: Scope) -> bool:
    """Whether the chunk may be found."""
    at, known = filters.as_of, filters.known_at
    if chunk.superseded and not (at or known):
        return False
    if at and not (chunk.version_time <= at and (not chunk.superseded or chunk.valid_until > at)):  # type: ignore[operator]
        return False
    if known and not (
        chunk.observed <= known and (not chunk.superseded or chunk.superseded > known)
    ):
        return False
    return (
        may_see(chunk, scope)
        and (not filters.since or chunk.published >= filters.since)
        and (not filters.until or chunk.published <= filters.until)
        and (not filters.sources or chunk.key.source in filters.sources)
        and (not filters.kinds or chunk.kind in filters.kinds)
        and (not filters.regions or chunk.region in filters.regions)
    )
