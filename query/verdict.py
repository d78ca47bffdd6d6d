"""Whether an answer can be relied on today: fresh, stale or not found, and why. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from indexer.chunk import Chunk
from query.ages import age_words, day_words, span_words
from query.intent import Intent

Verdict = Literal["fresh", "stale", "conflict", "not_found"]

#: How old the newest evidence may be, by class: twice the half-life of the ranking or a little
#: more, so that a quiet fortnight is no alarm; reference works are looked over once a year.
STALE_AFTER: Mapping[str, timedelta] = MappingProxyType(
    {
        "breaking": timedelta(days=2),
        "news": timedelta(days=30),
        "analysis": timedelta(days=90),
        "reference": timedelta(days=400),
    }
)

#: Rates, prices and other figures are not taken as today's after this, whatever their class.
FIGURE_STALE_AFTER = timedelta(days=90)

#: Evidence speaks to a question when its best sentence is this near, or comes near while one
#: passage holds this share of the question's words (weighted by rarity). Measured with 80 news
#: questions of 2022 and their articles: 95 % found; of questions about other matters 10 %, about
#: the politics of 1963 22 %.
COSINE_ALONE, COSINE, COVERAGE = 0.60, 0.45, 0.50

#: Less will do for evidence of the very period that the question names: of 4 such questions on
#: rate decisions the lowest had 0.43 and 0.17, of 7 on other matters the highest cosine was 0.32.
COSINE_DATED, COVERAGE_DATED = 0.40, 0.15


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and the reason for it, in words."""

    verdict: Verdict
    reason: str


def speaks_to(cosine: float, coverage: float, *, dated: bool = False) -> bool:
    """Whether the evidence is about the question at all; `dated` is of the period it names."""
    if dated and cosine >= COSINE_DATED and coverage >= COVERAGE_DATED:
        return True
    return cosine >= COSINE_ALONE or (cosine >= COSINE and coverage >= COVERAGE)


def not_found(newest: Chunk | None, asked: datetime, window: str) -> Judgement:
    """Nothing answers the question; `newest` is the newest item that could have."""
    if newest is None:
        return Judgement("not_found", f"there is nothing to search among {window}")
    age = age_words(newest.published, asked, newest.date_quality)
    return Judgement(
        "not_found",
        f"nothing among {window} speaks to the question; "
        f"the newest item there {_came(newest)} {age}",
    )


def not_yet(period: str) -> Judgement:
    """The question is about a time that has not come, and no evidence speaks of that time."""
    return Judgement(
        "not_found", f"{period!r} has not come yet, and nothing that was found speaks of that time"
    )


def judge(newest: Chunk, meant: Intent, *, asked: datetime, at: datetime) -> Judgement:
    """Fresh or stale by the newest evidence cited.

    `asked` is the time of the question and `at` the time that it is about: evidence for
    "in March 2023" does not go stale.
    """
    age = age_words(newest.published, asked, newest.date_quality)
    found = f"the newest evidence {_came(newest)} {age} ({day_words(newest.published)})"
    if meant.period is not None and meant.period.until is not None and at < asked:
        return Judgement("fresh", f"{found}; the question is about {meant.period.words!r}")
    if meant.recency == 0:
        return Judgement("fresh", f"{found}; the question is not about the present")
    allowed = stale_after(newest.class_, meant)
    if asked - newest.published <= allowed:
        return Judgement("fresh", f"{found}, within the {span_words(allowed)} allowed")
    if allowed == meant.max_age:
        wish = "that the question asks for"
    elif allowed == FIGURE_STALE_AFTER and meant.figure:
        wish = "for which a figure is taken as current"
    else:
        wish = f"for which {newest.class_} is taken as current"
    return Judgement("stale", f"{found}, more than the {span_words(allowed)} {wish}")


def _came(chunk: Chunk) -> str:
    """What its date stands for: without one from its source, it is when the item was first seen."""
    return "is undated and was seen" if chunk.date_quality == "assumed" else "was published"


def stale_after(class_: str, meant: Intent) -> timedelta:
    """How old evidence of a class may be for a question; an unknown class counts as news."""
    allowed = STALE_AFTER.get(class_, STALE_AFTER["news"])
    if meant.figure:
        allowed = min(allowed, FIGURE_STALE_AFTER)
    return min(allowed, meant.max_age) if meant.max_age else allowed
