"""Pushed items: taken in durably, pumped by one thread, their outcomes there for who waits."""

import logging
import threading
from collections.abc import Callable, Sequence

from indexer.pipeline import Pipeline
from indexer.pump import Breaker, Suspended, backoff_seconds, pump_once
from indexer.report import Report
from indexer.results import Results
from streams import Item, Malformed, Unavailable
from streams.inbox import Inbox

log = logging.getLogger(__name__)

#: Seconds after which the thread looks whether it should stop.
POLL_SECONDS = 0.5


class Intake:
    """The way in for pushed items. `run` belongs to one thread, all else to any."""

    def __init__(
        self,
        inbox: Inbox,
        pipeline: Pipeline,
        *,
        results: Results,
        breaker: Breaker,
        random: Callable[[], float],
    ) -> None:
        self._inbox = inbox
        self._pipeline = pipeline
        self._results = results
        self._breaker = breaker
        self._random = random

    def push(self, items: Sequence[Item | Malformed]) -> range:
        """The inbox numbers of the items, once they are durable. Raises Unavailable."""
        return self._inbox.put(items)

    def wait_for(self, numbers: range, seconds: float) -> Report | None:
        """What became of these items; None if that is still open after `seconds`."""
        return self._results.wait(numbers, seconds)

    @property
    def pending(self) -> int:
        """Items that are durable but not searchable yet."""
        return self._inbox.pending

    def run(self, stopping: threading.Event) -> None:
        """Pump until `stopping`; waits out what is unavailable."""
        try:
            self._pump(stopping)
        finally:
            self._results.close()

    def _pump(self, stopping: threading.Event) -> None:
        failures = 0
        while not stopping.is_set():
            try:
                report = pump_once(self._inbox, self._pipeline, timeout=POLL_SECONDS)
                failures = 0
                if report.outcomes:
                    self._results.note_pushed(self._inbox.committed, report)
                    self._breaker.judge(report)
            except Suspended as failure:
                log.error("suspended: %s", failure)
            except Unavailable as failure:
                if stopping.is_set():
                    return
                failures += 1
                seconds = backoff_seconds(failures, self._random())
                log.warning("unavailable source=inbox retry_in_s=%.0f: %s", seconds, failure)
                stopping.wait(seconds)
