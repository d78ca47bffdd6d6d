"""The one place where the wall clock is read; everything else is handed it."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)
