"""The SQLite file of one Freshwire home: small state that must survive a crash."""

import sqlite3
from pathlib import Path

from streams.source import Unavailable

#: Milliseconds to wait for another process's lock before giving up.
BUSY_MS = 5_000


def connect(path: Path, schema: str) -> sqlite3.Connection:
    """An open connection with `schema` applied; each committed transaction survives power loss.

    The caller serialises its threads. Deleted rows are overwritten (secure_delete), so that an
    erasure leaves no bytes behind. Raises Unavailable when the file cannot be used.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    except (sqlite3.Error, OSError) as error:
        raise Unavailable(f"state database {path} cannot be used: {error}") from error
    try:
        connection.row_factory = sqlite3.Row
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.executescript(schema)
    except sqlite3.Error as error:
        connection.close()
        raise Unavailable(f"state database {path} cannot be used: {error}") from error
    return connection
