"""What a server answered and what its headers mean; they are hostile, judging never raises."""

import http
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import version

from streams.source import Unavailable

#: Longest wait that a server's Retry-After is granted, and longest freshness that it may claim.
LONGEST = timedelta(hours=24)

#: Longest ETag, Last-Modified or Content-Type that is kept, in characters.
HEADER_CHARS = 1_024

_SECONDS = re.compile(r"\d+", re.ASCII)
_MAX_AGE = re.compile(r'(?:^|[\s,])max-age\s*=\s*"?(\d+)', re.ASCII | re.IGNORECASE)
_UNCACHED = re.compile(r"(?:^|[\s,])no-(?:store|cache)\b", re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([a-z0-9._:+-]{1,40})""", re.IGNORECASE)
_VALIDATOR = re.compile(rf"[\x20-\x7e]{{1,{HEADER_CHARS}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer of 2xx, or 304 with an empty body; `url` is where it came from in the end."""

    status: int
    url: str
    body: bytes = b""
    content_type: str = ""
    #: as Content-Type names it; "" when it does not
    charset: str = ""
    etag: str = ""
    last_modified: str = ""
    #: how long the server says that asking again is pointless
    fresh_for: timedelta | None = None
    retry_after: timedelta | None = None
    #: the final URL when nothing but 301 and 308 led there, else ""
    permanent_url: str = ""


class BadStatus(Unavailable):
    """The server answered, but not with what was asked for; `status` says with what."""

    def __init__(self, message: str, *, status: int, retry_after: timedelta | None = None) -> None:
        super().__init__(message, retry_after=retry_after)
        self.status = status


class Gone(BadStatus):
    """410: taken away for good, and the server asks not to come again (RFC 9110 §15.5.11)."""


def phrase(status: int) -> str:
    """The status with its standard words, "503 Service Unavailable"."""
    try:
        return f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def http_date(value: str) -> datetime | None:
    """The date of a header (RFC 9110 §5.6.7), aware UTC; None when it is none."""
    try:
        parsed = parsedate_to_datetime(value[:HEADER_CHARS])
        aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long the server wants to be left alone (RFC 9110 §10.2.3), 0 to 24 h.

    A date is counted from the server's own Date where it gives one, so that a wrong clock on
    either side does no harm.
    """
    value = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return _seconds(value)
    until = http_date(value)
    if until is None:
        return None
    since = http_date(headers.get("date", "")) or now
    return min(max(until - since, timedelta(0)), LONGEST)


def fresh_for(headers: Mapping[str, str]) -> timedelta | None:
    """max-age less Age, else Expires less Date (RFC 9111 §4.2.1), 0 to 24 h; None if not said."""
    control = headers.get("cache-control", "")
    if _UNCACHED.search(control):
        return timedelta(0)
    if match := _MAX_AGE.search(control):
        age = headers.get("age", "").strip()
        spent = _seconds(age) if _SECONDS.fullmatch(age) else timedelta(0)
        return max(_seconds(match[1]) - spent, timedelta(0))
    expires, date = http_date(headers.get("expires", "")), http_date(headers.get("date", ""))
    if expires is None or date is None:
        return None
    return min(max(expires - date, timedelta(0)), LONGEST)


def charset(content_type: str) -> str:
    """The charset that a Content-Type names, lower case; "" when it names none."""
    match = _CHARSET.search(content_type)
    return match[1].lower() if match else ""


def validator(value: str) -> str:
    """An ETag or Last-Modified that can be sent back as it is, else ""."""
    return value if _VALIDATOR.fullmatch(value) else ""


def user_agent(contact: str) -> str:
    """Freshwire's name and version, and whom to write to; without control characters."""
    shown = re.sub(r"[^\x20-\x7e]|[()\\]", "", contact)[:200].strip() or "set fetch.contact"
    return f"Freshwire/{version('freshwire')} (feed reader; {shown})"


def _seconds(digits: str) -> timedelta:
    return LONGEST if len(digits) > 9 else min(timedelta(seconds=int(digits)), LONGEST)
