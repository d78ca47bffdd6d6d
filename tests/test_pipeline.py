"""The one path of an item: what is embedded, what is isolated, what travels along."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from indexer.chunk import Passage
from indexer.edge import EdgeStore
from indexer.embedder import HashingEmbedder, Vectors
from indexer.pipeline import Pipeline
from indexer.store import EVERYTHING, Filters, Search, Store
from streams import ItemKey, Unavailable
from tests.fakes import START, Clock, LetterList, SentenceSplitter, item, malformed
from tests.memory_store import MemoryStore
from tests.scratch import scratch


@dataclass
class NotingEmbedder:
    """Hashes words, notes every text it is given, and chokes on some."""

    texts: list[str] = field(default_factory=list)
    breaks_on: str = "poison"
    dimension: int = 16
    name: str = "noting"
    texts_per_write: int = 64
    before: Callable[[], None] = lambda: None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The vectors. Raises RuntimeError when a text has the word that it chokes on."""
        self.before()
        if any(self.breaks_on in text for text in texts):
            raise RuntimeError("the model choked")
        self.texts += texts
        return HashingEmbedder(self.dimension).embed(texts)

    def embed_question(self, text: str) -> Vectors:
        """The vector of a question."""
        return HashingEmbedder(self.dimension).embed_question(text)


class BrittleSplitter:
    """Breaks on one word; else cuts at full stops."""

    def split(self, text: str) -> list[Passage]:
        """The sentences. Raises ValueError for a text that says unsplittable."""
        if "unsplittable" in text:
            raise ValueError("no way to cut this")
        return SentenceSplitter().split(text)


@dataclass
class Bench:
    """A pipeline with all that can be looked at."""

    pipeline: Pipeline
    store: Store
    embedder: NotingEmbedder
    dead: LetterList
    clock: Clock

    def texts(self, id: str, source: str = "wire") -> list[str]:
        """The current passages of an item."""
        chunks = self.store.history(ItemKey(source, id), EVERYTHING)
        return [chunk.text for chunk in chunks if not chunk.superseded]


