"""Times as people and programs write them, as instants: ISO 8601, a whole day, month or year."""

import re
from datetime import UTC, datetime, timedelta

#: What can be asked for; beyond it, date arithmetic leaves the calendar of Python.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

#: The last instant before the next second, day, month or year that datetime can tell.
TICK = timedelta(microseconds=1)

_COARSE = re.compile(r"(\d{4})(?:-(\d{2}))?")
_DAY = re.compile(r"\d{4}-?(?:\d{2}-?\d{2}|W\d{2}-?\d)")


def parse_instant(text: str, *, end: bool) -> datetime:
    """The instant, UTC; a time without a zone is UTC.

    A day, month or year stands for its last instant with `end`, for its first without. Raises
    ValueError with a sentence.
    """
    written = text.strip()
    try:
        start, after = _bounds(written)
        at = (after - TICK if end and after else start).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"{written[:40]!r} is not a time; write 2026-03-12 or 2026-03-12T14:00:00Z"
        ) from error
    if not EARLIEST <= at < LATEST:
        raise ValueError(f"{written[:40]} is not between the years 1900 and 2199")
    return at


def _bounds(text: str) -> tuple[datetime, datetime | None]:
    """The first instant, and the first after it when a day, month or year is meant."""
    if coarse := _COARSE.fullmatch(text):
        year, month = int(coarse[1]), int(coarse[2] or 1)
        start = datetime(year, month, 1, tzinfo=UTC)
        months = year * 12 + month - 1 + (1 if coarse[2] else 12)
        return start, datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return at, at + timedelta(days=1) if _DAY.fullmatch(text) else None
