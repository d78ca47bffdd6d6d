"""The shard of points without vectors: quotes, and the marks of withdrawals."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import qdrant_edge as engine

from indexer import edge_query as query
from indexer.chunk import Chunk, point_id
from indexer.edge_layout import LEDGER_INDEXES, ledger_config
from indexer.edge_query import version_filter
from indexer.edge_shard import Shard
from indexer.payload import iso, mark_payload, to_chunk, to_payload
from indexer.store import Change, Scope


class Ledger(Shard):
    """A shard that is read by key and by symbol, never searched."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, ledger_config(), LEDGER_INDEXES)

    def quotes(self, symbol: str, *, as_of: datetime, limit: int, scope: Scope) -> list[Chunk]:
        """The newest `limit` quotes of a symbol published up to `as_of`, newest first."""
        wanted: list[query.Condition] = [
            query.matches("symbol", [symbol]),
            query.between("published", until=as_of),
            engine.IsEmptyCondition("superseded"),
            *query.visible(scope),
        ]
        found = self.latest("published", limit, wanted=query.as_filter(wanted))
        return [to_chunk(record.payload) for record in found]

    def write(self, changes: Sequence[Change], indexed: datetime) -> None:
        """Write quotes and marks; a quote's older version is closed in place, after the newer."""
        points = []
        for change in changes:
            if change.vectors is None:
                for chunk in change.opens:
                    payload = to_payload(chunk, indexed=indexed)
                    points.append(engine.Point(chunk.id, {}, payload))
            if change.withdraws:
                id = str(point_id(change.key, f"mark\n{change.withdraws.version}"))
                points.append(engine.Point(id, {}, mark_payload(change.key, change.withdraws)))
        if points:
            self.upsert(points)
        for change in changes:
            if change.closes and change.in_ledger:
                old = self.points(version_filter(change.key, change.closes))
                self.annotate([p.id for p in old], {"superseded": iso(change.at)})
