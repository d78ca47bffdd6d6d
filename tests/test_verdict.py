"""Verdicts: fresh, stale or not found, each with a reason that says how old the evidence is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.chunk import Chunk, Passage, chunks_of
from query.ages import age_words, span_words
from query.intent import read
from query.verdict import STALE_AFTER, judge, not_found, not_yet, speaks_to
from tests.fakes import item

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Whole:
    """Makes one passage of a text."""

    def split(self, text: str) -> list[Passage]:
        """The text itself."""
        return [Passage(0, len(text), text)]


def chunk(age: timedelta, class_: str = "news") -> Chunk:
    """A chunk published `age` before NOW."""
    at = NOW - age
    return chunks_of(item("1", published=at, observed=at, class_=class_), "v", Whole())[0]


def verdict(question: str, age: timedelta, class_: str = "news") -> str:
    """The verdict on a question asked at NOW whose newest evidence is this old."""
    meant = read(question, asked=NOW)
    at = meant.period.until if meant.period and meant.period.until else NOW
    return judge(chunk(age, class_), meant, asked=NOW, at=at).verdict


@pytest.mark.parametrize("class_", sorted(STALE_AFTER))
def test_each_class_goes_stale_after_its_time(class_: str) -> None:
    """Fresh up to the limit of its class, stale past it."""
    limit = STALE_AFTER[class_]

    assert verdict("Who leads the party?", limit, class_) == "fresh"
    assert verdict("Who leads the party?", limit + timedelta(seconds=1), class_) == "stale"


def test_the_stale_reason_says_how_old_the_evidence_is() -> None:
    """Age, date and limit stand in the reason."""
    judged = judge(
        chunk(NOW - datetime(2025, 12, 10, 19, tzinfo=UTC)),
        read("What is the federal funds target range?", asked=NOW),
        asked=NOW,
        at=NOW,
    )

    assert judged.verdict == "stale"
    assert "11 months ago (10 December 2025)" in judged.reason
    assert "30 days" in judged.reason


def test_undated_evidence_is_not_said_to_be_published() -> None:
    """Without a date of its source, all that is known is when it was seen."""
    undated = replace(chunk(timedelta(minutes=5)), date_quality="assumed")
    meant = read("Is the bridge open?", asked=NOW)

    found = judge(undated, meant, asked=NOW, at=NOW).reason

    assert "is undated and was seen 5 minutes ago" in found and "published" not in found
    assert "published" not in not_found(undated, NOW, "all items").reason


def test_no_class_lets_an_old_figure_pass_for_current() -> None:
    """A rate of eleven months ago is stale, even from a work of reference."""
    assert verdict("What is the target range?", timedelta(days=347), "reference") == "stale"
    assert verdict("What is the target range?", timedelta(days=60), "reference") == "fresh"


def test_today_wants_evidence_of_today() -> None:
    """Words such as today and this week narrow what may count as fresh."""
    assert verdict("What happened today?", timedelta(hours=5)) == "fresh"
    assert verdict("What happened today?", timedelta(days=3)) == "stale"
    assert verdict("What happened this week?", timedelta(days=3)) == "fresh"


@pytest.mark.parametrize(
    "question", ["What happened in March 2023?", "What is the definition of a bond?"]
)
def test_what_is_not_about_the_present_does_not_go_stale(question: str) -> None:
    """Evidence for the past and for definitions stays good."""
    assert verdict(question, timedelta(days=1_350)) == "fresh"


def test_not_found_says_what_there_was() -> None:
    """The reason names the window and the age of the newest item in it."""
    judged = not_found(chunk(timedelta(hours=3)), NOW, "items up to now")

    assert judged.verdict == "not_found"
    assert "items up to now" in judged.reason
    assert "3 hours ago" in judged.reason
    assert "nothing to search" in not_found(None, NOW, "items up to now").reason


def test_evidence_of_the_named_period_need_not_come_as_near() -> None:
    """Of the period that was asked for less will do, but not nothing."""
    assert speaks_to(0.43, 0.2, dated=True) and not speaks_to(0.43, 0.2)
    assert not speaks_to(0.43, 0.0, dated=True) and not speaks_to(0.32, 0.3, dated=True)


def test_a_time_to_come_is_said_to_be_one() -> None:
    """The reason names the period and says that it has not come."""
    judged = not_yet("2027")

    assert judged.verdict == "not_found" and "'2027' has not come yet" in judged.reason


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1))
def test_more_evidence_never_turns_found_into_not_found(
    cosine: float, coverage: float, more: float
) -> None:
    """The test of what speaks to a question is monotone in both figures."""
    if speaks_to(cosine, coverage):
        assert speaks_to(cosine + more, min(1.0, coverage + more))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "less than a minute"),
        (60, "1 minute"),
        (7_200, "2 hours"),
        (86_400, "1 day"),
        (80 * 86_400, "80 days"),
        (347 * 86_400, "11 months"),
        (550 * 86_400, "18 months"),
        (1_100 * 86_400, "3 years"),
    ],
)
def test_spans_read_as_people_say_them(seconds: int, expected: str) -> None:
    """The largest unit that says enough."""
    assert expected == span_words(timedelta(seconds=seconds))


def test_a_date_without_time_has_an_age_in_days() -> None:
    """What is known to the day is not said to be hours old."""
    at = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)

    assert age_words(at, NOW, "day") == "today"
    assert age_words(at - timedelta(days=1), NOW, "day") == "yesterday"
    assert age_words(at, NOW) == "12 hours ago"
    assert age_words(NOW, NOW) == "just now"
