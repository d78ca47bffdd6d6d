"""When a source is asked again: within bounds, honouring wishes, adapted to what it publishes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.cadence import LONGEST, SHORTEST, SHORTEST_FIXED, Signals, adapted, next_interval

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

spans = st.timedeltas(timedelta(0), timedelta(days=999))
times = st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
chances = st.floats(0, 1, exclude_max=True)
signals = st.builds(
    Signals,
    published=st.lists(times, max_size=30).map(tuple),
    previous=st.none() | st.timedeltas(SHORTEST, LONGEST),
    news=st.booleans(),
    ttl=st.none() | spans,
    fresh_for=st.none() | spans,
    retry_after=st.none() | spans,
    failures=st.integers(0, 10_000),
    fixed=st.none() | spans,
)


def interval(*, chance: float = 0.5, **facts: Any) -> timedelta:
    """The next interval at NOW; a chance of 0.5 is no jitter."""
    return next_interval(Signals(**facts), now=NOW, random=lambda: chance)


def every(
    gap: timedelta, count: int = 10, *, last: timedelta = timedelta(0)
) -> tuple[datetime, ...]:
    """`count` publications `gap` apart, the newest `last` ago."""
    return tuple(NOW - last - gap * index for index in range(count))


@settings(max_examples=300)
@given(signals, chances)
def test_interval_is_always_within_bounds(known: Signals, chance: float) -> None:
    """5 minutes to 24 hours, whatever a feed, a server or a clock claims."""
    shortest = SHORTEST if known.fixed is None else SHORTEST_FIXED

    assert shortest <= next_interval(known, now=NOW, random=lambda: chance) <= LONGEST


@settings(max_examples=200)
@given(signals, chances)
def test_retry_after_is_honoured(known: Signals, chance: float) -> None:
    """Never sooner than the server asked, up to a day."""
    asked = min(known.retry_after or timedelta(0), LONGEST)

    assert next_interval(known, now=NOW, random=lambda: chance) >= asked


@settings(max_examples=200)
@given(st.integers(1, 100), st.none() | spans, chances)
def test_more_failures_never_mean_sooner(
    failures: int, fixed: timedelta | None, chance: float
) -> None:
    """With the same luck each further failure waits at least as long."""
    fewer = interval(failures=failures, fixed=fixed, chance=chance)

    assert interval(failures=failures + 1, fixed=fixed, chance=chance) >= fewer


def test_failures_double_the_wait() -> None:
    """5, 10, 20 minutes ... at most a day."""
    waits = [interval(failures=count) / timedelta(minutes=1) for count in (1, 2, 3, 4, 9, 99)]

    assert waits == [5, 10, 20, 40, 1280, 1440]


@settings(max_examples=100)
@given(chances)
def test_jitter_is_a_tenth_at_most(chance: float) -> None:
    """Sources drift apart, but not far from what was meant."""
    hour = timedelta(hours=1)

    assert hour * 0.9 <= interval(fixed=hour, chance=chance) <= hour * 1.1


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (timedelta(minutes=1), timedelta(minutes=5)),
        (timedelta(hours=1), timedelta(minutes=30)),
        (timedelta(days=1), timedelta(hours=12)),
        (timedelta(days=30), timedelta(hours=24)),
    ],
)
def test_interval_follows_how_often_the_source_publishes(
    gap: timedelta, expected: timedelta
) -> None:
    """Two polls per usual gap."""
    assert interval(published=every(gap)) == expected


def test_long_silence_slows_a_busy_source_down() -> None:
    """A feed that posted every ten minutes until last year is not asked every five minutes."""
    busy = every(timedelta(minutes=10), last=timedelta(0))
    asleep = every(timedelta(minutes=10), last=timedelta(hours=8))
    dead = every(timedelta(minutes=10), last=timedelta(days=365))

    assert interval(published=busy) == timedelta(minutes=5)
    assert interval(published=asleep) == timedelta(hours=1)
    assert interval(published=dead) == timedelta(hours=24)


def test_burst_counts_as_one_publication() -> None:
    """Ten items at eight each morning are a daily feed, not one of ten a second."""
    published = tuple(
        NOW - timedelta(days=day, seconds=second) for day in range(4) for second in range(10)
    )

    assert adapted(Signals(published=published), now=NOW) > timedelta(hours=11)


def test_undated_source_is_followed_by_what_polls_bring() -> None:
    """Without dates: sooner after news, later after none, an hour at first."""
    assert interval() == timedelta(hours=1)
    assert interval(previous=timedelta(hours=1), news=True) == timedelta(minutes=30)
    assert interval(previous=timedelta(hours=1)) == timedelta(minutes=90)


@pytest.mark.parametrize("wish", ["ttl", "fresh_for"])
def test_wishes_of_feed_and_server_are_considered_and_clamped(wish: str) -> None:
    """A wish for more time is granted, for less it is not, and never beyond a day."""

    def with_wish(span: timedelta) -> timedelta:
        facts: dict[str, Any] = {"published": every(timedelta(hours=1)), wish: span}
        return interval(**facts)

    assert with_wish(timedelta(hours=3)) == timedelta(hours=3)
    assert with_wish(timedelta(minutes=1)) == timedelta(minutes=30)
    assert with_wish(timedelta(days=90)) == timedelta(hours=24)


def test_operator_has_the_last_word_but_for_retry_after() -> None:
    """A fixed interval replaces adaptation and wishes; a server's refusal still counts."""
    minute = timedelta(minutes=1)

    assert interval(fixed=minute, ttl=timedelta(hours=9)) == minute
    assert interval(fixed=timedelta(0)) == timedelta(seconds=10)
    assert interval(fixed=minute, retry_after=timedelta(hours=2)) == timedelta(hours=2)


def test_future_dates_do_not_count() -> None:
    """What claims to be published next year says nothing about the pace."""
    future = tuple(NOW + timedelta(days=index) for index in range(1, 9))

    assert interval(published=future) == timedelta(hours=1)
