"""Poll, process, commit: how every item gets in, from whatever stream.

source.poll | pipeline.process | source.commit
"""

import logging
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter

from indexer.pipeline import Pipeline
from indexer.report import Report
from streams import Source, Unavailable

log = logging.getLogger(__name__)

#: Failures in a row that mean trouble of one source's items, or of our own.
IN_A_ROW = 20

#: Longest wait before a source that cannot be used is tried again, in seconds.
BACKOFF_SECONDS = 60.0


class Suspended(Unavailable):
    """One source's items break the pipeline again and again; it waits, the others go on."""


class Broken(Exception):
    """Items of several sources break the pipeline: the fault is ours, and the process must end."""


@dataclass(slots=True)
class Breaker:
    """Counts items in a row that broke the pipeline; malformed input never counts.

    Safe to use from several threads.
    """

    broken: deque[str] = field(default_factory=lambda: deque(maxlen=IN_A_ROW))
    per_source: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def judge(self, report: Report) -> None:
        """Take note of a batch. Raises Broken, or Suspended for a source with 20 in a row."""
        with self.lock:
            suspended = self._count(report)
        if suspended:
            raise Suspended(
                f"{IN_A_ROW} items in a row of {suspended} could not be indexed; they are in the "
                "dead letters (freshwire dead list), and the source waits",
                retry_after=timedelta(seconds=BACKOFF_SECONDS),
            )

    def _count(self, report: Report) -> str:
        """The source that must wait, or "". Raises Broken."""
        suspended = ""
        for source, broke in report.trials:
            if not broke:
                self.broken.clear()
                self.per_source.pop(source, None)
                continue
            self.broken.append(source)
            self.per_source[source] = self.per_source.get(source, 0) + 1
            if len(self.broken) == IN_A_ROW and len(set(self.broken)) >= 3:
                raise Broken(
                    f"{IN_A_ROW} items in a row of {len(set(self.broken))} sources could not be "
                    "indexed; they are in the dead letters (freshwire dead list)"
                )
            if self.per_source[source] >= IN_A_ROW:
                suspended = source
        if suspended:
            self.per_source.pop(suspended)
        return suspended


def pump_once(
    source: Source, pipeline: Pipeline, *, timeout: float = 0.0, breaker: Breaker | None = None
) -> Report:
    """One poll of `source` is safe and committed; what became of it. Raises Unavailable."""
    started = perf_counter()
    batch = source.poll(timeout)
    report = pipeline.process(batch) if batch else Report()
    source.commit()
    if batch:
        log.info(
            "pumped source=%s indexed=%d updated=%d unchanged=%d withdrawn=%d ignored=%d dead=%d "
            "seconds=%.2f",
            source.name,
            report.indexed,
            report.updated,
            report.unchanged,
            report.withdrawn,
            report.ignored,
            report.dead,
            perf_counter() - started,
        )
    if breaker:
        breaker.judge(report)
    return report


def backoff_seconds(failures: int, draw: float) -> float:
    """Seconds to wait after so many failures in a row: 1, 2, 4 … 60, times 0.5 to 1 by `draw`.

    `draw` is uniform in [0, 1). Jittered so that waiting clients do not return together.
    """
    return min(BACKOFF_SECONDS, 2.0 ** min(failures - 1, 10)) * (0.5 + 0.5 * draw)
