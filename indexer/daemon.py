"""The daemon's threads: one for pushed items, a pool for followed sources, one for upkeep.

Start: the sources of the shipped sample first, then the others as they fall due. Stop: no new
batch begins, the group of items being embedded is written, what was not committed comes again at
the next start. A bug in any thread ends the process: `wait` raises what it was.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from indexer.follow import Follower, Poll, SourceState
from indexer.intake import Intake
from indexer.pipeline import Pipeline
from indexer.pump import Breaker, pump_once
from indexer.report import Report
from indexer.results import Results
from streams import Source, SourceSpec, Unavailable
from streams.catalogue import Catalogue
from streams.inbox import Inbox

log = logging.getLogger(__name__)

#: Sources polled at a time; they mostly wait for the network.
POLLERS = 8

#: Merging segments takes seconds and holds the GIL, so once a day.
UPKEEP_HOURS = 24


class Daemon:
    """Keeps an index up to date with all sources until it is stopped; `intake` takes pushes."""

    def __init__(
        self,
        *,
        pipeline: Pipeline,
        catalogue: Catalogue,
        inbox: Inbox,
        open_source: Callable[[SourceSpec], Source],
        random: Callable[[], float],
        stopping: threading.Event,
    ) -> None:
        """`stopping` is set when the daemon ends, and heeded by the pipeline too."""
        self._pipeline = pipeline
        self._catalogue = catalogue
        self._open_source = open_source
        self._random = random
        self._now = pipeline.now
        self._breaker = Breaker()
        self._results = Results()
        self.intake = Intake(
            inbox, pipeline, results=self._results, breaker=self._breaker, random=random
        )
        self._followers: dict[str, Follower] = {}
        self._lock = threading.Lock()
        self._stopping = stopping
        self._over = threading.Event()
        self._failure: BaseException | None = None
        self._sampled = threading.Event()
        self._inbox_thread = threading.Thread(
            target=self.guarded,
            args=(lambda: self.intake.run(stopping),),
            name="inbox",
            daemon=True,
        )
        self._scheduler = BackgroundScheduler(
            timezone=UTC, executors={"default": ThreadPoolExecutor(POLLERS)}
        )

    def start(self) -> None:
        """All threads run; the sample's sources are polled before any other."""
        if self._pipeline.store.count()["current"]:
            self._sampled.set()
        specs = self._catalogue.all()
        for spec in specs:
            self._follow(spec)
        self._inbox_thread.start()
        self._scheduler.add_job(self.guarded, args=(self._start_polling,), id="start polling")
        self._scheduler.add_job(
            self.guarded,
            "interval",
            args=(self._pipeline.store.housekeep,),
            hours=UPKEEP_HOURS,
            id="upkeep",
        )
        self._scheduler.start()

    def wait(self, seconds: float | None = None) -> bool:
        """Whether the daemon was stopped; raises what ended it, when it was a bug."""
        over = self._over.wait(seconds)
        if self._failure:
            raise self._failure
        return over

    @property
    def ready(self) -> bool:
        """Whether questions can be answered: on an empty index, once the sample has been read."""
        return self._sampled.is_set()

    @property
    def stopping(self) -> bool:
        """Whether the daemon is about to end."""
        return self._stopping.is_set()

    def end(self) -> None:
        """Ask the daemon to end, from any thread or a signal handler."""
        self._stopping.set()
        self._over.set()

    def close(self, seconds: float) -> bool:
        """Stop all threads; whether all were done with their batch within `seconds`."""
        self.end()
        done = threading.Event()
        threading.Thread(target=self._finish, args=(done,), daemon=True).start()
        finished = done.wait(seconds)
        for follower in self._followers.values():
            follower.close()
        return finished

    def totals(self) -> Mapping[str, int]:
        """How many items ended in each outcome since the start, whatever they came by."""
        return self._results.totals()

    def poll(self, name: str) -> Poll | None:
        """Poll one source now and commit; None when there is none of that name."""
        with self._lock:
            follower = self._followers.get(name)
        if follower is None:
            return None
        result = self._poll(follower)
        self._plan(follower)
        return result

    def process(self, source: Source) -> Report:
        """Pump a source that is not followed (dead letters, a file) until it is empty."""
        report = Report()
        while (more := pump_once(source, self._pipeline, breaker=self._breaker)).outcomes:
            self._results.count(more)
            report += more
        return report

    def sources(self) -> list[SourceState]:
        """The state of every source, by name."""
        with self._lock:
            followers = sorted(self._followers.values(), key=lambda f: f.spec.name)
        return [follower.state() for follower in followers]

    def add(self, spec: SourceSpec) -> SourceState:
        """Follow one more source, from now on and after a restart. Raises ValueError."""
        self._catalogue.add(spec)
        follower = self._follow(self._catalogue.get(spec.name) or spec)
        self._plan(follower)
        return follower.state()

    def remove(self, name: str) -> bool:
        """Stop following a source; False when there is none. Raises ValueError for a fixed one."""
        with self._lock:
            if name not in self._followers:
                return False
            self._catalogue.remove(name)
            follower = self._followers.pop(name)
        follower.close()
        return True

    def _follow(self, spec: SourceSpec) -> Follower:
        source = self._open_source(spec)
        follower = Follower(spec, source, now=self._now, random=self._random)
        with self._lock:
            self._followers[spec.name] = follower
        return follower

    def _start_polling(self) -> None:
        """Read the sample, which answers the first questions, then plan all the others."""
        with self._lock:
            followers = list(self._followers.values())
        for follower in followers:
            if follower.spec.origin == "sample" and not self.stopping:
                self._poll(follower)
        self._sampled.set()
        for follower in followers:
            self._plan(follower)

    def _plan(self, follower: Follower) -> None:
        """Set the time of the source's next poll."""
        at = follower.next_poll
        with self._lock:
            followed = self._followers.get(follower.spec.name) is follower
            if at is None or not followed or self.stopping:
                return
            self._scheduler.add_job(
                self.guarded,
                "date",
                run_date=max(at, self._now() + timedelta(milliseconds=100)),
                args=(lambda: self._poll_planned(follower),),
                id=f"poll {follower.spec.name}",
                replace_existing=True,
                misfire_grace_time=None,
            )

    def _poll(self, follower: Follower) -> Poll:
        result = follower.poll(self._pipeline, self._breaker)
        self._results.count(result.report)
        return result

    def _poll_planned(self, follower: Follower) -> None:
        with self._lock:
            followed = self._followers.get(follower.spec.name) is follower
        if followed and not self.stopping:
            result = self._poll(follower)
            if result.error:
                at = follower.next_poll
                when = f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "never"
                log.warning("unavailable source=%s retry=%s: %s", result.name, when, result.error)
            self._plan(follower)

    def guarded(self, work: Callable[[], None]) -> None:
        """Run a thread's work; a bug in it ends the daemon (APScheduler would only log it)."""
        try:
            work()
        except Unavailable as failure:
            log.warning("unavailable: %s", failure)
        except BaseException as failure:
            if self.stopping:
                log.exception("failed while stopping")
                return
            self._failure = failure
            self._stopping.set()
            self._over.set()
            raise

    def _finish(self, done: threading.Event) -> None:
        """Wait for the threads."""
        if self._scheduler.running:
            # APScheduler 3.11 waits for its pool holding the lock that planning a poll needs, and
            # fails on a job that it is just starting: so first nobody plans, and nothing is due
            with self._lock:
                self._scheduler.pause()
                self._scheduler.remove_all_jobs()
            self._scheduler.shutdown(wait=True)
        if self._inbox_thread.is_alive():
            self._inbox_thread.join()
        done.set()
