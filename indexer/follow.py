"""One followed source: pumped by one thread at a time, its state there to be read by any."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from indexer.pipeline import Pipeline
from indexer.pump import Breaker, backoff_seconds, pump_once
from indexer.report import Report
from streams import Source, SourceSpec, Unavailable
from streams.cursor import Cursor
from streams.subscription import FeedSource

#: How often a source without a cadence of its own (a file of quotes) is read again.
REREAD = timedelta(hours=24)

#: Furthest that a poll is planned ahead: 24 h with jitter (streams/cadence.py), or an operator's
#: own interval of up to a week.
FURTHEST = timedelta(days=8)

Health = Literal["waiting", "ok", "failing", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What one poll of a source brought; `error` when it could not be polled, else ""."""

    name: str
    report: Report
    missed: int
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How a source is doing, for the operator; all clocks UTC, None for never."""

    spec: SourceSpec
    health: Health
    last_success: datetime | None
    last_new: datetime | None
    next_poll: datetime | None
    failures: int
    error: str
    missed: int


class Follower:
    """Keeps one source up to date."""

    def __init__(
        self,
        spec: SourceSpec,
        source: Source,
        *,
        now: Callable[[], datetime],
        random: Callable[[], float],
    ) -> None:
        self.spec = spec
        self._source = source
        self._now = now
        self._random = random
        self._turn = threading.Lock()
        #: for sources that keep none themselves
        self._cursor = Cursor()
        self._failures = 0
        self._error = ""
        self._retry_at: datetime | None = None

    @property
    def next_poll(self) -> datetime | None:
        """When to poll again; None: never, for it is gone. A source never polled is due now."""
        cursor = self._read_cursor()
        if cursor.gone:
            return None
        now = self._now()
        at = cursor.next_poll or now
        at = max(at, self._retry_at) if self._retry_at else at
        # no source plans further ahead: a clock that was fast when it did has been set back
        return at if at <= now + FURTHEST else now

    def poll(self, pipeline: Pipeline, breaker: Breaker) -> Poll:
        """Poll now, due or not, and commit; a source that cannot be used says so in `error`."""
        with self._turn:
            missed = self._read_cursor().missed
            report, error = Report(), ""
            try:
                report = self._pump(pipeline, breaker)
            except Unavailable as failure:
                error = str(failure)
                self._note_failure(failure)
            else:
                self._note_success(report)
            gaps = self._read_cursor().missed - missed
            return Poll(name=self.spec.name, report=report, missed=gaps, error=error)

    def state(self) -> SourceState:
        """How the source is doing now."""
        cursor = self._read_cursor()
        failures = max(cursor.failures, self._failures)
        health: Health = "ok" if cursor.last_success else "waiting"
        if failures:
            health = "failing"
        if cursor.gone:
            health = "gone"
        return SourceState(
            spec=self.spec,
            health=health,
            last_success=cursor.last_success,
            last_new=cursor.last_new,
            next_poll=self.next_poll,
            failures=failures,
            error=(self._error or cursor.last_error) if failures or cursor.gone else "",
            missed=cursor.missed,
        )

    def close(self) -> None:
        """Let go of the source."""
        self._source.close()

    def _pump(self, pipeline: Pipeline, breaker: Breaker) -> Report:
        """A feed is fetched once; a file is read on until it has nothing more."""
        report = pump_once(self._source, pipeline, breaker=breaker)
        while self.spec.kind != "feed":
            more = pump_once(self._source, pipeline, breaker=breaker)
            if not more.outcomes:
                break
            report += more
        return report

    def _read_cursor(self) -> Cursor:
        return self._source.cursor if isinstance(self._source, FeedSource) else self._cursor

    def _note_success(self, report: Report) -> None:
        self._failures, self._error, self._retry_at = 0, "", None
        if not isinstance(self._source, FeedSource):
            now = self._now()
            new = now if report.indexed or report.updated else self._cursor.last_new
            interval = self.spec.interval or REREAD
            self._cursor = Cursor(last_success=now, last_new=new, next_poll=now + interval)

    def _note_failure(self, failure: Unavailable) -> None:
        """Set the time of the next try; a feed that could not be fetched has set its own, later."""
        self._failures += 1
        self._error = str(failure)
        wait = timedelta(seconds=backoff_seconds(self._failures, self._random()))
        self._retry_at = self._now() + max(wait, failure.retry_after or wait)
