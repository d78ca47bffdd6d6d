"""Times and ages in words."""

from datetime import UTC, datetime, timedelta

from streams.item import DateQuality

#: Seconds; a month and a year are their Gregorian means.
_STEPS = (
    ("year", 365.2425 * 86400),
    ("month", 30.436875 * 86400),
    ("day", 86400.0),
    ("hour", 3600.0),
    ("minute", 60.0),
)

#: How many of a unit it takes before it is used: "18 months" says more than "1 year", and "80
#: days" more than "2 months".
_ENOUGH = {"year": 2, "month": 3}


def span_words(span: timedelta) -> str:
    """A span in its largest unit, rounded down: "11 months", "5 minutes"; never negative."""
    seconds = max(0.0, span.total_seconds())
    for unit, length in _STEPS:
        enough = _ENOUGH.get(unit, 1) * length
        if seconds >= enough:
            count = int(seconds // length)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"


def age_words(at: datetime, now: datetime, quality: DateQuality = "exact") -> str:
    """How long ago `at` was, counted in days where only the day is known."""
    if quality == "day":
        days = (now.astimezone(UTC).date() - at.astimezone(UTC).date()).days
        if days <= 0:
            return "today"
        if days == 1:
            return "yesterday"
        return f"{span_words(timedelta(days=days))} ago"
    if now - at < timedelta(minutes=1):
        return "just now"
    return f"{span_words(now - at)} ago"


def day_words(at: datetime) -> str:
    """The day, UTC, without a leading zero: "3 June 2022"."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B} {at.year}"


def time_words(at: datetime) -> str:
    """Day and minute: "3 June 2022, 14:05 UTC"."""
    return f"{day_words(at)}, {at.astimezone(UTC):%H:%M} UTC"
