"""Dead letters: what could not be indexed, kept with its reason until replayed or dropped."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from indexer.report import DeadLetter
from streams import Item, Malformed, Unavailable
from streams.database import connect
from streams.record import decode, encode

_SCHEMA = """
CREATE TABLE IF NOT EXISTS dead_letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    fingerprint TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    malformed INTEGER NOT NULL,
    raw BLOB NOT NULL,
    error TEXT NOT NULL,
    at TEXT NOT NULL,
    observed TEXT NOT NULL,
    times INTEGER NOT NULL DEFAULT 1
);
"""

#: The largest integer that SQLite keeps; no letter has a larger number.
LAST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Buried:
    """A dead letter as it is kept; `times` counts how often the same one came."""

    number: int
    source: str
    id: str
    malformed: bool
    raw: bytes
    error: str
    at: datetime
    observed: datetime
    times: int


class DeadLetterBox:
    """The dead letters of one Freshwire home, in SQLite. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = connect(path, _SCHEMA)

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Keep the letters; durable on return. The same letter again is counted, not kept twice."""
        rows = [_row(letter) for letter in letters]
        with self._lock:
            try:
                with self._db:
                    self._db.execute("BEGIN IMMEDIATE")
                    self._db.executemany(
                        "INSERT INTO dead_letters"
                        " (fingerprint, source, id, malformed, raw, error, at, observed)"
                        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (fingerprint) DO UPDATE"
                        " SET error = excluded.error, at = excluded.at, times = times + 1",
                        rows,
                    )
            except sqlite3.Error as error:
                raise Unavailable(f"dead letters cannot be written: {error}") from error

    def latest(self, *, source: str = "", limit: int = 100) -> list[Buried]:
        """The latest letters first."""
        return self._select(
            "WHERE (? = '' OR source = ?) ORDER BY at DESC, number DESC LIMIT ?",
            (source, source, limit),
        )

    def show(self, number: int) -> Buried | None:
        """One letter, or None when there is none of that number."""
        found = self._select("WHERE number = ?", (number,)) if 0 < number <= LAST_NUMBER else []
        return found[0] if found else None

    def count(self) -> int:
        """How many letters are kept."""
        with self._lock:
            try:
                return int(self._db.execute("SELECT count(*) FROM dead_letters").fetchone()[0])
            except sqlite3.Error as error:
                raise Unavailable(f"dead letters cannot be counted: {error}") from error

    def drop(self, numbers: Sequence[int]) -> int:
        """Remove letters; how many of them there were."""
        return self._delete("number = ?", [(n,) for n in numbers if 0 < n <= LAST_NUMBER])

    def settle(self, letters: Sequence[Buried]) -> int:
        """Remove letters as they were read, but none that came again since; how many were."""
        return self._delete(
            "number = ? AND times = ?", [(each.number, each.times) for each in letters]
        )

    def close(self) -> None:
        """Let go of the file; closing twice is harmless."""
        self._db.close()

    def _delete(self, where: str, rows: Sequence[tuple[int, ...]]) -> int:
        with self._lock:
            try:
                with self._db:
                    self._db.execute("BEGIN IMMEDIATE")
                    return self._db.executemany(
                        f"DELETE FROM dead_letters WHERE {where}", rows
                    ).rowcount
            except sqlite3.Error as error:
                raise Unavailable(f"dead letters cannot be removed: {error}") from error

    def _select(self, where: str, values: tuple[object, ...]) -> list[Buried]:
        with self._lock:
            try:
                rows = self._db.execute(f"SELECT * FROM dead_letters {where}", values).fetchall()
            except sqlite3.Error as error:
                raise Unavailable(f"dead letters cannot be read: {error}") from error
        return [
            Buried(
                number=row["number"],
                source=row["source"],
                id=row["id"],
                malformed=bool(row["malformed"]),
                raw=row["raw"],
                error=row["error"],
                at=datetime.fromisoformat(row["at"]),
                observed=datetime.fromisoformat(row["observed"]),
                times=row["times"],
            )
            for row in rows
        ]


class DeadLetterSource:
    """Chosen dead letters as a Source: replayed through the one path, removed when it went well."""

    name = "dead-letters"

    def __init__(
        self, box: DeadLetterBox, numbers: Sequence[int], *, now: Callable[[], datetime]
    ) -> None:
        self._box = box
        self._numbers = list(numbers)
        self._now = now
        self._polled: list[Buried] = []

    def poll(self, timeout: float) -> list[Item | Malformed]:
        """The letters that are still there; `timeout` does not matter, nothing more will come."""
        now = self._now()
        self._polled = [letter for n in self._numbers if (letter := self._box.show(n))]
        return [_revive(letter, now) for letter in self._polled]

    def commit(self) -> None:
        """Remove what was polled, except letters that died again since."""
        self._box.settle(self._polled)
        self._numbers, self._polled = [], []

    def close(self) -> None:
        """Nothing to let go of."""


def _row(letter: DeadLetter) -> tuple[object, ...]:
    what = letter.what
    malformed = isinstance(what, Malformed)
    raw = what.raw if isinstance(what, Malformed) else json.dumps(encode(what)).encode()
    observed = what.observed.isoformat()
    # an item's own clock does not make it another letter
    content = raw if isinstance(what, Malformed) else f"{what.digest} {what.updated}".encode()
    source, id, error = (_storable(text) for text in (what.source, what.id, letter.error))
    fingerprint = hashlib.sha256(b"\0".join([source.encode(), id.encode(), content])).hexdigest()
    at = letter.at.isoformat()
    return (fingerprint, source, id, malformed, raw, error, at, observed)


def _storable(text: str) -> str:
    """SQLite takes no lone surrogates."""
    return text.encode("utf-8", "replace").decode()


def _revive(letter: Buried, now: datetime) -> Item | Malformed:
    """The letter as it first came; raw bytes that are JSON get another chance to be an item."""
    trusted = not letter.malformed
    observed = now if trusted else letter.observed
    error = letter.error
    try:
        value = json.loads(letter.raw)
    except (ValueError, RecursionError):
        pass
    else:
        what = decode(value, observed=observed, source=letter.source, trust_observed=trusted)
        if isinstance(what, Item):
            return what
        error = what.error
    # under its own key and bytes, so that the box knows it again
    return Malformed(
        source=letter.source, id=letter.id, raw=letter.raw, error=error, observed=letter.observed
    )
