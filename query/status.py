"""One screen: is it well, how fresh is it, what is wrong, what to do."""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from indexer import Filters, Scope
from indexer.follow import SourceState
from query.desk import Desk
from query.schema_operator import NewestItem, ProblemView, Ready, SourceView, Status
from streams import Unavailable

#: Free disk below which the operator is told, in bytes: a day of busy feeds and a merge.
LOW_DISK_BYTES = 1_000_000_000

#: Pushed items that may wait without it being a problem; a minute's work at one core.
MANY_PENDING = 1_500

#: Failing sources that are listed.
LISTED = 20


def readiness(desk: Desk) -> Ready:
    """Whether questions can be answered now."""
    missing = []
    try:
        desk.store.count()
    except Unavailable as failure:
        missing.append(str(failure))
    if desk.daemon is not None:
        if desk.daemon.stopping:
            missing.append("Freshwire is stopping")
        if not desk.daemon.ready:
            missing.append("the stream that ships with Freshwire is being indexed")
    return Ready(ready=not missing, missing=missing)


def status(desk: Desk, scope: Scope, *, started: datetime) -> Status:
    """All of it. Raises Unavailable."""
    now = desk.now()
    states = desk.daemon.sources() if desk.daemon else []
    ready = readiness(desk)
    points = dict(desk.store.count())
    dead = desk.dead.count()
    pending = desk.daemon.intake.pending if desk.daemon else 0
    problems = [
        *(ProblemView(what=what, do="wait a moment") for what in ready.missing),
        *_source_problems(states),
        *_amount_problems(desk, dead=dead, pending=pending),
        *desk.checks(),
    ]
    if ready.ready and not points.get("current"):
        problems.append(
            ProblemView(what="nothing is indexed", do="freshwire sources add URL, or freshwire add")
        )
    return Status(
        ready=ready.ready,
        version=desk.version,
        at=now,
        uptime_seconds=(now - started).total_seconds(),
        home=str(desk.home),
        points=points,
        pending=pending,
        dead_letters=dead,
        sources=dict(Counter(state.health for state in states)),
        failing=[SourceView.of(state) for state in states if state.error][:LISTED],
        next_poll=min((state.next_poll for state in states if state.next_poll), default=None),
        newest=newest_item(desk, scope, now),
        problems=problems,
    )


def newest_item(desk: Desk, scope: Scope, now: datetime) -> NewestItem | None:
    """The item that was published last; None on an empty index."""
    chunk = desk.store.newest(Filters(), scope)
    if chunk is None:
        return None
    return NewestItem(
        source=chunk.key.source,
        id=chunk.key.id,
        title=chunk.title or chunk.text[:100],
        published=chunk.published,
        date_quality=chunk.date_quality,
        indexed=chunk.indexed,
        age_seconds=(now - chunk.published).total_seconds(),
    )


def _source_problems(states: Sequence[SourceState]) -> Iterator[ProblemView]:
    feeds = [state for state in states if state.spec.url[:5].lower() != "file:"]
    failing = [state for state in states if state.health == "failing"]
    if feeds and len([state for state in feeds if state.health == "failing"]) == len(feeds) > 1:
        yield ProblemView(
            what=f"none of the {len(feeds)} sources on the net can be reached",
            do="see whether this machine is online; they are tried again by themselves",
        )
    elif failing:
        yield ProblemView(
            what=f"{_count(len(failing), 'source')} of {len(states)} cannot be read",
            do="freshwire sources list; they are tried again by themselves",
        )
    gone = [state.spec.name for state in states if state.health == "gone"]
    if gone:
        yield ProblemView(
            what=f"{_count(len(gone), 'source')} will not come back: {', '.join(gone[:5])}",
            do="freshwire sources remove NAME",
        )


def _amount_problems(desk: Desk, *, dead: int, pending: int) -> Iterator[ProblemView]:
    if dead:
        yield ProblemView(
            what=f"{_count(dead, 'item')} could not be indexed", do="freshwire dead list"
        )
    if pending > MANY_PENDING:
        yield ProblemView(
            what=f"{pending:,} pushed items wait to be indexed",
            do="nothing, unless it grows: then push more slowly",
        )
    free = shutil.disk_usage(desk.home).free
    if free < LOW_DISK_BYTES:
        yield ProblemView(
            what=f"only {free / 1e9:.1f} GB are free on the disk of {desk.home}",
            do="make room; when the disk is full, nothing new is indexed",
        )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
