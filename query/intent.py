"""What a question wants of time: a window, a weight for recency, a value or a story. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from query import period

#: How an answer is put together: one value that the newest evidence decides; the last event of a
#: kind; a development told oldest to newest; or simply the best evidence.
Shape = Literal["value", "last", "story", "facts"]

#: Only this much of a question is read for time words, in characters.
READ_CHARS = 2_000

_DEFINITION = re.compile(
    r"\b(?:what (?:does .{1,60} (?:mean|stand for)|is meant by)|define|definition|meaning of"
    r"|history of|histor(?:y|ical|ically)|origins? of|etymology|ever|first (?:ever )?(?:time|to)"
    r"|invented|founded|was born|date of birth|capital of)\b",
    re.IGNORECASE,
)
_NOW = re.compile(
    r"\b(?:latest|newest|most recent(?:ly)?|recent(?:ly)?|current(?:ly)?|now(?:adays)?"
    r"|at the moment|breaking|just (?:in|now)|up[- ]to[- ]date|so far|as of (?:now|today)|news)\b",
    re.IGNORECASE,
)
_SPELL = re.compile(
    r"\b(?:(today|tonight|this (?:morning|afternoon|evening))|(this week|these days)"
    r"|(this month)|(this (?:year|season)))\b",
    re.IGNORECASE,
)
#: How old evidence may be for each group of _SPELL; a day more where only the day is known.
_SPELL_AGES = (timedelta(days=2), timedelta(days=8), timedelta(days=32), timedelta(days=366))

_VALUE = re.compile(
    r"^\W*(?:(?:so|and|but|then|please|tell me|show me)\W+)*"
    r"(?:(?:what|who|which|where)(?:'s|\u2019s| is| are| was| were)\b"
    r"|(?:what|which) [\w ]{1,60} (?:is|are|was|were)\b"
    r"|how (?:much|many|high|low|big|large|long|old|far|often|strong|expensive)\b)"
    r"|\b(?:target range|rate|price|level|value)\W*$",
    re.IGNORECASE,
)
_LAST = re.compile(r"^\W*when\b.*\blast\b|\blast time\b", re.IGNORECASE)
_FIGURE = re.compile(
    r"\bhow (?:much|many|high|low|big|large|long|old|far|often|strong|expensive)\b"
    r"|\b(?:rates?|ranges?|prices?|levels?|percent(?:age)?|numbers?|costs?|values?|index|yields?"
    r"|inflation|unemployment|gdp|figures?|totals?|scores?)\b",
    re.IGNORECASE,
)
_STORY = re.compile(
    r"\b(?:how (?:has|have|did|does|do)|happen(?:ed|ing)?|timeline|chronology|why"
    r"|develop(?:ed|ments?)?|evolved?|over (?:time|the (?:last|past))|since|changed|story of)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What a question wants of time.

    `period` is the window its words name. `recency` multiplies the weights of the decays: 0 for
    none, 1 for those of the classes. `max_age` is how old evidence may be for words such as
    "today". `figure` says that a number is asked for. `reason` says in words what was read.
    """

    period: period.Period | None
    recency: float
    max_age: timedelta | None
    shape: Shape
    figure: bool
    reason: str


def read(question: str, *, asked: datetime) -> Intent:
    """What `question`, asked at `asked` (aware), wants of time; never raises, whatever it holds."""
    question = " ".join(question[:READ_CHARS].split())
    asked = asked.astimezone(UTC)
    window = period.find(question, asked)
    multiplier, max_age, reason = _weight(question, asked, window)
    return Intent(
        period=window,
        recency=multiplier,
        max_age=max_age,
        shape=_shape(question, pressing=multiplier > 1),
        figure=bool(_FIGURE.search(question)),
        reason=reason,
    )


def _weight(
    question: str, asked: datetime, window: period.Period | None
) -> tuple[float, timedelta | None, str]:
    """The multiplier for recency, how old evidence may be, and why."""
    if window is not None and (window.until is not None or window.since is None):
        return 0.0, None, f"no weight on recency: the question names a time ({window.words!r})"
    if spell := _SPELL.search(question):
        allowed = _SPELL_AGES[(spell.lastindex or 1) - 1]
        return 1.5, allowed, f"more weight on recency: {spell.group().lower()!r}"
    if now := _NOW.search(question):
        return 1.4, None, f"more weight on recency: {now.group().lower()!r}"
    if window is not None:
        return 1.0, None, f"usual weight on recency within {window.words!r}"
    if year := period.past_year(question, asked):
        return 0.0, None, f"no weight on recency: the question is about {year}"
    if definition := _DEFINITION.search(question):
        return 0.0, None, f"no weight on recency: {definition.group().lower()!r}"
    return 1.0, None, "usual weight on recency: the question names no time"


def _shape(question: str, *, pressing: bool) -> Shape:
    if _LAST.search(question):
        return "last"
    if _STORY.search(question) and not re.match(r"\W*(?:what|who)(?:'s| is)\b", question, re.I):
        return "story"
    return "value" if pressing or _VALUE.search(question) else "facts"
