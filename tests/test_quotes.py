"""Market figures as of a time: named in the question, never looked up ahead."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.embedder import HashingEmbedder
from indexer.store import EVERYTHING, Scope
from query.quotes import Watch, asks_level, named, quotes_of, sentence
from streams import Item
from tests.index_of import index_of

NOW = datetime(2026, 6, 3, 12, tzinfo=UTC)
VIX = Watch("VIX", ("VIX", "volatility index"))
BRENT = Watch("BRENT", ("Brent", "Brent crude"), "USD")
SPX = Watch("SPX", ("S&P 500",), "USD")
IT = Watch("IT", ("Gartner",))
WATCHLIST = (VIX, BRENT, SPX, IT)


def bar(day: int, close: float, **rest: object) -> Item:
    """A bar of Brent, published at the end of day `day` counted from 1 May 2026."""
    at = datetime(2026, 5, 1, 22, tzinfo=UTC) + timedelta(days=day)
    facts: dict[str, object] = {"text": "", "labels": ()} | rest
    return Item(
        source="oil",
        id=f"BRENT/{day}",
        published=at,
        observed=at,
        kind="quote",
        figures={"symbol": "BRENT", "close": close, "currency": "USD"},
        **facts,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Where is the vix?", [VIX]),
        ("brent  CRUDE price", [BRENT]),
        ("S&P 500 today", [SPX]),
        ("What is it worth?", []),
        ("IT and Brent", [BRENT, IT]),
        ("Brentford won", []),
        ("", []),
    ],
)
def test_instruments_are_known_by_name_and_symbol(question: str, expected: list[Watch]) -> None:
    """Names in any case, symbols as written, whole words only."""
    assert expected == named(question, WATCHLIST)


def test_a_level_is_told_from_a_cause() -> None:
    """The figure answers "what is it at", not "why did it fall"."""
    assert asks_level("What is the price of Brent?")
    assert asks_level("How high is the VIX?")
    assert not asks_level("Why is the VIX at 40?")
    assert not asks_level("Brent falls after OPEC meeting")


def test_a_name_and_a_date_ask_for_the_figure() -> None:
    """Nothing but instruments and dates: their level; more than that is another question."""
    for question in ("VIX in April 2025?", "VIX and Brent crude on 2 January 2025", "S&P 500"):
        assert asks_level(question, named(question, WATCHLIST))
    for question in ("Brent news", "Why Brent?", "Brent: happened?", "VIX futures", ""):
        assert not asks_level(question, named(question, WATCHLIST))


def test_the_newest_quote_comes_with_its_time_and_change() -> None:
    """Close, currency, own timestamp, age and change against the quote before."""
    store = index_of([bar(30, 60.0), bar(31, 66.0)], HashingEmbedder(), lambda: NOW)

    (quote,) = quotes_of(store, [BRENT, VIX], as_of=NOW, scope=EVERYTHING)

    assert (quote.close, quote.previous, quote.change) == (66.0, 60.0, 10.0)
    assert quote.at == datetime(2026, 6, 1, 22, tzinfo=UTC)
    assert quote.age == NOW - quote.at
    assert not quote.stale
    assert sentence(quote) == (
        "Brent stood at 66 USD on 1 June 2026, 22:00 UTC; +10.00 percent against the quote before."
    )


def test_an_old_quote_is_stale_by_the_step_of_its_series() -> None:
    """Five days for daily bars; two steps for monthly ones."""
    daily = index_of([bar(0, 1.0), bar(1, 1.0)], HashingEmbedder(), lambda: NOW)
    monthly = index_of([bar(-30, 1.0), bar(1, 1.0)], HashingEmbedder(), lambda: NOW)

    assert quotes_of(daily, [BRENT], as_of=NOW, scope=EVERYTHING)[0].stale
    assert not quotes_of(monthly, [BRENT], as_of=NOW, scope=EVERYTHING)[0].stale


def test_a_quote_outside_the_scope_is_not_shown() -> None:
    """Labels hold for figures too."""
    store = index_of([bar(1, 1.0, labels=("desk",))], HashingEmbedder(), lambda: NOW)

    assert quotes_of(store, [BRENT], as_of=NOW, scope=Scope(frozenset())) == ()


@given(st.sets(st.integers(0, 60), max_size=8), st.integers(0, 70 * 24))
@settings(max_examples=60, deadline=None)
def test_no_quote_is_ever_of_later_than_asked(days: set[int], hours: int) -> None:
    """As of any time: the newest bar up to then, and the one before it; no look-ahead."""
    store = index_of([bar(day, 10.0 + day) for day in days], HashingEmbedder(8), lambda: NOW)
    at = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(hours=hours)
    past = sorted(day for day in days if bar(day, 1.0).published <= at)

    found = quotes_of(store, [BRENT], as_of=at, scope=EVERYTHING)

    assert [quote.close for quote in found] == [10.0 + day for day in past[-1:]]
    assert [quote.previous for quote in found if quote.previous] == [10.0 + d for d in past[-2:-1]]
