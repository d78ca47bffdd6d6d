"""Feeds of every format and oddity become Items; what is no feed is said to be none."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from streams import Item, Malformed, SourceSpec, Unavailable
from streams.feed import ParsedFeed, parse
from streams.notafeed import NotAFeed

DATA = Path(__file__).parent / "data"
OBSERVED = datetime(2026, 2, 1, tzinfo=UTC)
SPEC = SourceSpec(name="harbour", url="https://harbour.example/feed.xml")
NINE, TEN = (datetime(2026, 1, 5, hour, tzinfo=UTC) for hour in (9, 10))


def read(body: bytes, spec: SourceSpec = SPEC) -> ParsedFeed:
    """`body` parsed as what the harbour's feed answered."""
    return parse(body, spec=spec, content_type="", base_url=spec.url, observed=OBSERVED)


def feed(name: str, **inherited: Any) -> ParsedFeed:
    """The feed in tests/data/`name`, of a source with `inherited` fields."""
    spec = SourceSpec(name="harbour", url=SPEC.url, **inherited)
    return read((DATA / name).read_bytes(), spec=spec)


def items(name: str, **inherited: Any) -> list[Item]:
    """Its items; every entry must be one."""
    entries = feed(name, **inherited).entries
    found = [entry for entry in entries if isinstance(entry, Item)]
    assert len(found) == len(entries)
    return found


def rss(inner: str) -> bytes:
    """An RSS 2.0 feed with `inner` in its channel."""
    return f"<rss version='2.0'><channel>{inner}</channel></rss>".encode()


def test_an_rss_feed_gives_its_items_and_itself() -> None:
    """Id, title, text, link and time of each entry; title, ttl, language and home of the feed."""
    parsed = feed("rss-2.0-plain.xml")

    assert ("Harbour News", "en-gb") == (parsed.title, parsed.language)
    assert (timedelta(minutes=90), "https://harbour.example/") == (parsed.ttl, parsed.home)
    one, two = (entry for entry in parsed.entries if isinstance(entry, Item))
    assert ("h-1", "h-2") == (one.id, two.id)
    assert ("Ferry delayed", "The morning ferry left late.") == (one.title, one.text)
    assert ("https://harbour.example/1", TEN, None) == (one.url, one.published, one.updated)
    assert ("exact", "Mon, 05 Jan 2026 12:30:00 +0100") == (two.date_quality, two.published_raw)
    assert OBSERVED == one.observed


def test_items_inherit_what_the_operator_says_of_the_source() -> None:
    """Class, labels, region, licence and quoting; the source's language before the feed's."""
    inherited = dict(class_="breaking", labels=("desk",), region="gb", licence="OGL", may_quote=90)
    item = items("rss-2.0-plain.xml", language="nl", **inherited)[0]

    assert ("harbour", "nl") == (item.source, item.language)
    assert inherited == {name: getattr(item, name) for name in inherited}
    assert items("rss-2.0-plain.xml")[0].language == "en-gb"


def test_rdf_dates_are_times_of_publication_and_its_period_a_ttl() -> None:
    """dc:date is no version time; four times an hour is every 15 minutes."""
    item = items("rss-1.0-rdf.xml")[0]

    assert ("urn:rdf:1", NINE, None) == (item.id, item.published, item.updated)
    assert feed("rss-1.0-rdf.xml").ttl == timedelta(minutes=15)


def test_atom_gives_both_times_and_prefers_content() -> None:
    """Published and updated apart; content before summary; its paragraphs stay apart."""
    item = items("atom-1.0-published-and-updated.xml")[0]

    assert item.updated == datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
    assert item.published == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert ("Erster Absatz.\n\nZweiter.", "de") == (item.text, item.language)
    assert item.url == "https://harbour.example/eins"
    assert items("atom-0.3.xml")[0].text == "Bold words"


def test_an_entry_with_only_updated_was_published_then() -> None:
    """Atom demands updated only; its text construct is text, not markup."""
    item = items("atom-1.0-only-updated.xml")[0]

    assert item.published == item.updated == datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
    assert item.text == "1 < 2 & 3"


def test_a_version_time_in_the_future_does_not_count() -> None:
    """Pulled back it would be our clock, and make a new version at every poll."""
    assert items("rss-updated-in-the-future.xml")[0].updated is None


def test_a_deleted_entry_withdraws_its_item_unless_it_came_back() -> None:
    """RFC 6721: the newer of entry and tombstone counts."""
    kept, gone, back = items("atom-deleted-entry.xml")

    assert [False, True, False] == [kept.withdrawn, gone.withdrawn, back.withdrawn]
    assert ("gone", "", datetime(2026, 1, 5, 9, 30, tzinfo=UTC)) == (
        gone.id,
        gone.text,
        gone.updated,
    )


def test_two_entries_with_one_guid_are_both_kept() -> None:
    """Neither has the bare guid, and their order in the feed does not count."""
    body = (DATA / "rss-same-guid-twice.xml").read_bytes()
    first, rest = body.split(b"<item>", 1)
    tide, wind, other = rest.split(b"<item>")
    swapped = b"<item>".join([first, wind, tide, other])

    ids = {entry.id for entry in read(body).entries}
    assert {entry.id for entry in read(swapped).entries} == ids
    assert (3, True, False) == (len(ids), "else" in ids, "same" in ids)
    assert ["same"] == [item.id for item in items("rss-identical-twice.xml")]


