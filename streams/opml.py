"""Lists of feeds as other readers keep them: OPML 1.0 and 2.0 (opml.org), in and out."""

from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import quoteattr

import listparser

from streams.charset import decode
from streams.entry import web_link
from streams.markup import prepare
from streams.naming import name_for
from streams.notafeed import root_of
from streams.plain import line
from streams.source import SourceSpec

#: What a source's class may be; a category of that name in the list sets it.
CLASSES = ("breaking", "news", "analysis", "reference")
#: Feeds that are taken from one list, the first ones.
FEEDS = 5_000


def read_opml(body: bytes) -> tuple[list[SourceSpec], list[str]]:
    """The feeds in `body`, in order, and a sentence for each thing that could not be taken over.

    Names are made of the titles and are unique; a category or folder named like a class sets the
    class. Never raises: a body that is no OPML gives no feed and one problem.
    """
    document = prepare(decode(body))
    if root_of(document) != "opml":
        return [], [f"this is not an OPML list: its first element is <{root_of(document)}>"]
    # The one boundary around listparser, which raises IndexError and others on broken nesting. It
    # is given bytes, as it would fetch a text that starts with "http://".
    try:
        found = listparser.parse(b"\xef\xbb\xbf" + document.encode("utf-8", "replace"))
    except Exception as error:
        return [], [f"the OPML list cannot be read: {error}"]
    specs: dict[str, SourceSpec] = {}
    names: set[str] = set()
    problems = [f"the list at {line(feed.url, 200)} is not followed" for feed in found.lists]
    problems += [
        f"{line(page.title or page.url, 200)} has a web page, but no feed"
        for page in found.opportunities
    ]
    for feed in found.feeds:
        url = web_link("", feed.url)
        if not url:
            problems.append(f"{line(feed.title or feed.url, 200)} has no http or https address")
        elif len(specs) == FEEDS:
            problems.append(f"only the first {FEEDS} feeds are taken")
            break
        elif url not in specs:
            name = name_for(url, line(feed.title), taken=names)
            names.add(name)
            specs[url] = SourceSpec(name=name, url=url, origin="added", class_=_class(feed))
    return list(specs.values()), problems


def write_opml(specs: Iterable[SourceSpec]) -> bytes:
    """An OPML 2.0 list (UTF-8) of the sources that are feeds, the class as category.

    Read again it gives the same names, addresses and classes.
    """
    lines = [
        f'    <outline type="rss" text={quoteattr(spec.name)} xmlUrl={quoteattr(spec.url)}'
        f" category={quoteattr(spec.class_)}/>"
        for spec in specs
        if spec.kind == "feed"
    ]
    head = "  <head>\n    <title>Freshwire sources</title>\n  </head>"
    body = "\n".join(["  <body>", *lines, "  </body>"])
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n{head}\n{body}\n</opml>\n'
    ).encode()


def _class(feed: Any) -> str:
    """The class that one of the feed's categories names, "news" when none does."""
    names = [name.lower() for path in feed.get("categories", []) for name in path]
    return next((name for name in names if name in CLASSES), "news")
