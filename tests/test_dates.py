"""Dates as sources write them are read for what they mean, and flagged where they are not."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.dates import RAW_CHARS, judge
from streams.months import month_of
from streams.zones import named_zone

OBSERVED = datetime(2026, 2, 1, tzinfo=UTC)


def at(raw: str, zone: str = "UTC") -> str:
    """What `raw` is judged to be: ISO to the second, and the quality."""
    dated = judge(raw, observed=OBSERVED, zone=zone)
    return f"{dated.at:%Y-%m-%dT%H:%M:%S} {dated.quality}"


EXACT = {
    "2024-05-01T12:30:00Z": "2024-05-01T12:30:00",
    "2024-05-01T12:30:00.123456789+02:00": "2024-05-01T10:30:00",
    "2024-05-01 12:30": "2024-05-01T12:30:00",
    "2024-05-01T10:00-05": "2024-05-01T15:00:00",
    "2024-05-01 12:30:00 -0430": "2024-05-01T17:00:00",
    "20240501T123000Z": "2024-05-01T12:30:00",
    "20240501123000": "2024-05-01T12:30:00",
    "202405011230": "2024-05-01T12:30:00",
    "2024/5/1 3:04 PM": "2024-05-01T15:04:00",
    "1714560000": "2024-05-01T10:40:00",
    "1714560000123": "2024-05-01T10:40:00",
    "1714560000.5": "2024-05-01T10:40:00",
    "Thu, 5 Sep 2002 00:00:01 GMT": "2002-09-05T00:00:01",
    "5 Sep 02 10:00 EST": "2002-09-05T15:00:00",
    "Fri, 05 Sep 97 10:00 UT": "1997-09-05T10:00:00",
    "5-Sep-2002 10:00:00 -0500": "2002-09-05T15:00:00",
    "Sep 5, 2002 10:00 PM EST": "2002-09-06T03:00:00",
    "Mon Jan 26 16:31:00 EST 2004": "2004-01-26T21:31:00",
    "Mon Jan 26 16:31:00 2004": "2004-01-26T16:31:00",
    "Sun, Jan 4 2004 16:29:06 PST": "2004-01-05T00:29:06",
    "Thu, 01 Jan 2004 19:48:21 GMT+2": "2004-01-01T17:48:21",
    "Tue Sep 23 2025 15:13:20 GMT+0200 (Central European Summer Time)": "2025-09-23T13:13:20",
    "Wed, 01 Jan 2025 10:00:00 America/New_York": "2025-01-01T15:00:00",
    "Wed, 01 Jan 2025 10:00:00 (PST)": "2025-01-01T18:00:00",
    "Sat, 01 Mar 2025 24:00:00 UTC": "2025-03-02T00:00:00",
    "Sat, 01 Mar 2025 23:59:60 UTC": "2025-03-01T23:59:59",
    "1 a.m. 5 May 2025": "2025-05-05T01:00:00",
    "2025-05-05 at 1pm EDT": "2025-05-05T17:00:00",
    "lundi 4 mars 2024 à 10h30": "2024-03-04T10:30:00",
    "4. März 2024, 10:30 Uhr": "2024-03-04T10:30:00",
    "Пн, 04 мар 2024 10:30:00 +0300": "2024-03-04T07:30:00",
    "Σαβ, 11 Ιούλ 2004 04:00:00 EST": "2004-07-11T09:00:00",
    "2024年5月1日 10時30分": "2024-05-01T10:30:00",
    "2004년 05월 28일 오후 11:31:25": "2004-05-28T23:31:25",
    "05.06.2024 10:00": "2024-06-05T10:00:00",
    "12/30/2024 5:04:33 PM": "2024-12-30T17:04:33",
}
DAYS = {
    "2024-05-01": "2024-05-01",
    "20240501": "2024-05-01",
    "2024-05": "2024-05-01",
    "2003-335": "2003-12-01",
    "2003-W48-3": "2003-11-26",
    "Sep 5, 2002": "2002-09-05",
    "September 2002": "2002-09-01",
    "25/06/2024": "2024-06-25",
    "Sat, 01 Mar 2025 99:00 UTC": "2025-03-01",
}
NONE = (
    "",
    "   ",
    "soon",
    "yesterday",
    "2024",
    "0",
    "2025-02-30",
    "Sat, 32 Mar 2025 10:00:00 UTC",
    "0000-00-00 00:00:00",
    "0001-01-01T00:00:00Z",
    "1601-01-01T00:00:00Z",
    "-62135596800",
    "Thu, 01 Jan 1970 00:00:00 GMT",
)


@pytest.mark.parametrize(("raw", "meant"), EXACT.items())
def test_a_date_with_a_time_is_read_to_the_second(raw: str, meant: str) -> None:
    """Whatever the form, the instant is the one that was meant."""
    assert f"{meant} exact" == at(raw)


@pytest.mark.parametrize(("raw", "meant"), DAYS.items())
def test_a_day_without_a_time_stays_a_day(raw: str, meant: str) -> None:
    """It is that day's midnight UTC, flagged, whatever the zone of the feed."""
    assert f"{meant}T00:00:00 day" == at(raw) == at(raw, "Asia/Tokyo")


