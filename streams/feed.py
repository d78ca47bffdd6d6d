"""Feeds to Items: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0 through feedparser, JSON Feed by hand.

    body | charset.decode | markup.prepare | feedparser | Entry ... | entry.items_of | Item ...

Feeds are hostile. feedparser gets text without a prolog, never fetches (it is given bytes), never
reads a date, a tag or an author (its regular expressions for them are quadratic), and stops at
limits that are counted, not timed, so that the same body always gives the same items.
"""

import io
import logging
import xml.sax
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from xml.sax import handler, xmlreader

import feedparser
from feedparser import api

from streams.charset import decode
from streams.entry import ENTRIES, Frame, items_of, language_tag, web_link
from streams.fields import entry_of, markup_of, text_of, ttl_of
from streams.item import Item, Malformed
from streams.jsonfeed import read_json_feed
from streams.markup import prepare
from streams.notafeed import NotAFeed, explain, root_of
from streams.plain import line, plain
from streams.source import SourceSpec

log = logging.getLogger(__name__)

#: Elements, characters of base address and namespaces that are read before a document counts as
#: an attack; 1,000-entry podcasts have 40,000 elements. Depth is free: tag soup leaves tags open.
ELEMENTS, BASE_CHARS, NAMESPACES = 150_000, 4_096, 200
#: Characters that the tag-soup parser gets, which is ten times slower than the strict one.
SOUP_CHARS = 3_000_000


class _Stop(Exception):
    """Enough entries were read."""


class _Hostile(Exception):
    """The document is built to be slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """What one body says: its entries in document order, and what the feed says of itself.

    `ttl` is how long the publisher wants to be left alone; None where it says nothing usable.
    """

    entries: tuple[Item | Malformed, ...]
    title: str = ""
    ttl: timedelta | None = None
    language: str = ""
    home: str = ""


def parse(
    body: bytes, *, spec: SourceSpec, content_type: str, base_url: str, observed: datetime
) -> ParsedFeed:
    """The feed in `body`; items inherit what `spec` says of the source.

    Raises NotAFeed (with a sentence for the operator) when `body` is no feed. A pure function.
    """
    text = decode(body, content_type)
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        return _parse_json(text, spec, base_url, observed)
    document = prepare(text)
    reader = None if root_of(document) in ("html", "opml") else _read(document, base_url)
    if reader is None or not (reader.version or reader.entries):
        raise NotAFeed(f"{base_url} is not a feed: {explain(body, text, root_of(document))}")
    channel = reader.feeddata
    language = language_tag(text_of(channel, "language"))
    frame = Frame(spec=spec, base=base_url, observed=observed, language=language)
    return ParsedFeed(
        entries=items_of([entry_of(raw) for raw in reader.entries[:ENTRIES]], frame),
        title=line(plain(markup_of(channel, "title"))),
        ttl=ttl_of(channel),
        language=language,
        home=web_link(base_url, text_of(channel, "link")),
    )


def _parse_json(text: str, spec: SourceSpec, base_url: str, observed: datetime) -> ParsedFeed:
    """The JSON Feed in `text`. Raises NotAFeed."""
    try:
        feed = read_json_feed(text.lstrip("\ufeff"))
    except ValueError as error:
        raise NotAFeed(f"{base_url} is not a feed: {error}") from error
    language = language_tag(feed.language)
    frame = Frame(spec=spec, base=base_url, observed=observed, language=language)
    return ParsedFeed(
        entries=items_of(feed.entries, frame),
        title=feed.title,
        language=language,
        home=web_link(base_url, feed.home),
    )


class _Lean:
    """feedparser's handlers without what is not used, slow on purpose-built input, or unstable."""

    elements = 0
    baseuri: str
    entries: list[dict[str, Any]]

    def unknown_starttag(self, tag: str, attrs: list[tuple[str, str]]) -> None:
        """Count, stop at the limits, and note withdrawn entries (RFC 6721) as they come."""
        self.elements += 1
        local = tag.rpartition(":")[2]
        if local in ("item", "entry") and len(self.entries) >= ENTRIES:
            raise _Stop
        parser: Any = self
        if self.elements > ELEMENTS:
            raise _Hostile(f"more than {ELEMENTS} elements")
        if len(self.baseuri) > BASE_CHARS or len(parser.namespaces_in_use) > NAMESPACES:
            raise _Hostile(f"xml:base over {BASE_CHARS} characters or over {NAMESPACES} namespaces")
        if local == "deleted-entry" and not parser.inentry:
            fields = {name.lower(): value for name, value in attrs}
            gone = {"id": fields.get("ref", ""), "updated": fields.get("when", "")}
            self.entries.append(feedparser.FeedParserDict(gone, withdrawn=True))
        super().unknown_starttag(tag, attrs)  # type: ignore[misc]

    def _end_guid(self) -> None:
        """Keep the guid as written: resolved, it would change with the feed's address."""
        parser: Any = self
        permalink, parser.guidislink = parser.guidislink, 0
        value = parser.pop("id")
        if permalink and value and value.startswith(("http://", "https://")):
            parser._save("permalink", value)

    _end_id = _end_guid

    def _start_dc_date(self, _: Mapping[str, str]) -> None:
        """Keep dc:date apart: feedparser takes it for the time of the last change."""
        self.push("dcdate", 1)  # type: ignore[attr-defined]

    def _end_dc_date(self) -> None:
        self.pop("dcdate")  # type: ignore[attr-defined]

    def _start_media_description(self, attrs: Mapping[str, str]) -> None:
        """Keep a picture's caption from taking the place of the article."""
        self.push_content("mediadescription", attrs, "text/plain", 1)  # type: ignore[attr-defined]

    def _end_media_description(self) -> None:
        self.pop_content("mediadescription")  # type: ignore[attr-defined]

    def _add_tag(self, *_: object) -> None:
        """Leave tags out: the list is searched for each one."""

    def _end_category(self) -> None:
        self.pop("category")  # type: ignore[attr-defined]

    _end_keywords = _end_category

    def _sync_author_detail(self, key: str = "author") -> None:
        """Leave authors as written: the search for mail addresses is quadratic."""


