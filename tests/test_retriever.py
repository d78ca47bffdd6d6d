"""Search: relevance and recency as the pure functions say, windows that never hide everything."""

from datetime import UTC, datetime, timedelta

import pytest

from indexer.embedder import HashingEmbedder
from indexer.store import EVERYTHING, Scope
from query.recency import DECAYS, recency, relevance
from query.request import RecencySettings, SearchRequest, SearchResult
from query.retriever import MIX, Retriever
from tests.fakes import SentenceSplitter, item
from tests.index_of import index_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EMBEDDER = HashingEmbedder()


def told(id: str, text: str, *, days: float, **rest: object) -> object:
    """An item published `days` before NOW."""
    at = NOW - timedelta(days=days)
    return item(id, text, published=at, observed=at, **rest)


def find(items: list, query: str, scope: Scope = EVERYTHING, **rest: object) -> SearchResult:  # type: ignore[type-arg]
    """What a search over the items, cut into sentences, finds at NOW."""
    store = index_of(items, EMBEDDER, lambda: NOW, splitter=SentenceSplitter())
    request = SearchRequest(query=query, **rest)  # type: ignore[arg-type]
    return Retriever(store, EMBEDDER, now=lambda: NOW).search(request, scope)


def ids(result: SearchResult) -> list[str]:
    """The ids found, in order."""
    return [hit.chunk.key.id for hit in result.hits]


def test_newer_wins_between_equals_and_not_against_better() -> None:
    """Of two items that say the same the newer is first; one beside the point stays behind."""
    items = [
        told("old", "strike closes the port of Rotterdam", days=60),
        told("new", "strike closes the port of Rotterdam", days=1),
        told("beside", "a festival opens in Rotterdam", days=0),
    ]

    assert ids(find(items, "port strike Rotterdam")) == ["new", "old", "beside"]


def test_factors_are_those_of_the_pure_functions() -> None:
    """Score = relevance · recency, and both can be computed by hand from the lanes."""
    items = [told("1", "strike closes port", days=14), told("2", "port reopens", days=3)]

    for hit in find(items, "port strike", explain=True).hits:
        why = {name: value for name, value in hit.why.items() if isinstance(value, float | int)}
        left = recency(hit.chunk.published, NOW, DECAYS["news"])
        near = relevance(why.get("dense_score", 0.0), why.get("keywords_score", 0.0), MIX)
        assert hit.recency == pytest.approx(left)
        assert hit.relevance == pytest.approx(near, abs=1e-6)
        assert hit.score == pytest.approx(near * left, abs=1e-6)
        assert hit.age == NOW - hit.chunk.published
        assert why["dense_rank"] >= 1
        assert "reason" in hit.why


def test_an_item_is_found_once_with_its_best_chunk() -> None:
    """Several chunks of one item make one hit, and others move up to fill the limit."""
    long = "The port is on strike. " * 60 + "Ships wait."
    items = [told("long", long, days=1)] + [
        told(str(n), f"Ship {n} waits at the port.", days=2) for n in range(4)
    ]

    result = find(items, "port strike", limit=5)

    assert sorted(ids(result)) == ["0", "1", "2", "3", "long"]
    assert "strike" in result.hits[0].chunk.text


def test_recency_off_and_own_settings_are_obeyed() -> None:
    """Off leaves relevance alone; own settings hold for every class."""
    items = [told("1", "port strike", days=2, class_="reference")]
    off = find(items, "port strike", recency="off").hits[0]
    own = find(items, "port strike", recency=RecencySettings(timedelta(days=2), 0.6)).hits[0]
    auto = find(items, "port strike").hits[0]

    assert (off.recency, auto.recency) == (1.0, 1.0)
    assert own.recency == pytest.approx(0.7)


def test_as_of_hides_what_was_published_later_and_ages_count_from_it() -> None:
    """The world as published by then; "now" is then."""
    items = [told("old", "port strike", days=20), told("new", "port strike", days=1)]
    then = NOW - timedelta(days=10)

    result = find(items, "port strike", as_of=then)

    assert ids(result) == ["old"]
    assert result.hits[0].age == timedelta(days=10)
    assert (result.asked, result.window.as_of) == (then, then)
    assert "19 February 2026, 12:00 UTC" in result.window.words


