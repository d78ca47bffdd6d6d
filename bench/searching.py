"""What a search costs: quiet and beside an indexer that runs flat out; and whether it is right."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from time import perf_counter

import numpy as np

from bench import home, news
from bench.figure import Facts, Figure
from bench.meter import Meter, milliseconds
from bench.plan import Plan
from freshwire.clock import utc_now
from indexer.embedder import HashingEmbedder
from indexer.store import EVERYTHING, Search, Store
from query.request import SearchRequest
from query.retriever import Retriever

#: Cosines that differ by less are the same to float32.
SAME_COSINE = 1e-5

#: Numbers of the items that the indexer takes in beside the searches, unlike any held before.
NEW_ITEMS = 10_000_000

#: Readers that search beside the indexer.
READERS = (1, 4)


def idle(plan: Plan) -> Iterator[Figure]:
    """Questions one after another, embedding included; then the dense side against exact search."""
    home.base_items(plan)
    embedder = home.make_embedder(plan)
    with home.open_index(plan.base, embedder) as index:
        retriever = Retriever(index.store, embedder, now=utc_now)
        _ask(retriever, news.questions(20))
        meter = Meter()
        with meter:
            seconds, embedding = _ask(retriever, news.questions(plan.questions))
        facts: dict[str, str | float | None] = {
            "chunks": index.store.count()["current"],
            "questions": plan.questions,
        }
        for name, percent in (("p50", 50), ("p99", 99)):
            facts["embed_ms"] = milliseconds(embedding, percent)
            yield Figure(f"search.{name}_ms", milliseconds(seconds, percent), "ms", facts)
        cpu = 1000 * meter.cpu_s / plan.questions
        yield Figure("search.cpu_ms", cpu, "CPU-ms per question", facts)
        yield _recall(plan, index.store)


def busy(plan: Plan) -> Iterator[Figure]:
    """Questions beside an indexer that embeds and writes without a pause."""
    home.base_items(plan)
    embedder = home.make_embedder(plan)
    for turn, readers in enumerate(READERS):
        with home.open_index(plan.base, embedder) as index:
            retriever = Retriever(index.store, embedder, now=utc_now)
            race = Race(index, retriever, first=NEW_ITEMS * (turn + 1))
            yield from _busy_figures(readers, race.run(readers, plan.busy_seconds), race)


class Race:
    """Readers and one indexer on the same index."""

    def __init__(self, index: home.Index, retriever: Retriever, *, first: int) -> None:
        self._index = index
        self._retriever = retriever
        self._numbers = count(first)
        self._stop = threading.Event()
        self.indexed = 0
        self.wall_s = 0.0

    def run(self, readers: int, seconds: float) -> list[float]:
        """Seconds of every search in so many seconds of the race."""
        taken: list[list[float]] = [[] for _ in range(readers)]
        threads = [_thread(self._write), *(_thread(partial(self._read, one)) for one in taken)]
        started = perf_counter()
        self._stop.wait(seconds)
        self._stop.set()
        for thread in threads:
            thread.join()
        self.wall_s = perf_counter() - started
        return [one for reader in taken for one in reader]

    def _write(self) -> None:
        while not self._stop.is_set():
            batch = [news.item(next(self._numbers)) for _ in range(16)]
            self.indexed += self._index.take(batch).embedded

    def _read(self, seconds: list[float]) -> None:
        questions = news.questions(200)
        for turn in count():
            seconds += _ask(self._retriever, [questions[turn % len(questions)]])[0]
            if self._stop.is_set():
                return


def _busy_figures(readers: int, seconds: list[float], race: Race) -> Iterator[Figure]:
    name = "search.busy" if readers == 1 else f"search.busy{readers}"
    facts = {
        "readers": readers,
        "questions": len(seconds),
        "questions_per_s": len(seconds) / race.wall_s,
        "chunks_per_s": race.indexed / race.wall_s,
    }
    for percent in (50, 99):
        yield Figure(f"{name}.p{percent}_ms", milliseconds(seconds, percent), "ms", facts)


def _thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def _ask(retriever: Retriever, questions: list[str]) -> tuple[list[float], list[float]]:
    """Seconds of each search, and of those the ones spent embedding."""
    seconds, embedding = [], []
    for question in questions:
        started = perf_counter()
        result = retriever.search(SearchRequest(query=question), EVERYTHING)
        seconds.append(perf_counter() - started)
        embedding.append(result.timings["embed"] / 1000)
    return seconds, embedding


def _recall(plan: Plan, store: Store) -> Figure:
    """Share of the ten nearest by exact cosine that the dense side finds.

    By score, as equal vectors may stand in for each other. Questions are sentences of the stream,
    hashed like it, so that near neighbours exist.
    """
    exact = np.load(plan.base / home.EXACT, mmap_mode="r")
    embedder = HashingEmbedder()
    asked = [news.flash(NEW_ITEMS + number).text for number in range(min(plan.questions, 100))]
    found = 0
    for text in asked:
        vector = embedder.embed_question(text)
        tenth = np.partition(exact @ vector, -10)[-10]
        search = Search(text="", vector=vector, limit=10, now=utc_now(), mix=1.0, saturation=1.0)
        hits = store.search(search, EVERYTHING)
        found += sum(hit.score >= tenth - SAME_COSINE for hit in hits)
    facts: Facts = {"chunks": len(exact), "questions": len(asked), "vectors": "hashed words"}
    return Figure("recall.at10", found / (10 * len(asked)), "share of the exact ten", facts)
