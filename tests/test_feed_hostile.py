"""Feeds that are built to hurt are read or refused, in time and in one known way."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import Item, Malformed, SourceSpec
from streams.entry import ENTRIES
from streams.feed import ELEMENTS, ParsedFeed, parse
from streams.notafeed import NotAFeed
from streams.plain import TEXT_CHARS, plain

SPEC = SourceSpec(name="harbour", url="https://harbour.example/feed.xml")


def read(body: bytes) -> ParsedFeed:
    """`body` parsed as what the harbour's feed answered."""
    observed = datetime(2026, 2, 1, tzinfo=UTC)
    return parse(body, spec=SPEC, content_type="", base_url=SPEC.url, observed=observed)


def rss(inner: str) -> bytes:
    """An RSS 2.0 feed with `inner` in its channel."""
    return f"<rss version='2.0'><channel>{inner}</channel></rss>".encode()


def test_a_feed_is_cut_at_the_limits() -> None:
    """Entries, text and markup that grow without end are cut, not refused."""
    many = read(rss("".join(f"<item><guid>{n}</guid></item>" for n in range(ENTRIES + 5))))
    long = read(rss(f"<item><description>{'word ' * 300_000}</description></item>"))

    assert len(many.entries) == ENTRIES
    assert isinstance(item := long.entries[0], Item) and len(item.text) <= TEXT_CHARS


HOSTILE = {
    "blank lines": b"\n" * 200_000 + rss(""),
    "depth": b"<rss>" + b"<a>" * 100_000,
    "bases": b"<feed>" + b"<a xml:base='x/'>" * 20_000,
    "namespaces": b"<rss>" + b"".join(b"<a xmlns:p%d='u%d'>" % (n, n) for n in range(5_000)),
    "categories": rss("<item>" + "<category>x</category>" * 5_000 + "</item>"),
    "author": rss(f"<item><author>{'a' * 200_000}</author></item>"),
    "brackets": b"<rss>" + b"<" * 100_000,
    "comments": b"<rss>" + b"<!--" * 50_000,
    "ampersands": rss("<item><title>" + "&a" * 50_000),
    "half tags": b"<rss>" + b"<a b='" * 30_000,
    "date": rss(f"<item><pubDate>{'1 : ' * 50_000}</pubDate></item>"),
    "json": b"[" * 200_000,
    "json digits": b'{"version":"https://jsonfeed.org/version/1","items":[{"id":' + b"9" * 90_000,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_body_built_to_be_slow_is_not(body: bytes) -> None:
    """It is read or refused within two seconds of processor time."""
    started = time.process_time()
    try:
        read(body)
    except NotAFeed:
        pass
    assert time.process_time() - started < 10  # linear takes 2, anything worse minutes


def test_more_elements_than_any_feed_has_are_refused() -> None:
    """The limit is counted, so that the same body always ends the same way."""
    with pytest.raises(NotAFeed, match="elements"):
        read(rss("<b/>" * (ELEMENTS + 1)))


TAGS = ["<rss version='2.0'>", "<channel>", "<item>", "</item>", "<title>", "</title>", "<guid>"]
TAGS += ["<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry>", "<content type='xhtml'>", "<id>"]
TAGS += ["<![CDATA[", "]]>", "<!--", "&#xD800;", "&lt;", "\x00", "\ud800", "é", "<a:deleted-entry>"]
TAGS += ["<link href='//[']", "<pubDate>", "text", "</", "<svg>", "<image>", "<source url='x'>"]


@given(st.lists(st.sampled_from(TAGS), max_size=14))
@settings(max_examples=300, deadline=None)
def test_no_heap_of_tags_escapes_as_another_error(parts: list[str]) -> None:
    """Either a feed of items and malformed entries with unique ids, or NotAFeed."""
    try:
        entries = read("".join(parts).encode("utf-8", "surrogatepass")).entries
    except NotAFeed:
        return
    assert all(isinstance(entry, Item | Malformed) for entry in entries)
    assert len({entry.id for entry in entries}) == len(entries)


@given(st.text(alphabet="<>/&;!-ab \n\u202e\ud800p", max_size=60))
@settings(max_examples=300, deadline=None)
def test_plain_text_never_fails_and_is_clean(markup: str) -> None:
    """No surrogates, overrides or blank ends are left of any markup."""
    text = plain(markup)

    text.encode()
    assert "\u202e" not in text and text == text.strip()
