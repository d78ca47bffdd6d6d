"""Which sources there are: those that ship, those configured, those added while running."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from streams.database import connect
from streams.item import SOURCE_NAME
from streams.naming import name_for
from streams.source import SourceSpec, Unavailable

SCHEMA = """
CREATE TABLE IF NOT EXISTS added_sources (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    spec TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS removed_sources (name TEXT PRIMARY KEY);
"""


class Catalogue:
    """The sources in force; what is added or removed survives restarts. Threads may share it.

    `given` are the sources of this start: samples, defaults and those of the configuration, in
    order; where two have one name or address, the later one counts (the configuration stands
    last). Every method raises Unavailable when the file cannot be read or written.
    """

    def __init__(self, path: Path, given: Sequence[SourceSpec] = ()) -> None:
        self._path = path
        self._given = _latest(given)
        self._lock = threading.RLock()
        self._connection = connect(path, SCHEMA)

    def all(self) -> list[SourceSpec]:
        """The sources in force: the given ones that were not removed, then the added ones.

        An added source gives way to a given one of the same name or address.
        """
        with self._database() as database:
            removed, added = _removed(database), _added(database)
        given = [spec for spec in self._given if _in_force(spec, removed)]
        names, urls = {spec.name for spec in given}, {_same(spec) for spec in given}
        kept = [spec for spec in added if spec.name not in names and _same(spec) not in urls]
        return given + kept

    def get(self, name: str) -> SourceSpec | None:
        """The source of that name, None when none is in force."""
        return next((spec for spec in self.all() if spec.name == name), None)

    def add(self, spec: SourceSpec) -> SourceSpec:
        """The source as it is kept, origin "added"; it is in force and survives a crash.

        Raises ValueError with a sentence when the name or the address is taken or not allowed.
        """
        if not SOURCE_NAME.fullmatch(spec.name):
            raise ValueError(f"the name {spec.name[:100]!r} is not of the form [a-z0-9._-]+")
        kept = replace(spec, origin="added")
        with self._database() as database:
            for other in self.all():
                if other.name == spec.name:
                    raise ValueError(f"there is a source named {spec.name} already ({other.url})")
                if _same(other) == _same(spec):
                    raise ValueError(f"{spec.url} is followed already, as {other.name}")
            # An added source that a given one hides makes room for another under its name.
            database.execute(
                "INSERT OR REPLACE INTO added_sources (name, spec) VALUES (?, ?)",
                (kept.name, _dump(kept)),
            )
        return kept

    def remove(self, name: str) -> SourceSpec:
        """The source that was removed; it is out of force and stays so after restarts.

        Raises ValueError with a sentence when there is none of that name, or when it stands in
        the configuration file.
        """
        spec = self.get(name)
        if spec is None:
            raise ValueError(f"there is no source named {name[:100]}")
        if spec.origin == "config":
            raise ValueError(f"{name} stands in the configuration file: remove it there")
        with self._database() as database:
            if spec.origin == "added":
                database.execute("DELETE FROM added_sources WHERE name = ?", (name,))
            else:
                database.execute("INSERT OR IGNORE INTO removed_sources VALUES (?)", (name,))
        return spec

    def name_for(self, url: str, title: str = "") -> str:
        """A name `[a-z0-9._-]+` that no source has, not even a removed one."""
        with self._database() as database:
            taken = {spec.name for spec in _added(database)}
        return name_for(url, title, taken=taken | {spec.name for spec in self._given})

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


def _latest(given: Sequence[SourceSpec]) -> list[SourceSpec]:
    """`given` in order, without those whose name or address a later one has."""
    names: set[str] = set()
    urls: set[str] = set()
    kept: list[SourceSpec] = []
    for spec in reversed(given):
        if spec.name not in names and _same(spec) not in urls:
            kept.append(spec)
            names.add(spec.name)
            urls.add(_same(spec))
    return kept[::-1]


def _in_force(spec: SourceSpec, removed: set[str]) -> bool:
    """Whether a given source counts: what the configuration file says cannot be removed here."""
    return spec.origin == "config" or spec.name not in removed


def _same(spec: SourceSpec) -> str:
    """What two sources must not share: the address, whatever its scheme and last slash.

    Several quotes may stand in one file, and what has no address is only told apart by name.
    """
    address = spec.url.removeprefix("https://").removeprefix("http://").rstrip("/")
    return f"{spec.kind} {spec.symbol} {address or spec.name}"


def _removed(database: sqlite3.Connection) -> set[str]:
    """The names of samples and defaults that were removed."""
    return {str(row["name"]) for row in database.execute("SELECT name FROM removed_sources")}


def _added(database: sqlite3.Connection) -> list[SourceSpec]:
    """The added sources in the order in which they came."""
    rows = database.execute("SELECT spec FROM added_sources ORDER BY position")
    return [_load(row["spec"]) for row in rows]


def _dump(spec: SourceSpec) -> str:
    """The spec as JSON, its interval in seconds."""
    fields = asdict(spec)
    fields["interval"] = None if spec.interval is None else spec.interval.total_seconds()
    return json.dumps(fields)


def _load(text: str) -> SourceSpec:
    """The spec that `_dump` wrote."""
    fields: dict[str, Any] = json.loads(text)
    seconds = fields["interval"]
    fields["interval"] = None if seconds is None else timedelta(seconds=seconds)
    fields["columns"] = tuple((figure, column) for figure, column in fields["columns"])
    for name in ("labels", "names"):
        fields[name] = tuple(fields[name])
    return SourceSpec(**fields)
