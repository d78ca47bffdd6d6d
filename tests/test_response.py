"""What headers mean, hostile ones included."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.response import charset, fresh_for, http_date, retry_after, user_agent, validator

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", timedelta(minutes=2)),
        ("0", timedelta(0)),
        ("9" * 5_000, timedelta(hours=24)),
        (format_datetime(NOW + timedelta(hours=1), usegmt=True), timedelta(hours=1)),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), timedelta(0)),
        (format_datetime(NOW + timedelta(days=9), usegmt=True), timedelta(hours=24)),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, expected: timedelta | None) -> None:
    """Both forms of RFC 9110 §10.2.3, clamped to 24 hours; anything else counts for nothing."""
    assert retry_after({"retry-after": value}, NOW) == expected


def test_retry_after_counts_from_the_servers_own_clock() -> None:
    """A server whose clock is a day off still means the hour that it says."""
    theirs = NOW - timedelta(days=1)
    headers = {
        "date": format_datetime(theirs, usegmt=True),
        "retry-after": format_datetime(theirs + timedelta(hours=1), usegmt=True),
    }

    assert retry_after(headers, NOW) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"cache-control": "max-age=300, public"}, timedelta(minutes=5)),
        ({"cache-control": "public,MAX-AGE=300", "age": "60"}, timedelta(minutes=4)),
        ({"cache-control": "s-maxage=900"}, None),
        ({"cache-control": "no-cache, max-age=300"}, timedelta(0)),
        ({"expires": "0"}, None),
        (
            {"date": "Sun, 01 Mar 2026 12:00:00 GMT", "expires": "Sun, 01 Mar 2026 12:30:00 GMT"},
            timedelta(minutes=30),
        ),
        ({}, None),
    ],
)
def test_freshness_is_what_the_headers_say(
    headers: dict[str, str], expected: timedelta | None
) -> None:
    """max-age before Expires, less the time that a cache has held the answer."""
    assert fresh_for(headers) == expected


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_hostile_headers_never_raise(value: str) -> None:
    """Any header text gives a bounded value or none."""
    names = ("retry-after", "cache-control", "expires", "date", "age")
    headers = dict.fromkeys(names, value)

    for span in (retry_after(headers, NOW), fresh_for(headers)):
        assert span is None or timedelta(0) <= span <= timedelta(hours=24)
    date = http_date(value)
    assert date is None or date.tzinfo is not None
    assert charset(value).isascii()
    assert validator(value).isascii()
    assert user_agent(value).isprintable() and user_agent(value).isascii()
