"""The window that a question's own words ask for: "in March 2023", "since 2020", "last week"."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from query.calendar_words import MONTH, TICK, Span, day, spans
from query.words import terms

#: What may stand between a preposition and its date.
_FILLER = r"(?:\s+(?:the|early|mid|late|start of|beginning of|month of|year|summer of|end of))*\s*$"
_SINCE = re.compile(rf"\b(?:since|after|from|starting)\b{_FILLER}", re.IGNORECASE)
_BEFORE = re.compile(rf"\b(?:before|prior to)\b{_FILLER}", re.IGNORECASE)
_UNTIL = re.compile(rf"(?:\b(?:until|till|by|up to|as of|as at)\b|\bend of\b){_FILLER}", re.I)
_WITHIN = re.compile(
    rf"\b(?:in|on|during|for|at|of|over|within|around|throughout)\b{_FILLER}", re.I
)
_JOINED = re.compile(r"\s*(?:and|to|until|till|through|-|–|—)\s*", re.IGNORECASE)

#: A day written in another language, as "5 août 2024" or "5. August 2024".
_FOREIGN = re.compile(r"\b\d{1,2}\.?\s(?:de\s)?[^\W\d_]{3,12}\.?\s(?:de\s)?(?:19|20)\d\d\b")
_LANGUAGES = ["de", "fr", "es", "it", "pt", "nl"]


@dataclass(frozen=True, slots=True)
class Period:
    """A window in words and as times, both ends inside; None is open."""

    since: datetime | None
    until: datetime | None
    words: str


def find(question: str, asked: datetime) -> Period | None:
    """The period that a question names, if it does and if it begins before `asked`.

    "Since the election" names none: nothing here knows when that was. A bare year ("the 1998
    games") or month is one only after a preposition.
    """
    found = [span for span in spans(question, asked) if _is_date(span, question)]
    if not found:
        found = _foreign(question)
    if not found:
        return None
    first, second = found[0], found[1] if len(found) > 1 else None
    before = question[: first.start]
    if second is not None and _JOINED.fullmatch(question, first.end, second.start):
        words = question[first.start : second.end]
        if first.kind == "month":  # "March and June 2023" are of one year
            since = first.since.replace(year=second.since.year)
            return _bounded(min(since, second.since), second.until, words, asked)
        since, until = min(first.since, second.since), max(first.until, second.until)
        return _bounded(since, until, words, asked)
    lower, upper = _turned(first, before)
    lead = re.search(r"\b[A-Za-z]+(?: of| to)?(?: the)?\s*$", before)
    words = (lead.group() if lead and _leads(before) else "") + question[first.start : first.end]
    return _bounded(lower, upper, words, asked)


def undated(question: str, found: Period | None) -> str:
    """The question without its period; whole where nothing else would be left to look for."""
    rest = " ".join(question.replace(found.words, " ").split()) if found else question
    return rest if terms(rest) else question


def future(question: str, asked: datetime) -> Span | None:
    """The first period that a question names, if it begins after `asked`."""
    found = next((span for span in spans(question, asked) if _is_date(span, question)), None)
    return found if found is not None and found.since > asked else None


def past_year(question: str, asked: datetime) -> str:
    """The first year before `asked`'s that a question mentions in any way, else ""."""
    years = (question[s.start : s.end] for s in spans(question, asked) if s.kind == "year")
    return next((year for year in years if int(year) < asked.year), "")


def _is_date(span: Span, question: str) -> bool:
    if span.kind not in ("year", "month", "weekday"):
        return True
    before = question[: span.start]
    if span.kind == "month" and question[span.start].islower():
        return False  # "may" and "march" are words of their own
    if span.kind == "weekday":
        return bool(_leads(before) or re.search(r"\b(?:last|this|past)\s*$", before, re.I))
    return _leads(before) or bool(re.search(r"(?:\bbetween\b|\d{4}\s*(?:and|to|-|–))\s*$", before))


def _leads(before: str) -> bool:
    return any(word.search(before) for word in (_SINCE, _BEFORE, _UNTIL, _WITHIN))


def _turned(span: Span, before: str) -> tuple[datetime | None, datetime | None]:
    if _UNTIL.search(before):
        return None, span.until
    if _BEFORE.search(before):
        return None, span.since - TICK
    if _SINCE.search(before):
        return span.since, None
    return span.since, span.until


def _bounded(
    since: datetime | None, until: datetime | None, words: str, asked: datetime
) -> Period | None:
    """The period up to `asked`; None when it lies in the future: its reports are of today."""
    if since is not None and since > asked:
        return None
    if until is not None and until >= asked:
        until = None
    return Period(since, until, " ".join(words.split())) if since or until else None


def _foreign(question: str) -> list[Span]:
    """A day in one of a few other languages; dateparser is loaded (0.75 s) for nothing less."""
    match = _FOREIGN.search(question)
    if match is None or any(word in MONTH for word in match.group().lower().split()):
        return []  # no such day, or an English one that does not exist
    import dateparser

    try:
        at = dateparser.parse(
            match.group(),
            languages=_LANGUAGES,
            settings={"REQUIRE_PARTS": ["day", "month", "year"], "TIMEZONE": "UTC"},
        )
        if at is None:
            return []
        at = at.replace(tzinfo=UTC)
        return [Span(*day(at.year, at.month, at.day), match.start(), match.end(), "dmy")]
    except (ValueError, OverflowError):  # 31 février
        return []
