"""Sources: which there are, add, remove, poll now."""

from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

from fastapi import APIRouter, Path

from indexer.daemon import POLLERS, Daemon
from query.bodies import SourceBody
from query.desk import AtDaemon, AtDesk, ending_on_bug
from query.problem import Refusal, responses
from query.schema_operator import PollList, PollResult, Removed, SourceList, SourceView

router = APIRouter(tags=["sources"])

Name = Annotated[str, Path(description="the source's name")]


@router.get("/sources", responses=responses(503))
def sources(desk: AtDesk) -> SourceList:
    """Every source by name, and how it is doing."""
    states = desk.daemon.sources() if desk.daemon else []
    return SourceList(sources=[SourceView.of(state) for state in states])


@router.post("/sources", status_code=201, responses=responses(400, 405, 409, 413, 415, 503))
def add(body: SourceBody, daemon: AtDaemon) -> SourceView:
    """Follow one more feed, from now on and after a restart."""
    taken = {state.spec.name for state in daemon.sources()}
    try:
        return SourceView.of(daemon.add(body.spec(taken)))
    except ValueError as error:
        raise Refusal(409, str(error)) from error


@router.delete("/sources/{name}", responses=responses(400, 404, 405, 409, 503))
def remove(name: Name, daemon: AtDaemon) -> Removed:
    """Follow a source no longer; what it brought stays searchable."""
    try:
        if daemon.remove(name):
            return Removed(removed=name)
    except ValueError as error:
        raise Refusal(409, str(error)) from error
    raise _unknown(name)


@router.post("/sources/{name}/poll", responses=responses(400, 404, 405, 413, 415, 503))
def poll(name: Name, desk: AtDesk, daemon: AtDaemon) -> PollResult:
    """Poll a source now, due or not; answers when what it brought is searchable.

    A source that cannot be read says so in `error`, with status 200.
    """
    with desk.waiting():
        result = _polled(daemon, name)
    if result is None:
        raise _unknown(name)
    return result


@router.post("/poll", responses=responses(400, 405, 413, 415, 503))
def poll_all(desk: AtDesk, daemon: AtDaemon) -> PollList:
    """Poll every source now, some at a time; answers when all are done."""
    names = [state.spec.name for state in daemon.sources()]
    with desk.waiting(), ThreadPoolExecutor(POLLERS) as pool:
        results = list(pool.map(lambda name: _polled(daemon, name), names))
    return PollList(polls=[result for result in results if result])


def _polled(daemon: Daemon, name: str) -> PollResult | None:
    """What the poll brought; None when there is no such source."""
    result = ending_on_bug(daemon, lambda: daemon.poll(name))
    return PollResult.of(result) if result else None


def _unknown(name: str) -> Refusal:
    return Refusal(404, f"there is no source named {name[:100]!r}")
