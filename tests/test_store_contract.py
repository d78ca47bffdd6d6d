"""What every store promises, on the oracle and on Qdrant Edge."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from indexer.chunk import chunks_of
from indexer.edge import EdgeStore
from indexer.embedder import HashingEmbedder
from indexer.store import EVERYTHING, Change, Decay, Filters, Scope, Search, Store
from streams import Item, ItemKey
from tests.fakes import START, Clock, SentenceSplitter, item
from tests.memory_store import MemoryStore

EMBEDDER = HashingEmbedder(64)


@pytest.fixture(params=["memory", "edge"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each implementation in turn."""
    made: dict[str, Callable[[], Store]] = {
        "memory": lambda: MemoryStore(Clock()),
        "edge": lambda: EdgeStore(tmp_path / "index", dimension=64, now=Clock()),
    }
    opened = made[request.param]()
    yield opened
    opened.close()


def opening(what: Item, version: str = "v1", **rest: object) -> Change:
    """The change that opens `what` as current."""
    chunks = chunks_of(what, version, SentenceSplitter())
    vectors = EMBEDDER.embed([chunk.embedded_text for chunk in chunks])
    facts: dict[str, object] = {"at": START, "successor": version, "valid_until": what.version_time}
    return Change(key=what.key, opens=tuple(chunks), vectors=vectors, **(facts | rest))  # type: ignore[arg-type]


def search(text: str, *, filters: Filters | None = None, **rest: object) -> Search:
    """A search with settings that the tests can do sums with."""
    facts: dict[str, object] = {"limit": 10, "now": START, "mix": 0.5, "saturation": 5.0}
    return Search(
        text=text,
        vector=EMBEDDER.embed_question(text),
        filters=filters or Filters(),
        **(facts | rest),  # type: ignore[arg-type]
    )


def ids(store: Store, filters: Filters | None = None, scope: Scope = EVERYTHING) -> set[str]:
    """The ids that a search for their common word finds."""
    return {hit.chunk.key.id for hit in store.search(search("common", filters=filters), scope)}


def test_an_item_is_searchable_once_written(store: Store) -> None:
    """What was written is found, with every field as it was."""
    wanted = item(
        "a", "Rates were cut. Markets rose.", title="Fed", url="https://x.org/a",
        labels=("desk",), region="eu", licence="CC-BY-4.0", may_quote=90, language="en",
        published_raw="yesterday", date_quality="assumed", kind="filing", class_="analysis",
    )  # fmt: skip
    store.write([opening(wanted)])

    hits = store.search(search("Rates were cut."), EVERYTHING)

    expected = replace(chunks_of(wanted, "v1", SentenceSplitter())[0], indexed=START)
    assert expected == hits[0].chunk
    assert {"a"} == {hit.chunk.key.id for hit in hits}


def test_held_tells_versions_in_the_order_observed(store: Store) -> None:
    """Current, closed and withdrawn versions are all known; unknown keys are absent."""
    store.write([opening(item("a", "common one", minute=0), "v1")])
    store.write([opening(item("a", "common two", minute=5), "v2", closes=("v1",))])

    held = store.held([ItemKey("wire", "a"), ItemKey("wire", "nothing")])

    assert {ItemKey("wire", "a")} == set(held)
    states = [(version.version, version.state) for version in held[ItemKey("wire", "a")]]
    assert [("v1", "closed"), ("v2", "current")] == states


def test_a_closed_version_is_found_only_by_questions_about_then(store: Store) -> None:
    """Search sees the new text now, and the old one as of, or known at, a time before it."""
    old = item("a", "common old", minute=0, updated=START)
    new = item("a", "common new", minute=0, updated=START + timedelta(hours=2))
    new = replace(new, observed=START + timedelta(hours=3))
    store.write([opening(old, "v1")])
    later = START + timedelta(hours=3)
    store.write([opening(new, "v2", closes=("v1",), at=later)])

    def text(filters: Filters) -> list[str]:
        return [
            hit.chunk.text for hit in store.search(search("common", filters=filters), EVERYTHING)
        ]

    assert ["common new"] == text(Filters())
    assert ["common old"] == text(Filters(as_of=START + timedelta(hours=1)))
    assert ["common new"] == text(Filters(as_of=START + timedelta(hours=2)))
    assert ["common old"] == text(Filters(known_at=START + timedelta(hours=2, minutes=59)))
    assert ["common new"] == text(Filters(known_at=START + timedelta(hours=3)))
    assert [] == text(Filters(as_of=START - timedelta(minutes=1)))


def test_filters_keep_to_source_kind_region_and_dates(store: Store) -> None:
    """Each filter alone finds just what carries it; both ends of a date range are inside."""
    store.write(
        [
            opening(item("a", "common a", minute=0, source="one", kind="news", region="eu")),
            opening(item("b", "common b", minute=10, source="two", kind="filing", region="us")),
        ]
    )

    assert {"a", "b"} == ids(store)
    assert {"a"} == ids(store, Filters(sources=("one",)))
    assert {"b"} == ids(store, Filters(kinds=("filing",)))
    assert {"b"} == ids(store, Filters(regions=("us", "jp")))
    assert {"b"} == ids(store, Filters(since=START + timedelta(minutes=10)))
    assert {"a"} == ids(store, Filters(until=START + timedelta(minutes=9)))


