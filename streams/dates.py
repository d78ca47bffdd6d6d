"""Dates as sources write them, judged: what instant is meant, and how far it can be relied on.

Forms: ISO 8601 and RFC 3339, RFC 822/2822/5322 and C asctime in any order of parts, month names of
sixteen languages, East Asian 年月日, epoch seconds to nanoseconds, and days without a time.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from streams.item import DateQuality
from streams.months import month_of
from streams.zones import named_zone, zone_of

#: Characters of a date that are looked at and kept; the longest real one seen has 60.
RAW_CHARS = 200
#: Nothing that streams was published before; "year 1" and "1601" are unset clocks.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
#: An unset Unix clock, far likelier than something published in that very second.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_TIME = re.compile(
    r"(?<!\d)(\d{1,2})\s?[:.h]\s?(\d\d)(?:\s?:\s?(\d\d)(?:[.,](\d{1,12}))?)?(?!\d)"
    r"\s*([ap]\.?m\b\.?)?"
)
_BARE_HOUR = re.compile(r"(?<![\d:])(\d{1,2})\s*([ap]\.?m\b\.?)")
_EAST_TIME = re.compile(r"(\d{1,2})\s*[時时시点]\s*(\d{1,2})\s*[分분](?:\s*(\d{1,2})\s*[秒초])?")
_ISO = re.compile(r"(\d{4})([-/.]?)(\d\d?)(?:\2(\d\d?))?(?![\d:])")
_ORDINAL = re.compile(r"(\d{4})-?(\d{3})(?!\d)")
_WEEK = re.compile(r"(\d{4})-?w(\d\d)(?:-?([1-7]))?(?!\d)")
_EAST_DAY = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(?:(\d{1,2})\s*[日일])?")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)(?!\d)")
_OFFSET = re.compile(r"^(?:gmt|utc|ut|z)?\s*([+\-\u2212])\s*(\d{1,2})(?::?(\d\d))?(?!\d)")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:t?(\d\d)(\d\d)(\d\d)?)?(?=\D|$)")
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,12})?")


class Dated(NamedTuple):
    """An instant (aware, UTC), how far it can be relied on, and what the source wrote."""

    at: datetime
    quality: DateQuality
    raw: str


class _Day(NamedTuple):
    """A calendar day and the text that is left when it is taken out."""

    at: datetime
    rest: str
    before: str = ""


def judge(
    raw: str | None, *, observed: datetime, zone: str = "UTC", fallback: datetime | None = None
) -> Dated:
    """The instant that `raw` means; never raises, never returns a time after `observed`.

    A date without a zone is read in `zone` (an IANA name; UTC where that is none), a day without
    a time is its midnight UTC, quality "day". Later than `observed`: pulled back to it, "clamped".
    Missing, unreadable or before 1900: `fallback`, else `observed`, "assumed".
    """
    observed = observed.astimezone(UTC)
    text = (raw or "").strip()[:RAW_CHARS]
    kept = text.encode("utf-8", "replace").decode()
    try:
        found = _read(text, zone_of(zone))
    except (ValueError, OverflowError):
        found = None
    if found is None or found[0] < EARLIEST or found[0] == EPOCH:
        assumed = fallback.astimezone(UTC) if fallback else observed
        return Dated(min(assumed, observed), "assumed", kept)
    at, quality = found
    if at > observed:
        return Dated(observed, "clamped", kept)
    return Dated(at, quality, kept)


def _read(text: str, zone: tzinfo) -> tuple[datetime, DateQuality] | None:
    """The instant and its quality, None when `text` has no day in it. Raises ValueError."""
    if not text:
        return None
    text = " ".join(text.lower().split())
    number = _epoch(text)
    if number is not None:
        return number, "exact"
    day = _compact(text) or _numeric_day(text) or _named_day(text)
    if day is None:
        return None
    clock = _clock(day.rest)
    if clock is None:
        return day.at.replace(tzinfo=UTC), "day"
    time, after, before = clock
    local = day.at + time
    # Before the time stand words, too ("at 10:30", "1 a.m. 5 May"): no zone has fewer than three
    # letters there.
    offset = _zone(after, shortest=1) or _zone(before) or _zone(day.before) or zone
    return local.replace(tzinfo=offset).astimezone(UTC), "exact"


def _epoch(text: str) -> datetime | None:
    """Seconds, milli-, micro- or nanoseconds since 1970 as a number; None for anything else."""
    if not _NUMBER.fullmatch(text):
        return None
    whole = text.lstrip("-").partition(".")[0]
    if len(whole) < 9 or (len(whole) in (12, 14) and whole.startswith(("19", "20"))):
        return EPOCH if text.strip("-0.") == "" else None
    value = float(text)
    for digits in (11, 14, 17):
        if len(whole) <= digits:
            return EPOCH + timedelta(seconds=value)
        value /= 1000
    return EPOCH + timedelta(seconds=value)


def _compact(text: str) -> _Day | None:
    """20240501, 20240501T1230 and 20240501123000."""
    match = _COMPACT.match(text)
    if not match:
        return None
    year, month, day, hour, minute, second = match.groups()
    rest = text[match.end() :]
    if hour:
        rest = f" {hour}:{minute}:{second or '00'} {rest}"
    return _Day(_day(year, month, day), rest)


def _numeric_day(text: str) -> _Day | None:
    """Days in digits: year first (ISO 8601, also ordinal and week dates), East Asian, day first."""
    for pattern in (_WEEK, _ORDINAL):
        if match := pattern.match(text):
            form = "%G-%V-%u" if pattern is _WEEK else "%Y-%j"
            written = "-".join(part or "1" for part in match.groups())
            naive = datetime.strptime(written, form)  # noqa: DTZ007 - the caller sets the zone
            return _Day(naive, text[match.end() :])
    if match := _EAST_DAY.search(text) or _ISO.match(text):
        parts = match.groups()
        year, month, day = parts[0], parts[-2], parts[-1]
        if match.re is _EAST_DAY or parts[1]:
            return _Day(_day(year, month, day or "1"), text[match.end() :], text[: match.start()])
    if match := _DAY_FIRST.search(text):
        first, mark, second, year = match.groups()
        # "." and "-" are day first wherever they are used; "/" is month first in the feeds that
        # write it (US), unless that cannot be.
        if mark == "/" and int(first) <= 12:
            first, second = second, first
        if mark != "." and len(year) == 2 and int(first) > 31:
            return None
        return _Day(_day(year, second, first), text[match.end() :], text[: match.start()])
    return None


def _named_day(text: str) -> _Day | None:
    """Days with the month as a word, in any order of day, month and year."""
    month, start, end = 0, 0, 0
    for word in _WORD.finditer(text):
        if found := month_of(word.group()):
            month, start, end = found, *word.span()
            break
    if not month:
        return None
    clock = _TIME.search(text) or _BARE_HOUR.search(text)
    low, high = clock.span() if clock else (len(text), len(text))
    numbers = [
        match
        for match in re.finditer(r"(?<![\d+\u2212:])\d{1,4}(?!\d)", text)
        if not low <= match.start() < high and not _is_offset(text, match.start(), high)
    ]
    years = [n for n in numbers if len(n.group()) >= 3]
    days = [n for n in numbers if len(n.group()) <= 2]
    if not years and len(days) > 1:
        # Two-digit years stand last (RFC 822); "04-Sep-02".
        years = [days.pop(1)]
    if not years or not (days or not clock):
        return None
    day = days[0].group() if days else "1"
    used = max(end, years[0].end(), days[0].end() if days else 0)
    if clock and low < used:
        return _Day(_day(years[0].group(), str(month), day), text[low:], text[:start])
    return _Day(_day(years[0].group(), str(month), day), text[used:], text[:start])


def _is_offset(text: str, start: int, clock_end: int) -> bool:
    """Whether the number at `start` is an offset like -0500, which only follows a time."""
    return start > clock_end and text[start - 1 : start] == "-"


def _day(year: str, month: str, day: str) -> datetime:
    """That day's midnight, without a zone. Two-digit years as in RFC 5322 §4.3."""
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < 50 else 1900
    elif len(year) == 3:
        number += 1900
    return datetime(number, int(month), int(day))  # noqa: DTZ001 - the caller sets the zone


