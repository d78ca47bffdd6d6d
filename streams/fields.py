"""What the dictionaries say that feedparser makes: an entry's fields, a channel's wishes.

They are read with `dict.get`: their own lookup maps `updated` to `published` where it is missing.
"""

from collections.abc import Mapping
from datetime import timedelta
from html import escape
from typing import Any

from streams.entry import Entry

#: Longest time to live that is believed; what a schedule makes of it is its own affair.
TTL_LIMIT = timedelta(days=366)
#: RSS 1.0 syndication module: hours of each sy:updatePeriod.
_PERIOD_HOURS = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 720, "yearly": 8760}
_NOT_ARTICLES = ("enclosure", "self", "hub", "edit", "replies", "next", "prev", "license")

Fields = dict[str, Any]


def entry_of(raw: Fields) -> Entry:
    """The Entry of one of feedparser's entries; content comes before summary."""
    text = max((_content(part) for part in _parts(raw, "content")), key=len, default="")
    for name in ("summary", "mediadescription"):
        text = text if text.strip() else markup_of(raw, name)
    return Entry(
        id=text_of(raw, "id"),
        link=_link(raw),
        title=markup_of(raw, "title"),
        text=text,
        published=text_of(raw, "published") or text_of(raw, "dcdate") or text_of(raw, "created"),
        updated=text_of(raw, "updated"),
        language=_language(raw),
        withdrawn=bool(dict.get(raw, "withdrawn")),
    )


def text_of(fields: Fields, name: str) -> str:
    """A field that is text; empty when it is missing or something else."""
    value = dict.get(fields, name)
    return value.strip() if isinstance(value, str) else ""


def markup_of(fields: Fields, name: str) -> str:
    """A field as markup: plain text is escaped, so that its "<" stays a "<"."""
    detail = dict.get(fields, f"{name}_detail")
    if isinstance(detail, dict) and text_of(detail, "value") == text_of(fields, name):
        return _content(detail)
    return text_of(fields, name)


def ttl_of(channel: Fields) -> timedelta | None:
    """How long the publisher wants to be left alone: rss:ttl, else sy:updatePeriod; else None."""
    period = _PERIOD_HOURS.get(text_of(channel, "sy_updateperiod").lower())
    minutes = _number(text_of(channel, "ttl"))
    if minutes is None and period:
        minutes = period * 60 / (_number(text_of(channel, "sy_updatefrequency")) or 1)
    if minutes is None or not minutes > 0:
        return None
    return min(timedelta(minutes=min(minutes, 10_000_000)), TTL_LIMIT)


def _content(part: Mapping[str, Any]) -> str:
    """The markup of an Atom text construct or RSS description; empty when it is not text."""
    value, kind = part.get("value"), str(part.get("type") or "text/plain").lower()
    if not isinstance(value, str):
        return ""
    # Atom 0.3 wrote base64-encoded HTML as octet-stream; feedparser has decoded it.
    if kind.endswith(("html", "xml", "octet-stream")):
        return value
    return escape(value, quote=False) if kind.startswith("text") else ""


def _parts(raw: Fields, name: str) -> list[Fields]:
    """A field that is a list of dictionaries; empty when it is not."""
    value = dict.get(raw, name)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _link(raw: Fields) -> str:
    """The article's address: before any redirector (FeedBurner), else the link, else the guid."""
    original = text_of(raw, "feedburner_origlink")
    if original.startswith(("http://", "https://")):
        return original
    link = text_of(raw, "link") or text_of(raw, "permalink")
    if link:
        return link
    others = (part for part in _parts(raw, "links") if text_of(part, "rel") not in _NOT_ARTICLES)
    return next((text_of(part, "href") for part in others if text_of(part, "href")), "")


def _language(raw: Fields) -> str:
    """The language of the entry's text as xml:lang gives it."""
    details = [dict.get(raw, name) for name in ("summary_detail", "title_detail")]
    found = (text_of(d, "language") for d in [*_parts(raw, "content"), *details] if d)
    return next((language for language in found if language), "")


def _number(text: str) -> float | None:
    """The number that `text` is; None for none and for more than 12 characters."""
    try:
        value = float(text) if len(text) <= 12 else None
    except ValueError:
        return None
    return value if value == value else None
