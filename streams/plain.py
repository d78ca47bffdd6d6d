"""Markup to plain text: what a reader would see, and nothing that only a machine would."""

import html
import re

from lxml import etree  # type: ignore[import-untyped,unused-ignore]

#: Characters of markup that are read, and of text that are kept, per item.
MARKUP_CHARS, TEXT_CHARS, TITLE_CHARS = 4_000_000, 1_000_000, 1_000

_HIDDEN = frozenset(
    "script style noscript template head title iframe object embed svg math select option textarea"
    " button audio video canvas map".split()
)
_PARAGRAPHS = frozenset(
    "p div blockquote pre ul ol dl table section article header footer aside nav figure hr h1 h2 h3"
    " h4 h5 h6 address details main body center fieldset".split()
)
_LINES = frozenset("br li dt dd tr figcaption caption summary thead tbody tfoot".split())
_CELLS = frozenset(("td", "th"))
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>?")
#: Invisible characters that reorder or hide what is read: controls, bidirectional overrides and
#: isolates, tag characters (U+E0000 …), zero-width spaces, soft hyphens, annotations.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)


def clean(text: str) -> str:
    """`text` without invisible characters, with whole surrogate pairs joined and lone ones shown.

    Line ends are newlines, no line has white space around it, no two empty lines follow another.
    """
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = re.sub(r"\r\n?|[\x85\u2028\u2029]", "\n", text)
    text = _INVISIBLE.sub("", text)
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def line(text: str, limit: int = TITLE_CHARS) -> str:
    """`text` cleaned, in one line of at most `limit` characters."""
    return " ".join(clean(text[: 4 * limit]).split())[:limit]


def plain(markup: str) -> str:
    """The text of an HTML fragment, paragraphs apart by an empty line; never raises.

    Without a tag in it, `markup` is text with character references, whose lines are kept.
    """
    markup = clean(markup[:MARKUP_CHARS])
    if not _TAG.search(markup):
        return clean(html.unescape(markup))[:TEXT_CHARS]
    reader = _Reader()
    parser = etree.HTMLParser(target=reader, recover=True, no_network=True, huge_tree=False)
    try:
        parser.feed(f"<body>{markup}</body>")
        text = parser.close()
    except (etree.LxmlError, AssertionError):
        text = html.unescape(_TAG.sub("\n", markup))
    return clean(text)[:TEXT_CHARS]


class _Reader:
    """Collects what is visible while libxml2 reads the markup."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.hidden = 0
        self.verbatim = 0

    def start(self, tag: str, _: object) -> None:
        """Break the text where the element would; go blind inside a hidden one."""
        self.hidden += tag in _HIDDEN
        self.verbatim += tag == "pre"
        self._break(tag)
        if tag in _LINES:
            self.pieces.append("\n")

    def end(self, tag: str) -> None:
        """Break the text where the element ends."""
        self.hidden = max(0, self.hidden - (tag in _HIDDEN))
        self.verbatim = max(0, self.verbatim - (tag == "pre"))
        self._break(tag)

    def data(self, text: str) -> None:
        """Keep the text, its white space as one space outside <pre>."""
        if not self.hidden:
            self.pieces.append(text if self.verbatim else re.sub(r"\s+", " ", text))

    def close(self) -> str:
        """All that was visible."""
        return "".join(self.pieces)

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self.pieces.append("\n\n")
        elif tag in _CELLS:
            self.pieces.append(" ")
