"""Items pushed over HTTP: durable in SQLite before `put` returns, then a stream like any other."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from streams.database import connect
from streams.item import Item, Malformed
from streams.record import decode, encode
from streams.source import Unavailable

#: Wait that is proposed to a sender whose items do not fit; a batch is indexed in a few seconds.
RETRY_AFTER = timedelta(seconds=5)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS inbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    item TEXT, -- the record of an Item; NULL for a Malformed, which has the rest
    source TEXT, id TEXT, raw BLOB, error TEXT, observed TEXT
);
"""
_INSERT = "INSERT INTO inbox (item, source, id, raw, error, observed) VALUES (?, ?, ?, ?, ?, ?)"


class Inbox:
    """The Source of pushed items. Many threads may `put`; one thread polls and commits.

    Items have ascending numbers, never given twice. `put` refuses when more than `max_pending`
    items would wait, but an empty inbox takes any number, so that no push is refused for ever.
    """

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], datetime],
        name: str = "inbox",
        max_pending: int = 50_000,
        batch: int = 64,
    ) -> None:
        self.name = name
        self._now = now
        self._max_pending = max_pending
        self._batch = batch
        self._changed = threading.Condition()
        self._closed = False
        self._handed: tuple[int, list[Item | Malformed]] | None = None
        self._connection = connect(path, _SCHEMA)
        with self._reading() as database:
            self._pending = int(database.execute("SELECT count(*) FROM inbox").fetchone()[0])
            # Numbers up to this one are committed: the one before the first that waits, else
            # the last ever given.
            self._committed = int(
                database.execute(
                    "SELECT coalesce((SELECT min(number) - 1 FROM inbox),"
                    " (SELECT seq FROM sqlite_sequence WHERE name = 'inbox'), 0)"
                ).fetchone()[0]
            )

    @property
    def pending(self) -> int:
        """How many items are not committed yet."""
        with self._changed:
            return self._pending

    @property
    def committed(self) -> int:
        """The number up to which all items are committed."""
        with self._changed:
            return self._committed

    def put(self, items: Sequence[Item | Malformed]) -> range:
        """The numbers of the items, in their order, once all of them would survive a power cut.

        Raises Unavailable, and then none was taken, when the inbox or the disk is full.
        """
        rows = [_row(item) for item in items]
        with self._changed:
            if self._pending and self._pending + len(rows) > self._max_pending:
                raise Unavailable(
                    f"the inbox is full: {self._pending:,} items wait to be indexed",
                    retry_after=RETRY_AFTER,
                )
            with self._writing() as database:
                numbers = [database.execute(_INSERT, row).lastrowid or 0 for row in rows]
            self._pending += len(rows)
            self._changed.notify_all()
        return range(numbers[0], numbers[-1] + 1) if numbers else range(0)

    def poll(self, timeout: float) -> Sequence[Item | Malformed]:
        """Up to `batch` items, first come first; waits up to `timeout` seconds for the first."""
        with self._changed:
            if self._handed is None:
                self._changed.wait_for(lambda: self._pending or self._closed, timeout)
                with self._reading() as database:
                    rows = database.execute(
                        "SELECT * FROM inbox ORDER BY number LIMIT ?", (self._batch,)
                    ).fetchall()
                if not rows:
                    return []
                items = [_item(row, self._now()) for row in rows]
                self._handed = (int(rows[-1]["number"]), items)
            return list(self._handed[1])

    def commit(self) -> None:
        """Forget the items of the last poll for good, and wake who waits for them."""
        with self._changed:
            if self._handed is None:
                return
            last, items = self._handed
            with self._writing() as database:
                database.execute("DELETE FROM inbox WHERE number <= ?", (last,))
            self._handed = None
            self._pending -= len(items)
            self._committed = last
            self._changed.notify_all()

    def wait_for(self, number: int, timeout: float) -> bool:
        """Whether the items up to `number` are committed, at the latest after `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._committed >= number or self._closed, timeout)
            return self._committed >= number

    def close(self) -> None:
        """Let go of the file and wake all who wait; closing twice is harmless."""
        with self._changed:
            self._closed = True
            self._handed = None
            self._connection.close()
            self._changed.notify_all()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if self._closed:
            raise Unavailable("the inbox is closed")
        try:
            yield self._connection
        except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
            raise
        except sqlite3.DatabaseError as error:
            raise Unavailable(f"the inbox cannot be used: {error}") from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, on disk when the block ends, undone when it fails."""
        with self._reading() as database:
            try:
                database.execute("BEGIN IMMEDIATE")
                yield database
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise


def _row(item: Item | Malformed) -> tuple[object, ...]:
    if isinstance(item, Item):
        return (json.dumps(encode(item)), None, None, None, None, None)
    texts = (_storable(item.source), _storable(item.id), item.raw, _storable(item.error))
    return (None, *texts, item.observed.isoformat())


def _item(row: sqlite3.Row, now: datetime) -> Item | Malformed:
    if row["item"] is not None:
        return decode(json.loads(row["item"]), observed=now, trust_observed=True)
    return Malformed(
        source=row["source"],
        id=row["id"],
        raw=row["raw"],
        error=row["error"],
        observed=datetime.fromisoformat(row["observed"]),
    )


def _storable(text: str) -> str:
    """SQLite takes no lone surrogates."""
    return text.encode("utf-8", "replace").decode()
