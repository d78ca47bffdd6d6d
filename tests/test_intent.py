"""Time words in questions: windows, weights and shapes; whatever the question, no exception."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query.intent import read
from query.period import Period, undated

ASKED = datetime(2025, 6, 18, 12, 0, tzinfo=UTC)  # a Wednesday


def window(question: str) -> tuple[str, str] | None:
    """First and last day of the window that a question names; "" is open."""
    found = read(question, asked=ASKED).period
    if found is None:
        return None
    return tuple(at.date().isoformat() if at else "" for at in (found.since, found.until))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What happened in March 2023?", ("2023-03-01", "2023-03-31")),
        ("Why did stocks fall on 5 August 2024?", ("2024-08-05", "2024-08-05")),
        ("stocks on August 5th, 2024", ("2024-08-05", "2024-08-05")),
        ("stocks on 2024-08-05", ("2024-08-05", "2024-08-05")),
        ("Kurse am 05.08.2024", ("2024-08-05", "2024-08-05")),
        ("was geschah am 5. August 2024", ("2024-08-05", "2024-08-05")),
        ("que s'est-il passé le 5 août 2024", ("2024-08-05", "2024-08-05")),
        ("rates in 2020", ("2020-01-01", "2020-12-31")),
        ("earnings in Q2 2021", ("2021-04-01", "2021-06-30")),
        ("the fourth quarter of 2021", ("2021-10-01", "2021-12-31")),
        ("sales between March and June 2023", ("2023-03-01", "2023-06-30")),
        ("from 2015 to 2018", ("2015-01-01", "2018-12-31")),
        ("What happened yesterday?", ("2025-06-17", "2025-06-17")),
        ("the day before yesterday", ("2025-06-16", "2025-06-16")),
        ("news of last week", ("2025-06-09", "2025-06-15")),
        ("sales last month", ("2025-05-01", "2025-05-31")),
        ("sales last year", ("2024-01-01", "2024-12-31")),
        ("over the past two days", ("2025-06-16", "")),
        ("in the last 3 weeks", ("2025-05-28", "")),
        ("what was said on Monday", ("2025-06-16", "2025-06-16")),
        ("since March", ("2025-03-01", "")),
        ("since 2022", ("2022-01-01", "")),
        ("What happened in December?", ("2024-12-01", "2024-12-31")),
        ("before 2020", ("", "2019-12-31")),
        ("the rate as of 31 December 2015", ("", "2015-12-31")),
        ("at the end of 2015", ("", "2015-12-31")),
        ("three days ago", ("2025-06-15", "2025-06-15")),
    ],
)
def test_a_period_becomes_a_window(question: str, expected: tuple[str, str]) -> None:
    """Dates and periods turn into bounds in UTC, both inside."""
    assert expected == window(question)


@pytest.mark.parametrize(
    "question",
    [
        "What has changed since the election?",
        "Who may march in the city?",
        "the 1998 chess olympiad",
        "What is planned for 2030?",
        "What happened on 30 February 2024?",
        "31 février 2024",
        "Boeing 2019-99",
        "Which 3 people 2022",
        "How high is the rate today?",
        "",
    ],
)
def test_what_is_no_date_makes_no_window(question: str) -> None:
    """Events, impossible days, the future and mere numbers are not periods."""
    assert window(question) is None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the latest on Gaza?", 1.4),
        ("current inflation", 1.4),
        ("What happened today?", 1.5),
        ("Who is the chancellor of Germany?", 1.0),
        ("What happened in March 2023?", 0.0),
        ("Who won the 1998 chess olympiad?", 0.0),
        ("What is the definition of inflation?", 0.0),
        ("the history of the Federal Reserve", 0.0),
    ],
)
def test_time_words_weigh_recency(question: str, expected: float) -> None:
    """Now raises the weight; the past, definitions and explicit dates drop it to nothing."""
    intent = read(question, asked=ASKED)

    assert expected == intent.recency
    assert intent.reason


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the federal funds target range?", "value"),
        ("How high is unemployment?", "value"),
        ("latest on the strike", "value"),
        ("When did the Fed last raise rates?", "last"),
        ("How has the strike developed?", "story"),
        ("What happened in Sudan?", "story"),
        ("strike at Boeing", "facts"),
    ],
)
def test_the_shape_of_the_answer_is_read(question: str, expected: str) -> None:
    """A value, a last event, a story or plain facts."""
    assert expected == read(question, asked=ASKED).shape


def test_today_limits_how_old_evidence_may_be() -> None:
    """The word "today" wants evidence of today or yesterday; "this week" of the week."""
    assert read("What happened today?", asked=ASKED).max_age == timedelta(days=2)
    assert read("news this week", asked=ASKED).max_age == timedelta(days=8)
    assert read("news", asked=ASKED).max_age is None


def test_a_question_can_be_looked_for_without_its_period() -> None:
    """The period's words go; a question that is nothing else stays whole."""
    asked = "What was the target range in June 2021?"
    named = read(asked, asked=ASKED).period

    assert undated(asked, named) == "What was the target range ?"
    assert undated("in 2021", Period(None, None, "in 2021")) == "in 2021"


words = st.sampled_from(
    "in on since may March 2023 31 2024-02-30 last week ago Q2 of between and to 5th , . today "
    "yesterday février 99999 0000 past few hours monday \u0000 \ud800 ১২ ٣".split(" ")
)
times = st.datetimes(
    timezones=st.just(UTC),
)


@given(st.one_of(st.text(max_size=200), st.lists(words, max_size=12).map(" ".join)), times)
@settings(max_examples=400, deadline=None)
def test_no_question_raises(question: str, asked: datetime) -> None:
    """Any text at any time has an intent, and its window begins before it ends and before now."""
    found = read(question, asked=asked)

    assert found.recency >= 0
    if found.period:
        since, until = found.period.since, found.period.until
        assert since or until
        assert since is None or since <= asked
        assert until is None or until < asked


def test_a_very_long_question_is_read_in_time() -> None:
    """A megabyte of time words does not hold up the service."""
    assert read("in March " * 100_000, asked=ASKED).period is not None
