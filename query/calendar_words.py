"""Dates and periods in a question: what single expressions mean, in UTC."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

#: The smallest step of our clocks: the end of a period is the last moment before the next.
TICK = timedelta(microseconds=1)

_MONTHS = "january february march april may june july august september october november december"
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()
_UNITS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.436875, "year": 365.2425}

MONTH = {name[:length]: n for n, name in enumerate(_MONTHS.split(), 1) for length in (3, 99)} | {
    "sept": 9
}
_MONTH = "|".join(sorted(MONTH, key=len, reverse=True))
_YEAR = r"(?:1[5-9]|20)\d\d"
_DAY = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?"
_COUNT = r"\d{1,3}|an?|few|couple\ of|" + "|".join(_NUMBERS)

_EXPRESSION = re.compile(
    rf"""(?<![\w.]) (?:
      (?P<iso>{_YEAR}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?) (?![-\d])
    | (?P<dotted>(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.{_YEAR})
    | (?P<dmy>{_DAY}\.?\ (?:of\ )?(?:{_MONTH})\b\.?(?:,?\ {_YEAR})?)
    | (?P<mdy>(?:{_MONTH})\.?\ {_DAY}\b(?!:)(?:,?\ {_YEAR})?)
    | (?P<my>(?:{_MONTH})\.?,?\ (?:of\ )?{_YEAR})
    | (?P<quarter>(?:q[1-4]|(?:first|second|third|fourth)\ quarter)\ (?:of\ )?{_YEAR})
    | (?P<yesterday>day\ before\ yesterday|yesterday|last\ night)
    | (?P<ago>(?:{_COUNT})\ (?:day|week|month|year)s?\ ago)
    | (?P<past>(?:past|last)\ (?:(?:{_COUNT})\ )?(?:hour|day|week|month|year)s?)
    | (?P<weekday>(?:{"|".join(_WEEKDAYS)}))
    | (?P<month>(?:{_MONTH}))
    | (?P<year>{_YEAR})
    ) (?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)


class Span(NamedTuple):
    """What one expression covers: from `since` to `until`, both inside; and where it stands."""

    since: datetime
    until: datetime
    start: int
    end: int
    kind: str


def spans(question: str, asked: datetime) -> Iterator[Span]:
    """The dates and periods in a question, in order; impossible ones (30 February) are passed by.

    Months and days without a year are the last ones not after `asked`. A bare month or year is
    reported as such (`kind`), as it takes a preposition to make it a date.
    """
    asked = asked.astimezone(UTC)
    for match in _EXPRESSION.finditer(question):
        kind = match.lastgroup or ""
        try:
            covered = _READERS[kind](match.group().lower().replace(",", " "), asked)
        except (ValueError, OverflowError):  # 30 February; the year 0
            continue
        if covered is not None:
            yield Span(*covered, match.start(), match.end(), kind)


Covered = tuple[datetime, datetime]


def day(year: int, month: int, number: int) -> Covered:
    """All of one day. Raises ValueError when there is none."""
    start = datetime(year, month, number, tzinfo=UTC)
    return start, start + timedelta(days=1) - TICK


def months(year: int, first: int, count: int = 1) -> Covered:
    """Whole months, `first` from 1."""
    after = first - 1 + count
    end = datetime(year + after // 12, after % 12 + 1, 1, tzinfo=UTC) - TICK
    return datetime(year, first, 1, tzinfo=UTC), end


def _iso(text: str, asked: datetime) -> Covered:
    parts = [int(part) for part in text.split("-")]
    return day(*parts) if len(parts) == 3 else months(*parts)


def _dotted(text: str, asked: datetime) -> Covered:
    number, month, year = (int(part) for part in text.split("."))
    return day(year, month, number)


def _named_day(text: str, asked: datetime) -> Covered:
    month = MONTH[next(word for word in re.findall(r"[a-z]+", text) if word in MONTH)]
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if len(numbers) == 2:
        return day(numbers[1], month, numbers[0])
    found = day(asked.year, month, numbers[0])
    return found if found[0] <= asked else day(asked.year - 1, month, numbers[0])


def _month_year(text: str, asked: datetime) -> Covered:
    return months(int(text[-4:]), MONTH[re.split(r"[^a-z]", text)[0]])


def _month(text: str, asked: datetime) -> Covered:
    number = MONTH[text]
    return months(asked.year - (number > asked.month), number)


def _quarter(text: str, asked: datetime) -> Covered:
    names = ("first", "second", "third", "fourth")
    number = int(text[1]) - 1 if text[0] == "q" else names.index(text.split()[0])
    return months(int(text[-4:]), 3 * number + 1, 3)


def _year(text: str, asked: datetime) -> Covered:
    return months(int(text), 1, 12)


def _yesterday(text: str, asked: datetime) -> Covered:
    then = asked - timedelta(days=2 if "before" in text else 1)
    return day(then.year, then.month, then.day)


def _weekday(text: str, asked: datetime) -> Covered:
    then = asked - timedelta(days=(asked.weekday() - _WEEKDAYS.index(text)) % 7)
    return day(then.year, then.month, then.day)


def _ago(text: str, asked: datetime) -> Covered:
    *amount, unit, _ = text.split()
    step = timedelta(days=_UNITS[unit.rstrip("s")])
    middle = asked - _count(" ".join(amount)) * step
    if unit.startswith("day"):
        return day(middle.year, middle.month, middle.day)
    return middle - step / 2, middle + step / 2


def _past(text: str, asked: datetime) -> Covered:
    which, *amount, unit = text.split()
    if amount or which == "past" or unit.endswith("s") or unit in ("hour", "day"):
        count = _count(" ".join(amount) or "a")
        return asked - count * timedelta(days=_UNITS[unit.rstrip("s")]), asked
    if unit == "week":
        monday = asked - timedelta(days=asked.weekday() + 7)
        return day(monday.year, monday.month, monday.day)[0], day(
            *(monday + timedelta(days=6)).timetuple()[:3]
        )[1]
    if unit == "month":
        before = asked.replace(day=1) - timedelta(days=1)
        return months(before.year, before.month)
    return months(asked.year - 1, 1, 12)


def _count(words: str) -> int:
    if words.isdecimal():
        return int(words)
    if words in _NUMBERS:
        return _NUMBERS.index(words) + 1
    return {"few": 3, "couple of": 2}.get(words, 1)


_READERS: dict[str, Callable[[str, datetime], Covered | None]] = {
    "iso": _iso,
    "dotted": _dotted,
    "dmy": _named_day,
    "mdy": _named_day,
    "my": _month_year,
    "month": _month,
    "quarter": _quarter,
    "year": _year,
    "yesterday": _yesterday,
    "weekday": _weekday,
    "ago": _ago,
    "past": _past,
}
