"""Where each source is up to: validators, next poll, health; survives restarts (SQLite)."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from streams.database import connect
from streams.source import Unavailable

#: Entries of the last poll that are remembered per source; 16 bytes each.
SEEN_ENTRIES = 2_000

#: Longest error text that is kept, in characters.
ERROR_CHARS = 500

SCHEMA = """
CREATE TABLE IF NOT EXISTS cursors (
    name TEXT PRIMARY KEY,
    asked_url TEXT NOT NULL,
    url TEXT NOT NULL,
    etag TEXT NOT NULL,
    last_modified TEXT NOT NULL,
    next_poll TEXT,
    interval_seconds REAL,
    failures INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    last_success TEXT,
    last_new TEXT,
    missed INTEGER NOT NULL,
    gone INTEGER NOT NULL,
    ttl_seconds REAL,
    published TEXT NOT NULL,
    seen TEXT NOT NULL
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where one source is up to; the defaults are those of a source never polled."""

    #: the configured URL that this cursor is about; another one starts afresh
    asked_url: str = ""
    #: where a permanent redirect has led, "" if nowhere
    url: str = ""
    etag: str = ""
    last_modified: str = ""
    #: None: at once
    next_poll: datetime | None = None
    interval: timedelta | None = None
    #: failed polls in a row
    failures: int = 0
    last_error: str = ""
    #: when a poll last succeeded, and when one last brought entries that the one before lacked
    last_success: datetime | None = None
    last_new: datetime | None = None
    #: gaps: polls in which no entry of the one before was left, so that some may have been missed
    missed: int = 0
    #: the server answered 410: polled no more until asked to
    gone: bool = False
    #: the feed's own wish between two polls
    ttl: timedelta | None = None
    #: event times of its recent items, from which the cadence is taken
    published: tuple[datetime, ...] = ()
    #: the entries of the last poll that had any: short hash of the id -> short hash of the content
    seen: Mapping[str, str] = field(default_factory=dict)


class Cursors:
    """The cursors of all sources in one file; may be used by several threads.

    Every method raises Unavailable when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection = connect(path, SCHEMA)

    def load(self, name: str) -> Cursor:
        """The cursor of source `name`; that of a source never polled if there is none."""
        with self._database() as database:
            row = database.execute("SELECT * FROM cursors WHERE name = ?", (name,)).fetchone()
        return _cursor(row) if row else Cursor()

    def save(self, name: str, cursor: Cursor) -> None:
        """On return the cursor survives a crash."""
        values = (name, *_values(cursor))
        marks = ", ".join("?" * len(values))
        with self._database() as database:
            database.execute(f"INSERT OR REPLACE INTO cursors VALUES ({marks})", values)

    def all(self) -> dict[str, Cursor]:
        """Every cursor by the name of its source, sorted by name."""
        with self._database() as database:
            rows = database.execute("SELECT * FROM cursors ORDER BY name").fetchall()
        return {str(row["name"]): _cursor(row) for row in rows}

    def forget(self, name: str) -> None:
        """The source counts as never polled."""
        with self._database() as database:
            database.execute("DELETE FROM cursors WHERE name = ?", (name,))

    def close(self) -> None:
        """The file is closed; closing twice is harmless."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise Unavailable(f"state database {self._path} failed: {error}") from error


def _values(cursor: Cursor) -> tuple[str | float | None, ...]:
    """The columns after `name`, in the schema's order."""
    return (
        cursor.asked_url,
        cursor.url,
        cursor.etag,
        cursor.last_modified,
        _text(cursor.next_poll),
        _seconds(cursor.interval),
        cursor.failures,
        _storable(cursor.last_error)[:ERROR_CHARS],
        _text(cursor.last_success),
        _text(cursor.last_new),
        cursor.missed,
        cursor.gone,
        _seconds(cursor.ttl),
        json.dumps([_text(time) for time in cursor.published]),
        json.dumps(dict(cursor.seen), separators=(",", ":")),
    )


def _cursor(row: sqlite3.Row) -> Cursor:
    return Cursor(
        asked_url=row["asked_url"],
        url=row["url"],
        etag=row["etag"],
        last_modified=row["last_modified"],
        next_poll=_time(row["next_poll"]),
        interval=_span(row["interval_seconds"]),
        failures=row["failures"],
        last_error=row["last_error"],
        last_success=_time(row["last_success"]),
        last_new=_time(row["last_new"]),
        missed=row["missed"],
        gone=bool(row["gone"]),
        ttl=_span(row["ttl_seconds"]),
        published=tuple(datetime.fromisoformat(text) for text in json.loads(row["published"])),
        seen=json.loads(row["seen"]),
    )


def _storable(text: str) -> str:
    """`text` without lone surrogates, which SQLite's UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(UTC).isoformat()


def _time(text: Any) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
