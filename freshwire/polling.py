"""Sources polled now: by the daemon, or by this process when none runs."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from freshwire.failure import Failed
from freshwire.progress import progress
from freshwire.reach import daemon_if_any, opened
from query.schema_operator import PollResult

if TYPE_CHECKING:
    from freshwire.app import Worker
    from freshwire.config import Config

#: Sources polled at a time; they mostly wait for the network.
POLLERS = 8


def polled(config: "Config", name: str | None) -> list[PollResult]:
    """What each source brought, once it is committed. Raises Failed when there is no `name`."""
    with daemon_if_any(config) as client:
        if client is not None:
            names = [name] if name else [view.name for view in client.sources()]
            return _each(names, lambda each: client.poll(each)[0])
    from freshwire.app import open_worker

    with opened(config, open_worker) as worker:
        return _polled_here(worker, name)


def _polled_here(worker: "Worker", name: str | None) -> list[PollResult]:
    from indexer.pump import Breaker

    specs = {spec.name: spec for spec in worker.reader.catalogue.all()}
    if name is not None:
        if name not in specs:
            raise Failed(f"there is no source named {name}; see: freshwire sources list")
        specs = {name: specs[name]}
    breaker = Breaker()

    def poll(each: str) -> PollResult:
        follower = worker.follow(specs[each])
        try:
            return PollResult.of(follower.poll(worker.pipeline, breaker))
        finally:
            follower.close()

    return _each(sorted(specs), poll)


def _each(names: Sequence[str], poll: Callable[[str], PollResult]) -> list[PollResult]:
    """Polled some at a time, in the order of the names."""
    results: list[PollResult] = []
    with progress("Polling", len(names)) as told, ThreadPoolExecutor(POLLERS) as pool:
        for result in pool.map(poll, names):
            results.append(result)
            told(len(results))
    return results