@pytest.mark.parametrize("raw", NONE)
def test_what_is_no_date_is_taken_as_seen_now(raw: str) -> None:
    """Missing, unreadable, impossible and unset dates are `observed`, flagged."""
    assert (OBSERVED, "assumed", raw.strip()) == judge(raw, observed=OBSERVED)


def test_a_missing_date_takes_the_fallback() -> None:
    """The fallback stands in for a missing date, still flagged, and never lies ahead."""
    earlier = OBSERVED - timedelta(days=1)

    assert (earlier, "assumed", "") == judge(None, observed=OBSERVED, fallback=earlier)
    later = OBSERVED + timedelta(days=1)
    assert judge(None, observed=OBSERVED, fallback=later).at == OBSERVED


def test_a_date_in_the_future_is_pulled_back_and_kept() -> None:
    """Its time is when we saw it; what was written stays with it."""
    raw = "Mon, 05 Jan 2099 10:00:00 GMT"

    assert (OBSERVED, "clamped", raw) == judge(raw, observed=OBSERVED)


def test_a_time_without_a_zone_is_in_the_feeds_zone() -> None:
    """Summer and winter are those of the zone; an unknown zone counts as UTC."""
    assert at("2025-07-01 12:00", "Europe/Berlin") == "2025-07-01T10:00:00 exact"
    assert at("2025-01-01 12:00", "Europe/Berlin") == "2025-01-01T11:00:00 exact"
    for odd in ("Nowhere/Land", "", "../etc", "a\0b", "x" * 5000):
        assert at("2025-01-01 12:00", odd) == "2025-01-01T12:00:00 exact"


def test_month_and_zone_names_are_known_in_any_case() -> None:
    """Accents and case do not matter, and no other word is a month or a zone."""
    assert [8, 2, 12, 0] == [month_of(word) for word in ("AOÛT", "Şubat", "déc", "foo")]
    assert named_zone("est") is not None
    assert named_zone("no/where") is None


@given(st.text(max_size=80), st.sampled_from(["UTC", "Europe/Berlin", "Mars/Base"]))
@settings(max_examples=300, deadline=None)
def test_no_text_makes_it_fail(raw: str, zone: str) -> None:
    """Any text is judged: aware, not after `observed`, not before 1900."""
    dated = judge(raw, observed=OBSERVED, zone=zone)

    assert datetime(1900, 1, 1, tzinfo=UTC) <= dated.at <= OBSERVED
    assert len(dated.raw) <= RAW_CHARS


PIECES = ["Mon,", "5", "05", "Jan", "2024", "99", "10:00", ":60", "24:00:00", "+0530", "-2500"]
PIECES += ["GMT", "EST", "PM", "T", "Z", "/", "-", ".", "年", "3月", "W53", "366", "1e9", "²"]


@given(st.lists(st.sampled_from(PIECES), max_size=9), st.sampled_from(["", " ", "-"]))
@settings(max_examples=500, deadline=None)
def test_no_heap_of_date_parts_makes_it_fail(parts: list[str], glue: str) -> None:
    """Also what is nearly a date is judged."""
    assert judge(glue.join(parts), observed=OBSERVED).at <= OBSERVED


@given(st.datetimes(datetime(1971, 1, 1), datetime(2026, 1, 1)), st.integers(-12 * 4, 14 * 4))  # noqa: DTZ001 - hypothesis wants naive bounds
@settings(max_examples=200, deadline=None)
def test_what_python_writes_is_read_back(naive: datetime, quarters: int) -> None:
    """RFC 3339 and RFC 5322 dates in any zone come back to the second."""
    sign, minutes = "-" if quarters < 0 else "+", abs(quarters) * 15
    offset = f"{sign}{minutes // 60:02}{minutes % 60:02}"
    want = (naive - timedelta(minutes=quarters * 15)).replace(microsecond=0, tzinfo=UTC)

    for form in ("%Y-%m-%dT%H:%M:%S", "%a, %d %b %Y %H:%M:%S ", "%d %B %y %H:%M:%S "):
        assert judge(naive.strftime(form) + offset, observed=OBSERVED).at == want
