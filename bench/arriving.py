"""How long a pushed item takes until questions find it: inbox, daemon, model, index."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import perf_counter

from bench import home, news
from bench.figure import Figure
from bench.meter import milliseconds
from bench.plan import Plan
from freshwire.app import open_catalogue
from freshwire.clock import utc_now
from indexer.daemon import Daemon
from streams import Item
from streams.inbox import Inbox

#: Seconds after which an item counts as lost.
LOST_SECONDS = 60.0

#: Items a second, and the number of the first of them.
RATES = ((10, 30_000_000), (1, 40_000_000))


def arrive(plan: Plan) -> Iterator[Figure]:
    """One-chunk items pushed at an even pace; each is timed from push to searchable."""
    home.base_items(plan)
    with _daemon(plan) as daemon:
        for rate, first in RATES:
            items = [news.flash(first + n) for n in range(max(plan.arrivals * rate // 10, 1))]
            seconds = _push_all(daemon, items, 1.0 / rate)
            name = "arrive" if rate == RATES[0][0] else "arrive.slow"
            facts = {"items": len(items), "items_per_s": rate}
            yield Figure(f"{name}.p50_ms", milliseconds(seconds, 50), "ms", facts)
            yield Figure(f"{name}.p99_ms", milliseconds(seconds, 99), "ms", facts)
            yield Figure(f"{name}.max_ms", 1000 * max(seconds), "ms", facts)


@contextmanager
def _daemon(plan: Plan) -> Iterator[Daemon]:
    """A daemon in this process on the base index, with no source but its inbox."""
    config = home.config_of(plan.base)
    stopping = threading.Event()
    with home.open_index(plan.base, home.make_embedder(plan)) as index:
        catalogue = open_catalogue(config)
        inbox = Inbox(config.state, now=utc_now)
        daemon = Daemon(
            pipeline=index.pipeline,
            catalogue=catalogue,
            inbox=inbox,
            open_source=_no_source,
            random=lambda: 0.5,
            stopping=stopping,
        )
        daemon.start()
        try:
            yield daemon
        finally:
            daemon.close(LOST_SECONDS)
            inbox.close()
            catalogue.close()


def _no_source(spec: object) -> "home.OneBatch":
    raise AssertionError(f"the benchmark follows no source, not even {spec}")


def _push_all(daemon: Daemon, items: list[Item], spacing: float) -> list[float]:
    """Seconds from push to searchable of each item; a push never waits for the one before it."""

    def push(item: Item) -> float:
        started = perf_counter()
        report = daemon.intake.wait_for(daemon.intake.push([item]), LOST_SECONDS)
        if report is None or report.indexed != 1:
            raise AssertionError(f"a pushed item did not arrive: {report}")
        return perf_counter() - started

    pace, began = threading.Event(), perf_counter()
    with ThreadPoolExecutor(32) as senders:
        waiting = []
        for number, item in enumerate(items):
            pace.wait(max(0.0, began + number * spacing - perf_counter()))
            waiting.append(senders.submit(push, item))
        return [sent.result() for sent in waiting]
