"""An hour of indexing and searching without a pause: memory, threads and files must stay flat."""

import threading
from collections.abc import Iterator
from time import perf_counter

from bench import home, news
from bench.figure import Figure
from bench.meter import handles, memory_mb, milliseconds, threads
from bench.plan import Plan
from freshwire.clock import utc_now
from indexer.store import EVERYTHING
from query.request import SearchRequest
from query.retriever import Retriever

#: Questions a second: 100,000 in an hour.
QUESTIONS_PER_S = 28

#: The part of the time after which memory counts as warmed up.
WARM = 1 / 6

#: Samples of memory taken over the whole time.
SAMPLES = 60


def soak(plan: Plan, seconds: float = 3600.0) -> Iterator[Figure]:
    """Index flat out for so many seconds beside a reader, on the base index."""
    home.base_items(plan)
    embedder = home.make_embedder(plan)
    stop, searches, counts = threading.Event(), list[float](), list[int]()
    with home.open_index(plan.base, embedder) as index:
        retriever = Retriever(index.store, embedder, now=utc_now)

        def write() -> None:
            number = 60_000_000
            while not stop.is_set():
                items = [news.item(number + place) for place in range(32)]
                counts.append(index.take(items).embedded)
                number += 32

        def read() -> None:
            questions, turn = news.questions(1000), 0
            while not stop.wait(1 / QUESTIONS_PER_S):
                started = perf_counter()
                retriever.search(SearchRequest(query=questions[turn % 1000]), EVERYTHING)
                searches.append(perf_counter() - started)
                turn += 1

        running = [threading.Thread(target=work) for work in (write, read)]
        for thread in running:
            thread.start()
        samples = []
        for _ in range(SAMPLES):
            stop.wait(seconds / SAMPLES)
            samples.append((memory_mb(), threads(), handles(), sum(counts)))
        stop.set()
        for thread in running:
            thread.join()
    yield from _figures(samples, searches)


def _figures(samples: list[tuple[float, int, int, int]], searches: list[float]) -> Iterator[Figure]:
    warm, last = samples[int(len(samples) * WARM)], samples[-1]
    grown, chunks = last[0] - warm[0], last[3] - warm[3]
    facts = {"warm_mb": warm[0], "last_mb": last[0], "chunks": chunks}
    yield Figure("soak.growth_percent", 100 * grown / warm[0], "%", facts)
    yield Figure("soak.growth_kb_per_chunk", 1000 * grown / max(chunks, 1), "kB", facts)
    yield Figure("soak.threads_grown", last[1] - warm[1], "threads")
    yield Figure("soak.handles_grown", last[2] - warm[2], "files")
    yield Figure("soak.search.p99_ms", milliseconds(searches, 99), "ms", {"n": len(searches)})
