"""Ask, with the model that ships: cited, dated, and an honest no."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import url2pathname

import pytest

from indexer.embedder import Embedder
from indexer.neural import NeuralEmbedder
from indexer.store import EVERYTHING, Scope
from query.ask import NOTHING, Answer, Asker, AskRequest
from query.quotes import Watch
from query.retriever import Retriever
from streams import Item
from streams.feed import parse
from streams.samples import sample_sources
from tests.fakes import item
from tests.index_of import index_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RANGE = "What is the federal funds target range?"


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    """The model itself: HashingEmbedder knows no meaning."""
    return NeuralEmbedder(tmp_path_factory.mktemp("model"))


def news(id: str, text: str, *, days: float, **rest: object) -> Item:
    """An item published `days` before NOW."""
    at = NOW - timedelta(days=days)
    return item(id, text, published=at, observed=at, **rest)


OTHERS = [
    news("rain", "Heavy rain flooded streets in northern Germany on Friday.", days=1),
    news("port", "Dockers at the port of Genoa began a strike of 48 hours over pay.", days=2),
    news("range", "The new electric car has a range of 420 km, its maker said.", days=3),
    news("fund", "A federal court froze the funds of a charity in Texas.", days=1),
]


def asker(items: Sequence[Item], embedder: Embedder, watchlist: Sequence[Watch] = ()) -> Asker:
    """Asks an index of the items at NOW."""
    store = index_of(items, embedder, lambda: NOW)
    return Asker(Retriever(store, embedder, now=lambda: NOW), store, watchlist=watchlist)


@pytest.fixture(scope="module")
def desk(embedder: Embedder) -> Asker:
    """Asks an index of the shipped rate decisions and a few other items."""
    spec = next(each for each in sample_sources() if each.kind == "feed")
    body = Path(url2pathname(spec.url.removeprefix("file://"))).read_bytes()
    parsed = parse(body, spec=spec, content_type="", base_url=spec.url, observed=NOW)
    decisions = [each for each in parsed.entries if isinstance(each, Item)]
    return asker([*decisions, *OTHERS], embedder)


def ask(desk: Asker, question: str, scope: Scope = EVERYTHING, as_of: str = "") -> Answer:
    """The answer, as of the end of a day where one is given."""
    at = datetime.fromisoformat(f"{as_of}T23:59:59+00:00") if as_of else None
    return desk.ask(AskRequest(question=question, as_of=at), scope)


@pytest.mark.parametrize(
    ("as_of", "expected", "published"),
    [
        ("", "3.50 to 3.75 percent", "2025-12-10"),
        ("2015-12-31", "0.25 to 0.50 percent", "2015-12-16"),
        ("2020-06-01", "0.00 to 0.25 percent", "2020-03-15"),
        ("2023-12-31", "5.25 to 5.50 percent", "2023-07-26"),
        ("2014-01-01", "0.00 to 0.25 percent", "2008-12-16"),
    ],
)
def test_the_newest_decision_up_to_then_answers(
    desk: Asker, as_of: str, expected: str, published: str
) -> None:
    """Now and as of any day: the decision that held, cited, no other figure beside it."""
    answer = ask(desk, RANGE, as_of=as_of)

    assert expected in answer.text
    assert "[1]" in answer.text
    assert answer.citations[0].published.date().isoformat() == published
    assert answer.newest == answer.citations[0].published
    assert answer.citations[0].quote in answer.text
    assert answer.citations[0].age == answer.asked - answer.citations[0].published
    assert answer.citations[0].url.startswith("https://")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the fed rate now?", "3.50 to 3.75 percent"),
        ("fed funds rate", "3.50 to 3.75 percent"),
        ("current federal funds target range", "3.50 to 3.75 percent"),
        ("When did the Fed last raise rates?", "5.25 to 5.50 percent"),
        ("When did the Fed last cut interest rates?", "on 10 December 2025"),
        ("What were US interest rates in March 2020?", "0.00 to 0.25 percent"),
        ("Did the Fed raise rates in 2016?", "On 14 December 2016"),
        ("What was the federal funds target range in June 2021?", "0.00 to 0.25 percent"),
        ("Who voted against the cut in December 2025?", "Stephen Miran"),
        ("Why are dockers on strike in Genoa?", "over pay"),
    ],
)
def test_questions_as_people_put_them(desk: Asker, question: str, expected: str) -> None:
    """Other words for the same, a last event, a value of the past, a name, a cause."""
    assert expected in ask(desk, question).text


def test_old_evidence_is_said_to_be_old(desk: Asker) -> None:
    """The newest decision of the sample is stale today, and fresh the week after it was made."""
    today, then = ask(desk, RANGE), ask(desk, RANGE, as_of="2025-12-17")

    assert today.verdict == "stale"
    assert "11 months ago (10 December 2025)" in today.reason
    assert then.verdict == "fresh"
    assert "7 days ago" in then.reason


@pytest.mark.parametrize(
    "question",
    [
        "Who won the 1998 chess olympiad?",
        "How do I bake sourdough bread?",
        "Who is the president of Brazil?",
        "What did the Pope say in March 2020?",
        "Will the Fed cut rates in 2027?",
        "asdf qwer zxcv uiop",
        "",
        "?!",
        "\0\ud800",
        "🚢" * 500,
        "federal " * 3000 + "chess",
    ],
)
def test_what_is_not_there_is_not_found(desk: Asker, question: str) -> None:
    """Other matters, gibberish and nothing at all get an honest no with its reason."""
    answer = ask(desk, question)

    if not question.startswith("federal"):
        assert (answer.verdict, answer.text, answer.citations) == ("not_found", NOTHING, ())
        assert answer.newest is None
    assert answer.reason


def test_before_the_first_item_there_is_nothing(desk: Asker) -> None:
    """As of a time before everything, nothing is found and nothing leaks from later."""
    answer = ask(desk, RANGE, as_of="2001-01-01")

    assert (answer.verdict, answer.citations) == ("not_found", ())
    assert "nothing to search" in answer.reason


def test_an_empty_index_answers_nothing(embedder: Embedder) -> None:
    """No items, no answer, no error."""
    assert ask(asker([], embedder), RANGE).verdict == "not_found"


def test_labels_hide_evidence(embedder: Embedder) -> None:
    """An item outside the caller's scope is neither quoted nor counted as the newest there is."""
    secret = news("1", "The merger of Acme and Globex closes on Friday.", days=1, labels=("desk",))
    closed = asker([secret], embedder)

    hidden = ask(closed, "When does the merger of Acme and Globex close?", Scope(frozenset()))

    assert hidden.verdict == "not_found"
    assert "day ago" not in hidden.reason
    assert "Friday" in ask(closed, "When does the merger of Acme and Globex close?").text


