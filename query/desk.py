"""What the service answers from, and how its routes come by it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeVar, cast

from fastapi import Depends, Request

from indexer import EVERYTHING, Scope, Store
from indexer.daemon import Daemon
from indexer.deadletter import DeadLetterBox
from query.ask import Asker
from query.problem import Refusal
from query.retriever import Retriever
from query.schema_operator import ProblemView
from streams import Unavailable

#: Requests that wait for the index at a time; of the 40 threads the others answer questions.
WAITERS = 20

#: When to come back after all places to wait were taken.
COME_BACK = timedelta(seconds=5)

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that the HTTP service needs. Without a `daemon` it only reads.

    `hosts` are names and addresses under which it may be called, besides this machine's own; "*"
    is any. `checks` are problems that only the wiring can know.
    """

    retriever: Retriever
    asker: Asker
    store: Store
    daemon: Daemon | None
    dead: DeadLetterBox
    now: Callable[[], datetime]
    version: str
    home: Path
    hosts: Sequence[str] = ()
    checks: Callable[[], Sequence[ProblemView]] = tuple
    waiters: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(WAITERS)
    )

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """A place for a request that may take minutes. Raises Unavailable when all are taken."""
        if not self.waiters.acquire(blocking=False):
            raise Unavailable(
                f"{WAITERS} requests wait for the index already", retry_after=COME_BACK
            )
        try:
            yield
        finally:
            self.waiters.release()


def desk_of(request: Request) -> Desk:
    """The desk of the app that serves the request."""
    return cast(Desk, request.app.state.desk)


def daemon_of(desk: Annotated[Desk, Depends(desk_of)]) -> Daemon:
    """The daemon, for routes that write; Refusal 405 where there is none (RFC 9110 §10.2.1)."""
    if desk.daemon is None:
        raise Refusal(
            405,
            "this Freshwire only answers questions; it takes no items and follows no sources",
            headers={"Allow": ""},
        )
    return desk.daemon


def scope_of(request: Request) -> Scope:
    """What the caller may see; there are no keys yet, and only this machine gets here."""
    return EVERYTHING


AtDesk = Annotated[Desk, Depends(desk_of)]
AtDaemon = Annotated[Daemon, Depends(daemon_of)]
InScope = Annotated[Scope, Depends(scope_of)]


def ending_on_bug(daemon: Daemon, work: Callable[[], _Result]) -> _Result:
    """The result of work on the index; a bug in it ends the daemon, as in its own threads.

    Raises Unavailable.
    """
    found: list[_Result] = []
    failed: list[Unavailable] = []

    def run() -> None:
        try:
            found.append(work())
        except Unavailable as failure:
            failed.append(failure)

    daemon.guarded(run)
    if failed:
        raise failed[0]
    if not found:
        raise Unavailable("Freshwire is stopping")
    return found[0]
