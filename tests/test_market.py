"""Quotes: bars of a CSV as items that nobody sees before their session is over."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import Item, Malformed, SourceSpec, Unavailable
from streams.market import MarketSource
from tests.fakes import Clock

NOON = datetime(2026, 3, 13, 12, 0, tzinfo=UTC)
OHLC = (("date", "DATE"), ("open", "OPEN"), ("high", "HIGH"), ("low", "LOW"), ("close", "CLOSE"))
VIX = "DATE,OPEN,HIGH,LOW,CLOSE\n"


def spec(**changes: Any) -> SourceSpec:
    """A daily index with all figures."""
    facts: dict[str, Any] = {
        "name": "vix",
        "url": "https://example.org/vix.csv",
        "kind": "market",
        "symbol": "VIX",
        "names": ("CBOE Volatility Index",),
        "columns": OHLC,
    }
    return SourceSpec(**(facts | changes))


def source(text: str, at: Callable[[], datetime] | None = None, **changes: Any) -> MarketSource:
    """A source over a file with that text, at NOON if nothing else is said."""
    return MarketSource(spec(**changes), read=lambda _: text.encode(), now=at or Clock(NOON))


def only(text: str, **changes: Any) -> Item | Malformed:
    """The one item of a file."""
    (made,) = source(text, **changes).poll(0)
    return made


def test_a_bar_becomes_a_quote() -> None:
    """All figures, a sentence a human would write, and the session's date."""
    made = only(f"{VIX}2026-03-12,16.1,17.25,15.9,16.43\n", labels=("desk",), licence="PDDL-1.0")

    assert isinstance(made, Item)
    assert made.key == ("vix", "VIX/2026-03-12")
    assert made.title == "VIX closed at 16.43 on 12 March 2026"
    assert made.text == (
        "CBOE Volatility Index (VIX) closed at 16.43 on 12 March 2026"
        " (open 16.10, high 17.25, low 15.90)."
    )
    assert made.figures == {
        "symbol": "VIX",
        "open": 16.1,
        "high": 17.25,
        "low": 15.9,
        "close": 16.43,
        "currency": "",
        "session": "2026-03-12",
    }
    assert made.published == datetime(2026, 3, 12, 23, 59, 59, tzinfo=UTC)
    assert (made.date_quality, made.published_raw) == ("day", "2026-03-12")
    assert (made.kind, made.class_, made.labels) == ("quote", "reference", ("desk",))
    assert made.licence == "PDDL-1.0"


def test_a_monthly_mean_counts_from_the_end_of_its_month_and_says_what_it_is() -> None:
    """The first of the month in the file does not make the figure known on that day."""
    made = only(
        "Date,P\n2026-02-01,6893.81\n",
        symbol="SPX",
        names=(),
        currency="USD",
        columns=(("month", "Date"), ("average", "P")),
    )

    assert isinstance(made, Item)
    assert made.id == "SPX/2026-02"
    assert made.text == "SPX averaged USD 6893.81 in February 2026."
    assert made.published == datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)
    assert made.figures == {
        "symbol": "SPX",
        "close": 6893.81,
        "currency": "USD",
        "session": "2026-02",
        "measure": "average",
    }


def test_a_session_that_is_not_over_is_known_from_when_it_was_read_and_comes_again() -> None:
    """Today's bar is published now, not tonight; once the day is over it is said to be final."""
    clock = Clock(NOON)
    stream = source(f"{VIX}2026-03-13,16,17,15,16.43\n", clock)
    (running,) = stream.poll(0)
    stream.commit()
    same = stream.poll(0)
    clock.advance(hours=12)
    (final,) = stream.poll(0)

    assert isinstance(running, Item)
    assert (running.published, running.date_quality) == (NOON, "clamped")
    assert running.title == "VIX stood at 16.43 on 13 March 2026, not yet final"
    assert same == []
    assert isinstance(final, Item)
    assert final.key == running.key
    assert final.title == "VIX closed at 16.43 on 13 March 2026"


def test_a_session_that_has_not_begun_anywhere_is_malformed() -> None:
    """A bar of next week is a broken file."""
    made = only(f"{VIX}2026-03-20,16,17,15,16.43\n")

    assert isinstance(made, Malformed)
    assert made.error == "date: the session 2026-03-20 has not begun"


days = st.dates(date(2026, 1, 1), date(2026, 4, 30))


@settings(max_examples=60)
@given(st.lists(days, min_size=1, max_size=6, unique=True), days, st.booleans())
def test_no_figure_is_published_before_its_session_is_over(
    sessions: list[date], today: date, monthly: bool
) -> None:
    """No look-ahead: as of any time, only what was over or already read then can be seen."""
    observed = datetime.combine(today, time(15), UTC)
    columns = (("month" if monthly else "date", "D"), ("close", "P"))
    rows = "".join(f"{day.isoformat()},1.5\n" for day in sessions)

    made = source(f"D,P\n{rows}", lambda: observed, columns=columns).poll(0)

    for each in made:
        if not isinstance(each, Item):
            continue
        assert each.figures
        written = date.fromisoformat(each.published_raw)
        over = datetime.combine(written, time(23, 59, 59), UTC)
        if monthly:
            following = (written.replace(day=28) + timedelta(days=4)).replace(day=1)
            over = datetime.combine(following, time(), UTC) - timedelta(seconds=1)
        assert each.published == min(over, observed)
        assert each.published <= each.observed


