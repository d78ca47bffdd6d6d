"""JSON Feed 1.0 and 1.1 (jsonfeed.org), read by hand: it is small and feedparser has none of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from streams.entry import ENTRIES, Entry
from streams.plain import line


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonFeed:
    """A JSON Feed's own fields, and its entries in order."""

    title: str
    home: str
    language: str
    entries: list[Entry]


def read_json_feed(text: str) -> JsonFeed:
    """The feed that `text` is. Raises ValueError with a sentence when it is none."""
    try:
        document: Any = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is JSON nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"it looks like JSON but is broken: {error}") from error
    version = document.get("version") if isinstance(document, Mapping) else None
    is_feed = isinstance(version, str) and "jsonfeed.org/version/" in version
    items = document.get("items") if isinstance(document, Mapping) else None
    if not isinstance(document, Mapping) or not is_feed:
        raise ValueError('it is JSON but no JSON Feed: "version" names no jsonfeed.org version')
    if not isinstance(items, list):
        raise ValueError('it is a JSON Feed without a list of "items"')
    return JsonFeed(
        title=line(_text(document, "title")),
        home=_text(document, "home_page_url"),
        language=_text(document, "language"),
        entries=[_entry(item) for item in items[:ENTRIES]],
    )


def _entry(item: object) -> Entry:
    """The entry that one of "items" is; one that is no object carries an error."""
    if not isinstance(item, Mapping):
        return Entry(text=repr(item)[:1000], error="the item is not a JSON object")
    markup = _text(item, "content_html")
    text = _text(item, "content_text") or ("" if markup else _text(item, "summary"))
    return Entry(
        id=_text(item, "id"),
        link=_text(item, "url") or _text(item, "external_url"),
        title=escape(_text(item, "title"), quote=False),
        text=markup or escape(text, quote=False),
        published=_text(item, "date_published"),
        updated=_text(item, "date_modified"),
        language=_text(item, "language"),
    )


def _text(fields: Mapping[Any, Any], name: str) -> str:
    """A field as text: strings and numbers (ids of version 1.0 may be numbers), else empty."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    try:
        return str(value)
    except ValueError:  # int of more than 4,300 digits
        return ""
