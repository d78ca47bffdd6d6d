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
        found = self._select("WHERE number = ?", (number,))
        return found[0] if found else None

    def count(self) -> int:
        """How many letters are kept."""
        with self._lock:
            return int(self._db.execute("SELECT count(*) FROM dead_letters").fetchone()[0])

    def drop(self, numbers: Sequence[int], *, until: datetime | None = None) -> int:
        """Remove letters (those that came again after `until` stay); how many were removed."""
        last = until.isoformat() if until else "9999"
        removed = 0
        with self._lock:
            try:
                with self._db:
                    self._db.execute("BEGIN IMMEDIATE")
                    for number in numbers:
                        removed += self._db.execute(
                            "DELETE FROM dead_letters WHERE number = ? AND at <= ?", (number, last)
                        ).rowcount
            except sqlite3.Error as error:
                raise Unavailable(f"dead letters cannot be removed: {error}") from error
        return removed

    def close(self) -> None:
        """Let go of the file; closing twice is harmless."""
        self._db.close()

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
        self._polled: datetime | None = None

    def poll(self, timeout: float) -> list[Item | Malformed]:
        """The letters that are still there; `timeout` does not matter, nothing more will come."""
        self._polled = self._now()
        letters = [letter for n in self._numbers if (letter := self._box.show(n))]
        return [_revive(letter, self._polled) for letter in letters]

    def commit(self) -> None:
        """Remove what was polled, except letters that died again since."""
        if self._polled:
            self._box.drop(self._numbers, until=self._polled)
            self._numbers = []

    def close(self) -> None:
        """Nothing to let go of."""


def _row(letter: DeadLetter) -> tuple[object, ...]:
    what = letter.what
    malformed = isinstance(what, Malformed)
    raw = what.raw if isinstance(what, Malformed) else json.dumps(encode(what)).encode()
    observed = what.observed.isoformat()
    # an item's own clock does not make it another letter
    content = raw if isinstance(what, Malformed) else f"{what.digest} {what.updated}".encode()
    fingerprint = hashlib.sha256(
        b"\0".join([what.source.encode(), what.id.encode("utf-8", "replace"), content])
    )
    identity = (fingerprint.hexdigest(), what.source, what.id.encode("utf-8", "replace").decode())
    return (*identity, malformed, raw, letter.error, letter.at.isoformat(), observed)


def _revive(letter: Buried, now: datetime) -> Item | Malformed:
    """The letter as it first came; raw bytes that are JSON get another chance to be an item."""
    try:
        value = json.loads(letter.raw)
    except (ValueError, RecursionError):
        return Malformed(
            source=letter.source,
            id=letter.id,
            raw=letter.raw,
            error=letter.error,
            observed=letter.observed,
        )
    trusted = not letter.malformed
    observed = now if trusted else letter.observed
    return decode(value, observed=observed, source=letter.source, trust_observed=trusted)
