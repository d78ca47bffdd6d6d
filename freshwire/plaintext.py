"""Text of strangers made safe for a terminal: nothing in it can move, colour, hide or reorder.

Imports nothing beyond the standard library, since every command needs it.
"""

import re

#: C0 and C1 controls but tab and newline, soft hyphen, zero-width characters but the joiners that
#: scripts and emoji need, bidirectional marks, overrides and isolates, line and paragraph
#: separators, annotations, non-characters, tags.
_UNSAFE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f"
)
_CONTROL = re.compile(f"[{_UNSAFE}]")
_SEQUENCE = re.compile(
    # operating system commands and other strings, up to their end; control sequences; the rest
    "(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\\\|\x9c)"
    "|(?:\x1b\\[|\x9b)[0-?]{0,64}[ -/]{0,16}[@-~]"
)
#: Combining marks in a row beyond this climb over the lines above.
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0]"
_MARKS = re.compile(f"({_MARK}{{4}}){_MARK}+")


def safe_text(text: str) -> str:
    """`text` without escape sequences and invisible characters; newlines stay, tabs are spaces."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = _SEQUENCE.sub("", text.replace("\r\n", "\n")).replace("\r", "\n").replace("\t", "    ")
    return _MARKS.sub(r"\1", _CONTROL.sub("", text))


def safe_line(text: str) -> str:
    """`text` made safe, in one line, without white space around it."""
    return " ".join(safe_text(text).split())


def safe_url(url: str) -> str:
    """An http or https address that can be printed and linked; "" for anything else."""
    if re.fullmatch(r"https?://[^\s\"<>\\^`{|}]+", url, re.IGNORECASE) and url == safe_text(url):
        return url
    return ""


def safe_json(document: str) -> str:
    """The same JSON document, with what could steer a terminal written as escapes."""
    return _CONTROL.sub(_escaped, document)


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
