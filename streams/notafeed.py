"""When what answers under a feed's address is not a feed: what it is instead, and what to do."""

import re

from streams.plain import line
from streams.source import Unavailable

#: Characters of a page that are searched for the feeds it announces.
HEAD_CHARS = 200_000
_ROOT = re.compile(r"<([\w:.-]{1,50})(?![\w:.-])")
_LINK = re.compile(r"<link\b[^<>]{1,1000}>", re.IGNORECASE)
_FEED_TYPE = re.compile(r"application/(?:rss\+xml|atom\+xml|feed\+json)", re.IGNORECASE)
_HREF = re.compile(r"\bhref\s*=\s*[\"']?([^\"'\s<>]{1,500})", re.IGNORECASE)


class NotAFeed(Unavailable):
    """What answered is no feed. It may be one again: an error page, a consent page, an outage."""


def root_of(document: str) -> str:
    """The name of the document's first element, lower case, without a prefix; empty without."""
    match = _ROOT.search(document[:HEAD_CHARS])
    return match[1].lower().rpartition(":")[2] if match else ""


def explain(body: bytes, text: str, root: str) -> str:
    """One sentence for the operator: what `body` is instead of a feed."""
    if not body.strip():
        return "the body is empty"
    if body.startswith((b"\x1f\x8b", b"PK", b"%PDF", b"\x89PNG", b"\xff\xd8", b"GIF8")):
        return "the body is binary (an archive, a document or a picture)"
    if root == "html":
        found = advertised(text)
        if found:
            return f"it is a web page; the feed that it announces is {found[0]}"
        return "it is a web page that announces no feed; look for its RSS or Atom address"
    if root == "opml":
        return "it is an OPML list of feeds; import it with `freshwire sources import`"
    if root:
        return f"its first element is <{line(root, 50)}>, which no feed format has"
    return "it is neither XML nor JSON"


def advertised(page: str) -> list[str]:
    """Addresses of the feeds that a web page announces (RSS autodiscovery), as written."""
    links = (match[0] for match in _LINK.finditer(page[:HEAD_CHARS]))
    found = (_HREF.search(link) for link in links if _FEED_TYPE.search(link))
    return [line(match[1], 500) for match in found if match]
