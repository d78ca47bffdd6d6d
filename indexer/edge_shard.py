"""One shard of Qdrant Edge: opened, read and written, its errors told in our two ways."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import qdrant_edge as engine

from streams import Unavailable

#: Records per page of a scroll.
PAGE = 1_000


class Locked(Exception):
    """Another process owns this index."""


@contextmanager
def engine_errors(doing: str) -> Iterator[None]:
    """Turn the engine's errors, which it raises as bare Exception, into Unavailable."""
    try:
        yield
    except Exception as error:
        if type(error) is not Exception:
            raise
        raise Unavailable(f"the index failed at {doing}: {error}") from error


class Stored(NamedTuple):
    """A point as it is kept; `vectors` is None unless they were asked for."""

    id: str
    payload: dict[str, Any]
    vectors: Any


class Shard:
    """A shard folder, opened or created with its payload indexes."""

    def __init__(self, folder: Path, config: engine.EdgeConfig, indexes: Mapping[str, Any]) -> None:
        self._open = True
        try:
            if (folder / "edge_config.json").exists():
                self.engine = engine.EdgeShard.load(str(folder))
            else:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                self.engine = engine.EdgeShard.create(str(folder), config)
            schema = self.engine.info().payload_schema
            for field, kind in indexes.items():
                if field not in schema:
                    self.engine.update(engine.UpdateOperation.create_field_index(field, kind))
        except OSError as error:
            raise Unavailable(f"the index in {folder} cannot be used: {error}") from error
        except Exception as error:
            if type(error) is not Exception:
                raise
            if "WouldBlock" in str(error):
                raise Locked(f"the index in {folder} is in use by another process") from error
            raise Unavailable(f"the index in {folder} cannot be read: {error}") from error

    def upsert(self, points: Sequence[engine.Point]) -> None:
        """Write the points in one operation: after a crash all of them are there, or none."""
        with engine_errors("writing"):
            self.engine.update(engine.UpdateOperation.upsert_points(list(points)))

    def delete(self, ids: Sequence[str]) -> None:
        """Remove the points."""
        with engine_errors("deleting"):
            self.engine.update(engine.UpdateOperation.delete_points(list(ids)))

    def annotate(self, ids: Sequence[str], payload: Mapping[str, Any]) -> None:
        """Set these payload fields on the points."""
        with engine_errors("writing"):
            self.engine.update(engine.UpdateOperation.set_payload(list(ids), dict(payload)))

    def points(
        self, wanted: engine.Filter, *, payload: bool | list[str] = True, vectors: bool = False
    ) -> list[Stored]:
        """Every point that passes the filter, in order of id."""
        found: list[Stored] = []
        offset = None
        with engine_errors("reading"):
            while True:
                page, offset = self.engine.scroll(
                    engine.ScrollRequest(
                        offset=offset,
                        limit=PAGE,
                        filter=wanted,
                        with_payload=payload,
                        with_vector=vectors,
                    )
                )
                found += _stored(page)
                if offset is None:
                    return found

    def latest(
        self, field: str, limit: int, *, wanted: engine.Filter | None = None
    ) -> list[Stored]:
        """The `limit` points with the latest date in `field`, latest first."""
        with engine_errors("reading"):
            found, _ = self.engine.scroll(
                engine.ScrollRequest(
                    limit=limit,
                    filter=wanted,
                    order_by=engine.OrderBy(field, engine.Direction.Desc),
                    with_payload=True,
                )
            )
        return _stored(found)

    def present(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are here."""
        with engine_errors("reading"):
            found = self.engine.retrieve(list(ids), False, False) if ids else []
        return {str(record.id) for record in found}

    def query(self, requests: Sequence[engine.QueryRequest]) -> list[list[engine.ScoredPoint]]:
        """The answers to all requests, planned as one batch."""
        with engine_errors("searching"):
            return self.engine.query_batch(engine.QueryBatchRequest(list(requests)))

    def count(self) -> int:
        """How many points are here."""
        with engine_errors("counting"):
            return self.engine.count(engine.CountRequest(exact=True))

    def housekeep(self) -> None:
        """Merge segments and flush; holds the GIL about 1.3 s per 100,000 points."""
        with engine_errors("housekeeping"):
            self.engine.optimize()
            self.engine.flush()

    def close(self) -> None:
        """Flush and let go of the folder; closing twice is harmless."""
        if self._open:
            self._open = False
            self.engine.flush()
            self.engine.close()


def _stored(records: Sequence[engine.Record]) -> list[Stored]:
    return [Stored(str(record.id), record.payload or {}, record.vector) for record in records]