def _clock(text: str) -> tuple[timedelta, str, str] | None:
    """The time of day in `text`, with what follows and what precedes it; None without one."""
    if match := _EAST_TIME.search(text):
        hour, minute, second, part, half = *match.groups(), "", ""
        if "오후" in text or "下午" in text or "午後" in text:
            half = "p"
    elif match := _TIME.search(text):
        hour, minute, second, part, half = match.groups()
        if "오후" in text or "下午" in text:
            half = "p"
    elif match := _BARE_HOUR.search(text):
        hour, half, minute, second, part = *match.groups(), "0", "0", ""
    else:
        return None
    hours, minutes, seconds = int(hour), int(minute), min(int(second or 0), 59)
    if half:
        hours = hours % 12 + (12 if half.startswith("p") else 0) if hours <= 12 else hours
    if hours > 24 or minutes > 59 or int(second or 0) > 60:
        return None
    micros = int((part or "0")[:6].ljust(6, "0"))
    time = timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=micros)
    return time, text[match.end() :], text[: match.start()]


def _zone(text: str, shortest: int = 3) -> tzinfo | None:
    """The zone that `text` names: an offset, an abbreviation or an IANA name; None without one.

    Abbreviations count from `shortest` letters on.
    """
    text = text.strip(" ,()[]")
    if match := _OFFSET.match(text):
        sign = 1 if match[1] == "+" else -1
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return timezone(sign * offset) if offset < timedelta(hours=24) else None
    for word in re.findall(r"[a-z_]+(?:/[a-z_+\-0-9]+)*", text)[:4]:
        if len(word) >= shortest and (found := named_zone(word)):
            return found
    return None