def test_a_period_in_the_question_narrows_the_search() -> None:
    """The words "in January" find January's reports alone, and says so."""
    items = [told("january", "port strike", days=45), told("march", "port strike", days=0)]

    result = find(items, "port strike in January")

    assert ids(result) == ["january"]
    assert result.window.narrowed
    assert result.window.since == datetime(2026, 1, 1, tzinfo=UTC)
    assert "1 January 2026" in result.window.words
    assert result.window.note == ""


def test_an_empty_period_offers_what_came_before_it() -> None:
    """Nothing of June: what held in June is what was published up to its end; said in the note."""
    items = [
        told("may", "port fee is 12 euros", days=290),
        told("now", "port fee is 15 euros", days=1),
        told("june", "a festival opens", days=260),
    ]

    result = find(items, "What was the port fee in June 2025?")

    assert ids(result)[0] == "may"
    assert not result.window.narrowed
    assert "nothing that fits was published from 1 June 2025" in result.window.note


def test_a_period_before_everything_hides_nothing() -> None:
    """When there is nothing up to its end either, all times are searched."""
    result = find([told("1", "port strike", days=1)], "port strike in 1999")

    assert ids(result) == ["1"]
    assert "all times" in result.window.note


def test_bounds_of_the_caller_bind() -> None:
    """Since and until are hard, even when nothing lies between them."""
    items = [told("1", "port strike", days=10)]

    assert find(items, "port strike", since=NOW - timedelta(days=5)).hits == ()
    assert ids(find(items, "port strike", until=NOW - timedelta(days=5))) == ["1"]
    assert find(items, "strike in 1999", since=NOW - timedelta(days=5)).hits == ()


@pytest.mark.parametrize("query", ["", "   ", "?!…", "\0"])
def test_a_query_without_words_finds_nothing(query: str) -> None:
    """Empty input is no error."""
    assert find([told("1", "port strike", days=1)], query).hits == ()


@pytest.mark.parametrize("query", ["port \ud800 strike", "port " * 50_000, "port 🚢", "港 port"])
def test_hostile_queries_are_read_as_far_as_they_go(query: str) -> None:
    """Half surrogates, a quarter of a megabyte, emoji: searched, never an exception."""
    assert ids(find([told("1", "port strike", days=1)], query)) == ["1"]


def test_sources_kinds_regions_and_labels_filter() -> None:
    """Only what was asked for and may be seen is found."""
    items = [
        told("1", "port strike", days=1, source="a", region="eu"),
        told("2", "port strike", days=1, source="b", kind="filing"),
        told("3", "port strike", days=1, source="c", labels=("desk",)),
    ]

    assert ids(find(items, "port", sources=("a",))) == ["1"]
    assert ids(find(items, "port", kinds=("filing",))) == ["2"]
    assert ids(find(items, "port", regions=("eu",))) == ["1"]
    assert sorted(ids(find(items, "port", Scope(frozenset())))) == ["1", "2"]


@pytest.mark.parametrize(
    "wrong",
    [{"limit": 0}, {"limit": 201}, {"as_of": datetime(2026, 1, 1)}],  # noqa: DTZ001
)
def test_a_senseless_request_is_refused(wrong: dict) -> None:  # type: ignore[type-arg]
    """Limits out of range and times without a zone raise ValueError."""
    with pytest.raises(ValueError, match=r"limit|time zone"):
        SearchRequest(query="x", **wrong)


def test_timings_and_weight_are_told() -> None:
    """The result says how long each step took and what recency weighed."""
    result = find([told("1", "port strike", days=1)], "latest on the port strike")

    assert set(result.timings) == {"embed", "search"}
    assert "latest" in result.window.recency
    assert "14 days (news)" in result.window.words


def test_ages_never_count_from_a_time_to_come() -> None:
    """As of a later time than now is as of now."""
    for ahead in (NOW, NOW + timedelta(days=30_000)):
        assert SearchRequest(query="x", as_of=ahead).asked(NOW) == NOW
        assert SearchRequest(query="x", known_at=ahead).asked(NOW) == NOW