def test_without_a_guid_the_link_and_then_the_content_is_the_identity() -> None:
    """The same body gives the same ids; different content gives others."""
    assert items("rss-0.91-no-guid-no-date.xml")[0].id == "https://old.example/a"
    one, two = items("rss-no-id-no-link.xml")
    assert one.id.startswith("sha256:") and one.id != two.id


def test_a_guid_is_kept_as_written() -> None:
    """It is a link only when it is an address; resolved it would change with the feed's own."""
    permalink, number, other = items("rss-guid-is-permalink.xml")

    assert permalink.id == permalink.url == "https://harbour.example/p?a=1&b=2"
    assert [("12345", ""), ("67890", "")] == [(item.id, item.url) for item in (number, other)]


@pytest.mark.parametrize(
    ("name", "error"),
    [("rss-empty-item.xml", "no id, link, title or text"), ("rss-guid-too-long.xml", "2048")],
)
def test_an_entry_that_is_no_item_is_kept_as_malformed(name: str, error: str) -> None:
    """The entries beside it go through."""
    bad, good = feed(name).entries

    assert isinstance(bad, Malformed) and error in bad.error and bad.raw
    assert isinstance(good, Item)


def test_links_are_absolute_and_lead_to_the_web() -> None:
    """Scripts and other schemes are no links; xml:base and redirectors are seen through."""
    urls = [item.url for item in items("rss-relative-links.xml")]

    assert ["https://harbour.example/news/a", "", ""] == urls
    assert items("rss-relative-xml-base.xml")[0].url == "https://base.example/x/a/b"
    assert items("rss-feedburner-origlink.xml")[0].url == "https://harbour.example/real"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rss-content-encoded-over-description.xml", "The long version."),
        ("rss-media-caption-is-not-the-article.xml", "The article."),
        (
            "rss-plain-description-with-line-breaks.xml",
            "First line.\n\nSecond paragraph & more, 3 < 4.",
        ),
        ("rss-bidi-and-control-characters.xml", "xyz"),
        ("rss-undeclared-namespace-and-bare-ampersand.xml", "Salt & vinegar é"),
        ("rss-latin-1-declared.xml", "Größe"),
        ("rss-latin-1-declared-but-utf-8.xml", "Größe"),
        ("rss-utf-16.xml", "Zwölf"),
        ("rss-windows-1251.xml", "Паром"),
        ("rss-external-entity.xml", "[&f;]"),
        ("atom-xhtml-content.xml", "One.\n\na\nb"),
    ],
)
def test_the_text_is_what_a_reader_would_see(name: str, text: str) -> None:
    """No markup, scripts, captions, entities, overrides or wrong characters."""
    assert items(name)[0].text == text


def test_json_feed_is_read_by_its_own_rules() -> None:
    """Markup and text apart, both times, the item's language before the feed's."""
    html, text = items("json-feed-1.1.json")

    assert ("A < B", "One.\n\nTwo.") == (html.title, html.text)
    assert html.updated == datetime(2026, 1, 5, 11, tzinfo=UTC)
    assert ("if a < b:\n\nthen & else", "fr") == (text.text, text.language)


def test_junk_in_a_json_feed_is_malformed_and_the_rest_goes_through() -> None:
    """Numbers are ids in version 1.0; lone surrogates are shown as such."""
    entries = feed("json-feed-1.0-number-ids-and-junk.json").entries

    assert ["7", "s"] == [entry.id for entry in entries if isinstance(entry, Item)]
    assert 3 == sum(isinstance(entry, Malformed) for entry in entries)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("not-a-feed.html", "announces is /feed.xml"),
        ("not-a-feed-empty.xml", "empty"),
        ("not-a-feed-opml.opml", "sources import"),
        ("not-a-feed-other-xml.xml", "<note>"),
        ("not-a-feed-text.txt", "neither XML nor JSON"),
        ("json-of-another-shape.json", "no JSON Feed"),
        ("json-broken.json", "broken"),
    ],
)
def test_what_is_no_feed_is_said_to_be_none(name: str, says: str) -> None:
    """One sentence that helps; the source is unavailable, nothing is lost."""
    with pytest.raises(NotAFeed, match=says) as raised:
        feed(name)
    assert isinstance(raised.value, Unavailable)


def test_a_feed_without_entries_is_a_feed() -> None:
    """Nothing new is not a failure."""
    parsed = feed("rss-no-entries.xml")

    assert ((), "Harbour News") == (parsed.entries, parsed.title)


def test_the_whole_part_of_a_truncated_feed_is_read() -> None:
    """A connection that broke loses no entry before the break."""
    assert items("rss-truncated.xml")[0].text == "All."


def test_unclosed_tags_in_a_description_do_no_harm() -> None:
    """A thousand bare <br> are tag soup, not an attack."""
    parsed = read(rss(f"<item><guid>1</guid><description>{'a<br>' * 1_000}</description></item>"))

    assert isinstance(item := parsed.entries[0], Item)
    assert item.text.startswith("a\na\na")


def test_odd_dates_are_flagged_in_their_items() -> None:
    """The quality travels with the item."""
    qualities = [item.date_quality for item in items("rss-odd-dates.xml")]
    expected = "exact day exact exact clamped assumed assumed exact"
    assert expected.split() == qualities


def test_entity_bombs_do_not_go_off() -> None:
    """Entities that hold entities are not expanded; a harmless one is."""
    assert items("rss-entity-bomb.xml")[0].title == "&j;"
    assert items("rdf-declared-namespace-entity.xml")[0].title == "Harbour House"