def bar(days: float, close: float) -> Item:
    """A bar of Brent, published `days` before NOW."""
    at = NOW - timedelta(days=days)
    return Item(
        source="oil",
        id=f"BRENT/{days}",
        text="",
        published=at,
        observed=at,
        kind="quote",
        figures={"symbol": "BRENT", "close": close, "currency": "USD"},
    )


def test_a_price_comes_from_the_quote_and_not_from_an_article(embedder: Embedder) -> None:
    """The figure with its own time is the answer; an article's price is never given as current."""
    article = news("1", "Brent crude oil cost 91 USD a barrel this morning.", days=0.1)
    watch = Watch("BRENT", ("Brent",), "USD")
    oil = asker([article, bar(1, 66.0), bar(2, 60.0)], embedder, [watch])

    price = ask(oil, "What is the price of Brent?")
    cause = ask(oil, "Why did Brent crude oil cost 91 USD?")

    assert "66 USD" in price.text
    assert "91" not in price.text
    assert (price.verdict, price.citations[0].source) == ("fresh", "oil")
    assert price.quotes[0].change == 10.0
    assert "91" in cause.text
    assert cause.quotes[0].close == 66.0


def test_an_old_quote_makes_the_answer_stale(embedder: Embedder) -> None:
    """A figure that should have been followed by newer ones is given with its age, as stale."""
    watch = Watch("BRENT", ("Brent",), "USD")
    oil = asker([bar(40, 66.0), bar(41, 60.0)], embedder, [watch])

    price = ask(oil, "How much is Brent?")

    assert price.verdict == "stale"
    assert "40 days ago" in price.reason


def test_a_figure_is_of_the_time_that_the_question_names(embedder: Embedder) -> None:
    """The last one up to the end of that time, though no article is of it; never a later one."""
    watch = Watch("BRENT", ("Brent",), "USD")
    oil = asker([news("1", "Rain.", days=1), bar(3, 66.0), bar(1, 60.0)], embedder, [watch])

    for day in ("19 November 2026", "20 November 2026"):
        price = ask(oil, f"What was the price of Brent on {day}?")

        assert "66 USD" in price.text
        assert (price.verdict, price.note) == ("fresh", "")


def test_what_was_not_known_then_is_not_quoted(embedder: Embedder) -> None:
    """A figure that came late is not given for a time at which this index did not have it."""
    watch = Watch("BRENT", ("Brent",), "USD")
    late = replace(bar(3, 66.0), observed=NOW)
    oil = asker([late, bar(4, 60.0)], embedder, [watch])
    request = AskRequest(question="What is the price of Brent?", known_at=NOW - timedelta(days=1))

    price = oil.ask(request, EVERYTHING)

    assert "60 USD" in price.text and len(price.quotes) == 1


def test_each_step_is_timed(desk: Asker) -> None:
    """Milliseconds for embedding, search and answer; the window in words."""
    answer = ask(desk, RANGE)

    assert set(answer.timings) == {"embed", "search", "answer"}
    assert all(value >= 0 for value in answer.timings.values())
    assert "up to 22 November 2026, 12:00 UTC" in answer.window.words