def test_the_scope_hides_what_carries_other_labels(store: Store) -> None:
    """Unlabelled items are for everyone; labelled ones for who has one of the labels."""
    store.write(
        [
            opening(item("open", "common")),
            opening(item("red", "common", labels=("red",))),
            opening(item("both", "common", labels=("red", "blue"))),
        ]
    )

    assert {"open"} == ids(store, scope=Scope(frozenset()))
    assert {"open", "both"} == ids(store, scope=Scope(frozenset({"blue"})))
    assert {"open", "red", "both"} == ids(store)
    assert [] == store.history(ItemKey("wire", "red"), Scope(frozenset({"blue"})))


def test_scores_follow_the_formula(store: Store) -> None:
    """Edge's scores equal the oracle's to 1e-5, with decay per class and keywords mixed in."""
    oracle = MemoryStore(Clock())
    changes = [
        opening(item(str(n), f"common word{n % 7} word{n % 3}", minute=-600 * n, class_=kind))
        for n in range(40)
        for kind in [("news", "breaking", "reference")[n % 3]]
    ]
    store.write(changes)
    oracle.write(changes)
    decays = {"news": Decay(timedelta(days=3), 0.5), "breaking": Decay(timedelta(hours=8), 0.9)}
    asked = search("common word3 word1", decays=decays, limit=20, explain=True)

    got = store.search(asked, EVERYTHING)
    expected = oracle.search(asked, EVERYTHING)

    assert [hit.chunk.id for hit in expected] == [hit.chunk.id for hit in got]
    assert [hit.score for hit in got] == pytest.approx([hit.score for hit in expected], abs=1e-5)
    assert {"dense", "keywords"} == set(got[0].lanes)


def test_equal_text_lends_its_vector(store: Store) -> None:
    """The vectors of the current version come back by their text."""
    store.write([opening(item("a", "First. Second."))])

    vectors = store.vectors(ItemKey("wire", "a"), "v1")

    assert {"First.", " Second."} == set(vectors)
    assert EMBEDDER.embed(["First."])[0] == pytest.approx(vectors["First."], abs=1e-6)
    assert {} == store.vectors(ItemKey("wire", "a"), "v2")


def test_history_has_every_version_whole(store: Store) -> None:
    """All versions' passages, oldest version first, in their order."""
    store.write([opening(item("a", "One. Two.", minute=0), "v1")])
    store.write([opening(item("a", "One. Three.", minute=5), "v2", closes=("v1",))])

    chunks = store.history(ItemKey("wire", "a"), EVERYTHING)

    assert ["One.", " Two.", "One.", " Three."] == [chunk.text for chunk in chunks]
    assert [True, True, False, False] == [chunk.superseded is not None for chunk in chunks]


def test_quotes_are_read_by_symbol_and_never_searched(store: Store) -> None:
    """The newest quote up to the asked time comes first; search does not see quotes."""

    def quote(minute: int, close: float) -> Change:
        figures = {"symbol": "VIX", "close": close}
        what = item(f"VIX/{minute}", "common", minute=minute, kind="quote", figures=figures)
        change = opening(what)
        return replace(change, vectors=None, in_ledger=True)

    store.write([quote(0, 16.0), quote(10, 17.0), quote(20, 18.0)])

    read = store.quotes("VIX", as_of=START + timedelta(minutes=15), limit=2, scope=EVERYTHING)
    assert [17.0, 16.0] == [chunk.figures["close"] for chunk in read if chunk.figures]
    assert set() == ids(store)

    corrected = replace(quote(10, 17.5), closes=("v1",), successor="v2")
    opens = tuple(replace(chunk, version="v2") for chunk in corrected.opens)
    store.write([replace(corrected, opens=opens)])
    read = store.quotes("VIX", as_of=START + timedelta(minutes=15), limit=1, scope=EVERYTHING)
    assert [17.5] == [chunk.figures["close"] for chunk in read if chunk.figures]


def test_the_newest_is_by_publication(store: Store) -> None:
    """`newest` obeys filters and scope, and is None when nothing may be found."""
    store.write([opening(item("a", minute=5)), opening(item("b", minute=9, labels=("red",)))])

    newest = store.newest(Filters(), EVERYTHING)
    assert newest and newest.key.id == "b"
    newest = store.newest(Filters(), Scope(frozenset()))
    assert newest and newest.key.id == "a"
    assert store.newest(Filters(until=START), EVERYTHING) is None


@pytest.mark.parametrize("text", ["", "\x00", "a:b (c)", "?" * 9_000, "\U0001f600 नमस्ते", "'\"\\%"])
def test_any_text_is_a_legal_query(store: Store, text: str) -> None:
    """No string makes search fail."""
    store.write([opening(item("a", "common"))])

    assert len(store.search(search(text), EVERYTHING)) <= 1


def test_housekeeping_and_closing_twice_lose_nothing(store: Store) -> None:
    """After a merge everything is still found, and close may be called again."""
    store.write([opening(item(str(n), "common")) for n in range(9)])

    store.housekeep()

    assert {"current": 9, "history": 0, "ledger": 0} == store.count()
    store.close()
    store.close()