@pytest.fixture(params=["memory", "edge"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A pipeline on each store."""
    clock, embedder, dead = Clock(), NotingEmbedder(), LetterList()
    with scratch() as folder:
        store: Store = MemoryStore(clock)
        if request.param == "edge":
            store = EdgeStore(folder, dimension=16, now=clock)
        pipeline = Pipeline(store, BrittleSplitter(), embedder, dead, clock)
        yield Bench(pipeline, store, embedder, dead, clock)
        store.close()


def test_an_unchanged_item_embeds_nothing(bench: Bench) -> None:
    """Seen again, it costs no embedding and no write."""
    bench.pipeline.process([item("a", "One. Two.")])
    bench.embedder.texts.clear()
    before = bench.store.count()

    report = bench.pipeline.process([item("a", "One. Two.", minute=9)])

    assert ("unchanged",) == report.outcomes
    assert (0, 0) == (report.embedded, report.reused)
    assert [] == bench.embedder.texts
    assert before == bench.store.count()


def test_only_changed_passages_are_embedded(bench: Bench) -> None:
    """What the current version says in the same words lends its vector."""
    bench.pipeline.process([item("a", "One. Two. Three.")])
    bench.embedder.texts.clear()

    report = bench.pipeline.process([item("a", "One. Two. Four.", minute=1)])

    assert ("updated",) == report.outcomes
    assert [" Four."] == bench.embedder.texts
    assert (1, 2) == (report.embedded, report.reused)
    assert ["One.", " Two.", " Four."] == bench.texts("a")


def test_lent_vectors_find_the_new_version(bench: Bench) -> None:
    """A search for an unchanged passage finds it in the version that is current."""
    bench.pipeline.process([item("a", "Alpha beta. Two.")])
    bench.pipeline.process([item("a", "Alpha beta. Four.", minute=1)])

    vector = bench.embedder.embed_question("Alpha beta.")
    asked = Search(text="Alpha beta.", vector=vector, limit=5, now=START, mix=0.5, saturation=5.0)
    hits = bench.store.search(asked, EVERYTHING)

    assert "Alpha beta." == hits[0].chunk.text
    assert START.replace(minute=1) == hits[0].chunk.observed
    assert {hit.chunk.version for hit in hits} == {hits[0].chunk.version}


def test_a_changed_title_embeds_every_passage(bench: Bench) -> None:
    """The title stands above each passage that the model sees."""
    bench.pipeline.process([item("a", "One. Two.", title="Old")])
    bench.embedder.texts.clear()

    bench.pipeline.process([item("a", "One. Two.", title="New", minute=1)])

    assert ["New\nOne.", "New\n Two."] == bench.embedder.texts


def test_equal_passages_of_an_item_are_embedded_once(bench: Bench) -> None:
    """A text that repeats itself has a chunk each time, but one embedding."""
    report = bench.pipeline.process([item("a", "So. So. So.")])

    assert ["So.", " So."] == bench.embedder.texts
    assert (2, 1) == (report.embedded, report.reused)
    assert ["So.", " So.", " So."] == bench.texts("a")


@pytest.mark.parametrize("text", ["poison", "Good. poison. Good.", "unsplittable"])
def test_an_item_that_breaks_goes_to_the_dead_letters_alone(bench: Bench, text: str) -> None:
    """The others of the batch are indexed; the letter has the item and the reason."""
    bad = item("bad", text)

    report = bench.pipeline.process([item("a", "One."), bad, item("b", "Two.")])

    assert ("indexed", "dead", "indexed") == report.outcomes
    assert ["One."] == bench.texts("a")
    assert ["Two."] == bench.texts("b")
    assert [] == bench.texts("bad")
    assert [bad] == [letter.what for letter in bench.dead.letters]
    assert [(1, bench.dead.letters[0].error)] == list(report.errors)
    assert any(word in bench.dead.letters[0].error for word in ("choked", "no way"))
    assert (("wire", False), ("wire", True), ("wire", False)) == report.trials


def test_a_version_that_breaks_leaves_the_current_one_in_place(bench: Bench) -> None:
    """What was searchable stays so until its successor is."""
    bench.pipeline.process([item("a", "One.")])

    assert ("dead",) == bench.pipeline.process([item("a", "poison", minute=1)]).outcomes

    assert ["One."] == bench.texts("a")


def test_a_malformed_item_becomes_a_dead_letter_and_no_trial(bench: Bench) -> None:
    """It keeps its place in the report; the breaker does not hear of it."""
    report = bench.pipeline.process([malformed("x", "no text"), item("a", "One.")])

    assert ("dead", "indexed") == report.outcomes
    assert ((0, "no text"),) == report.errors
    assert (("wire", False),) == report.trials
    assert [malformed("x", "no text")] == [letter.what for letter in bench.dead.letters]


def test_unavailable_is_passed_on(bench: Bench) -> None:
    """From the embedder, the store or the dead letters: the batch comes again."""

    def fail() -> None:
        raise Unavailable("out of reach")

    bench.embedder.before = fail
    with pytest.raises(Unavailable, match="out of reach"):
        bench.pipeline.process([item("a", "One.")])

    assert [] == bench.dead.letters
    assert not any(bench.store.count().values())


def test_a_batch_again_after_an_outage_is_whole(bench: Bench) -> None:
    """What was written before the outage is unchanged, the rest is indexed now."""
    many = [item(str(n), f"Word{n}.") for n in range(NotingEmbedder.texts_per_write + 9)]
    calls = iter(range(99))

    def fail_second() -> None:
        if next(calls) == 1:
            raise Unavailable("the store went away")

    bench.embedder.before = fail_second
    with pytest.raises(Unavailable):
        bench.pipeline.process(many)

    report = bench.pipeline.process(many)

    assert (NotingEmbedder.texts_per_write, 9) == (report.unchanged, report.indexed)
    assert len(many) == bench.store.count()["current"]


def test_stopping_ends_between_two_writes(bench: Bench) -> None:
    """The group at hand is written, the rest is left for the next start."""
    stop = threading.Event()
    pipeline = Pipeline(
        bench.store, BrittleSplitter(), bench.embedder, bench.dead, bench.clock, stop.is_set
    )
    bench.embedder.before = stop.set

    with pytest.raises(Unavailable, match="stopping"):
        pipeline.process(
            [item(str(n), f"Word{n}.") for n in range(3 * NotingEmbedder.texts_per_write)]
        )

    assert NotingEmbedder.texts_per_write == bench.store.count()["current"]


def test_a_stopping_pipeline_still_passes_what_is_unchanged(bench: Bench) -> None:
    """Nothing has to be written for it, so it may be committed."""
    bench.pipeline.process([item("a", "One.")])
    pipeline = Pipeline(
        bench.store, BrittleSplitter(), bench.embedder, bench.dead, bench.clock, lambda: True
    )

    assert ("unchanged",) == pipeline.process([item("a", "One.", minute=3)]).outcomes


def test_quotes_go_to_the_ledger_unembedded(bench: Bench) -> None:
    """One point each, no vector, never found by search, whatever their text says."""
    figures = {"symbol": "VIX", "close": 16.5}
    what = item("VIX/1", "Close. 16.5.", kind="quote", figures=figures)

    report = bench.pipeline.process([what])

    assert ("indexed",) == report.outcomes
    assert [] == bench.embedder.texts
    assert {"current": 0, "history": 0, "ledger": 1} == bench.store.count()
    read = bench.store.quotes("VIX", as_of=START, limit=5, scope=EVERYTHING)
    assert [("Close. 16.5.", figures)] == [(chunk.text, chunk.figures) for chunk in read]
    assert bench.store.newest(Filters(), EVERYTHING) is None
    assert ("unchanged",) == bench.pipeline.process([what]).outcomes


def test_a_corrected_quote_replaces_the_first(bench: Bench) -> None:
    """Only the corrected figures are read."""

    def quote(close: float, minute: int) -> None:
        figures = {"symbol": "VIX", "close": close}
        text = f"Close {close}"
        what = item("VIX/1", text, minute=minute, published=START, kind="quote", figures=figures)
        bench.pipeline.process([what])

    quote(16.5, 0)
    quote(16.7, 1)

    read = bench.store.quotes("VIX", as_of=START, limit=5, scope=EVERYTHING)
    assert [16.7] == [chunk.figures["close"] for chunk in read if chunk.figures]


def test_what_the_source_said_travels_with_every_passage(bench: Bench) -> None:
    """Labels, region, licence and the rest are on each chunk."""
    facts = {
        "labels": ("desk", "eu"), "region": "eu", "licence": "CC-BY-4.0", "may_quote": 90,
        "language": "en", "class_": "analysis", "kind": "filing", "url": "https://x.org/a",
        "published_raw": "1 March", "date_quality": "day", "title": "T",
    }  # fmt: skip
    bench.pipeline.process([item("a", "One. Two.", **facts)])

    chunks = bench.store.history(ItemKey("wire", "a"), EVERYTHING)

    assert 2 == len(chunks)
    for chunk in chunks:
        assert facts == {name: getattr(chunk, name) for name in facts}
        assert (2, START) == (chunk.count, chunk.indexed)


def test_versions_of_one_item_in_a_batch_come_one_after_the_other(bench: Bench) -> None:
    """The last one is current, and every outcome is what single batches would give."""
    report = bench.pipeline.process(
        [
            item("a", "One.", minute=0),
            item("b", "Other."),
            item("a", "One.", minute=1),
            item("a", "Two.", minute=2),
            item("a", "", minute=3, withdrawn=True),
            item("a", "Three.", minute=4),
        ]
    )

    assert ("indexed", "indexed", "unchanged", "updated", "withdrawn", "updated") == report.outcomes
    assert ["Three."] == bench.texts("a")


def test_errors_keep_their_places_across_a_batch_that_is_cut(bench: Bench) -> None:
    """The report speaks of places in the whole batch, also after a repeated key."""
    report = bench.pipeline.process(
        [
            item("a", "One."),
            item("a", "poison", minute=1),
            malformed("x"),
            item("b", "unsplittable"),
        ]
    )

    assert ("indexed", "dead", "dead", "dead") == report.outcomes
    assert [1, 2, 3] == [place for place, _ in report.errors]


def test_an_item_without_text_is_found_by_its_title(bench: Bench) -> None:
    """A headline alone is one chunk."""
    silent = item("a", " ", title="Rates cut")

    assert ("indexed",) == bench.pipeline.process([silent]).outcomes

    newest = bench.store.newest(Filters(), EVERYTHING)
    assert newest and "Rates cut" == newest.title


def test_an_empty_batch_is_an_empty_report(bench: Bench) -> None:
    """Nothing in, nothing out."""
    assert () == bench.pipeline.process([]).outcomes


def test_many_threads_lose_and_double_nothing(bench: Bench) -> None:
    """Four threads push overlapping batches of one source: each key has one current version."""
    batches = [
        [item(str(n), f"Word{n} by {thread}.", minute=thread) for n in range(20)]
        for thread in range(4)
    ]
    failures: list[BaseException] = []

    def work(batch: list[object]) -> None:
        try:
            bench.pipeline.process(batch)  # type: ignore[arg-type]
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert [] == failures
    assert all([f"Word{n} by 3."] == bench.texts(str(n)) for n in range(20))
    assert 20 == bench.store.count()["current"]
