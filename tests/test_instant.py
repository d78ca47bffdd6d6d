"""Times that callers write."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query.instant import EARLIEST, LATEST, TICK, parse_instant


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2020-06-01", (2020, 6, 1), (2020, 6, 2)),
        ("20200601", (2020, 6, 1), (2020, 6, 2)),
        ("2020-W23-1", (2020, 6, 1), (2020, 6, 2)),
        ("2020-12", (2020, 12, 1), (2021, 1, 1)),
        (" 2024-02 ", (2024, 2, 1), (2024, 3, 1)),
        ("2015", (2015, 1, 1), (2016, 1, 1)),
    ],
)
def test_day_month_or_year_is_all_of_it(
    text: str, first: tuple[int, int, int], after: tuple[int, int, int]
) -> None:
    """As a beginning it is its first instant, as an end its last."""
    assert parse_instant(text, end=False) == datetime(*first, tzinfo=UTC)
    assert parse_instant(text, end=True) == datetime(*after, tzinfo=UTC) - TICK


def test_time_without_a_zone_is_utc() -> None:
    """With one, it is turned into UTC."""
    noon = datetime(2020, 6, 1, 12, tzinfo=UTC)

    for text in ("2020-06-01T12:00", "2020-06-01 12:00:00Z", "2020-06-01T14:00+02:00"):
        assert parse_instant(text, end=True) == parse_instant(text, end=False) == noon


@given(st.text() | st.from_regex(r"\d{4}(-\d\d){0,2}(T\d\d:\d\d([+-]\d\d:\d\d)?)?", fullmatch=True))
def test_any_text_is_a_time_or_an_error_in_words(text: str) -> None:
    """Whatever is written, the answer is a time that can be reckoned with, or ValueError."""
    try:
        at = parse_instant(text, end=True)
    except ValueError as error:
        assert "is not" in str(error)
    else:
        assert EARLIEST <= at < LATEST
        assert at.tzinfo is UTC