def test_only_new_and_changed_rows_come_after_a_commit() -> None:
    """A corrected close and a new day come; the rest is not handed out again."""
    files = [
        f"{VIX}2026-03-10,1,3,1,2\n2026-03-11,1,3,1,2\n",
        f"{VIX}2026-03-10,1,3,1,2.5\n2026-03-11,1,3,1,2\n2026-03-12,1,3,1,2\nbad\n",
    ]
    stream = MarketSource(spec(), read=lambda _: files[0].encode(), now=Clock(NOON))
    assert len(stream.poll(0)) == 2
    stream.commit()
    assert stream.poll(0) == []
    files.pop(0)

    made = stream.poll(0)
    stream.commit()

    assert [each.id for each in made] == ["VIX/2026-03-10", "VIX/2026-03-12", ""]
    assert stream.poll(0) == []


def test_of_two_rows_for_one_session_the_later_counts() -> None:
    """A correction that was appended replaces its row."""
    made = only(f"{VIX}2026-03-10,1,3,1,2\n2026-03-10,1,3,1,2.5\n")

    assert isinstance(made, Item)
    assert made.figures
    assert made.figures["close"] == 2.5


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ("2026-03-12,1,3,1,abc", "close: 'abc' is not a number like 1234.56"),
        ('2026-03-12,1,3,1,"16,43"', "close: '16,43' is not a number"),
        ("2026-03-12,1,3,1,1e13", "close: '1e13' is larger than any price"),
        ("2026-03-12,1,3,1,infinity", "close: 'infinity' is not a number"),
        ("2026-13-12,1,3,1,2", "date: '2026-13-12' cannot be read"),
        ("12/03/2026,1,3,1,2", "date: '12/03/2026' cannot be read"),
        ("2026-03-12,1,1,3,2", "low 3.0, close 2.0, high 1.0 contradict each other"),
        ("2026-03-12,1", "close: there are 2 columns, too few"),
    ],
)
def test_a_bad_row_is_malformed_and_the_rest_goes_on(row: str, error: str) -> None:
    """The reason names the column; the row is kept."""
    good, bad = source(f"{VIX}{row}\n2026-03-11,1,3,1,2\n").poll(0)

    assert isinstance(good, Item)
    assert isinstance(bad, Malformed)
    assert bad.error.startswith(error)
    assert bad.raw.decode() == row.replace('"', "")


def test_days_without_a_price_are_passed_over() -> None:
    """Holidays that stand in the file as a dot or nothing are no items, and no errors."""
    assert source(f"{VIX}2026-03-10,,,,.\n2026-03-11,,,,\n\n2026-03-12,1,1,1,NaN\n").poll(0) == []


def test_other_columns_delimiters_dates_and_numbers() -> None:
    """Files as others write them: semicolons, US dates, grouped digits, negative prices."""
    columns = (("date", "Day"), ("close", "Last"), ("date_format", "%m/%d/%Y"))
    text = '\ufeffDay;Extra;Last\r\n03/11/2026;x;"7,450.03"\r\n03/12/2026;x;-37.63\r\n'

    made = source(text, columns=columns).poll(0)

    assert [each.figures["close"] for each in made if isinstance(each, Item) and each.figures] == [
        7450.03,
        -37.63,
    ]
    assert [each.id for each in made] == ["VIX/2026-03-11", "VIX/2026-03-12"]


def test_a_file_without_the_column_is_one_bad_item() -> None:
    """An error page in place of the file is told, once."""
    stream = source("<html><body>Sorry</body></html>")

    (made,) = stream.poll(0)
    stream.commit()

    assert isinstance(made, Malformed)
    assert made.error.startswith("no column 'DATE' in the first row; it has <html>")
    assert stream.poll(0) == []


def test_what_cannot_be_read_is_unavailable_and_loses_nothing() -> None:
    """The outage passes through, the next poll has everything."""
    answers: list[bytes | Unavailable] = [
        Unavailable("down"),
        f"{VIX}2026-03-10,1,3,1,2\n".encode(),
    ]

    def read(url: str) -> bytes:
        answer = answers.pop(0)
        if isinstance(answer, Unavailable):
            raise answer
        return answer

    stream = MarketSource(spec(), read=read, now=Clock(NOON))

    with pytest.raises(Unavailable):
        stream.poll(0)
    assert len(stream.poll(0)) == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"columns": ()}, "columns needs either date or month"),
        ({"columns": (("date", "D"),)}, "columns needs either close or average"),
        ({"columns": (*OHLC, ("volume", "V"))}, "columns.volume is none of"),
        ({"symbol": ""}, "symbol is missing"),
    ],
)
def test_a_spec_that_cannot_work_is_refused(changes: dict[str, Any], error: str) -> None:
    """The operator is told before anything starts."""
    with pytest.raises(ValueError, match=error):
        source("", **changes)
