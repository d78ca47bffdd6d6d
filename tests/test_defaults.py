"""The list of public feeds that ships is complete and consistent."""

from collections import Counter
from zoneinfo import available_timezones

from streams.defaults import default_feeds
from streams.entry import language_tag, web_link
from streams.item import SOURCE_NAME
from streams.opml import CLASSES


def test_the_defaults_are_many_and_of_every_class() -> None:
    """At least 18 feeds; each class that sets a half-life occurs more than once."""
    feeds = default_feeds()

    assert len(feeds) >= 18
    assert set(CLASSES) == {feed.class_ for feed in feeds}
    assert min(Counter(feed.class_ for feed in feeds).values()) > 1


def test_every_default_is_a_sound_source() -> None:
    """Names and addresses are unique and well-formed, languages and zones exist."""
    feeds = default_feeds()

    assert len(feeds) == len({feed.name for feed in feeds}) == len({feed.url for feed in feeds})
    for feed in feeds:
        assert SOURCE_NAME.fullmatch(feed.name)
        assert feed.url == web_link("", feed.url) and feed.url.startswith("https://")
        assert ("default", feed.language) == (feed.origin, language_tag(feed.language))
        assert feed.zone in available_timezones()