_Strict: Any = type("_Strict", (_Lean, api.StrictFeedParser), {})
_Loose: Any = type("_Loose", (_Lean, api.LooseFeedParser), {})
feedparser.registerDateHandler(lambda _: (1970, 1, 1, 0, 0, 0, 3, 1, 0))


def _read(document: str, base: str) -> Any:
    """The feedparser handler that has read `document`; None when there is no element in it.

    Well-formed XML is read strictly, all else by feedparser's tag-soup parser. Raises NotAFeed.
    """
    if not document:
        return None
    # Without a base of its own feedparser only applies xml:base, and does not join addresses at
    # each element: half the time on link-heavy feeds. The feed's address is applied to links later.
    strict, loose = _Strict("", None, "utf-8"), _Loose("", None, "utf-8", {})
    for reader in (strict, loose):
        reader.resolve_relative_uris = reader.sanitize_html = False
    source = xmlreader.InputSource()
    source.setByteStream(io.BytesIO(document.encode()))
    # The one boundary around a library that raises anything (KeyError, ValueError, TypeError,
    # RecursionError) on input that it did not foresee: that input is no feed to us.
    try:
        _sax(strict).parse(source)
        return strict
    except (_Stop, _Hostile) as stop:
        return _stopped(stop, strict, base)
    except Exception as error:
        log.debug("feed not well-formed url=%s error=%s", base, error)
    try:
        loose.feed(document[:SOUP_CHARS])
        return loose
    except (_Stop, _Hostile) as stop:
        return _stopped(stop, loose, base)
    except Exception as error:
        raise NotAFeed(f"{base} cannot be read as a feed: {error}") from error


def _stopped(stop: Exception, reader: Any, base: str) -> Any:
    """The handler with the entries it has, when these are enough. Raises NotAFeed."""
    if isinstance(stop, _Hostile):
        raise NotAFeed(f"{base} is refused as a feed: it has {stop}") from stop
    log.warning("feed cut url=%s entries=%d", base, ENTRIES)
    return reader


def _sax(reader: Any) -> Any:
    """A namespace-aware SAX parser that reports to `reader` and opens nothing."""
    sax = xml.sax.make_parser()
    sax.setFeature(handler.feature_namespaces, True)
    sax.setFeature(handler.feature_external_ges, False)
    sax.setContentHandler(reader)
    sax.setErrorHandler(reader)
    return sax
