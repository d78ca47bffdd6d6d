"""XML of strangers made safe to parse: no prolog, no entity of its own that could explode."""

import re
from html.entities import html5

#: Where a document begins: everything before it (declaration, DOCTYPE, comments) is dropped.
_ROOT = re.compile(r"<[^\W\d]")
#: Characters of the prolog that are looked at; RSS 1.0 feeds declare namespaces there.
PROLOG_CHARS = 20_000
#: Entities that are kept per document, the length of each and what they may add to it together.
ENTITIES, ENTITY_CHARS, EXPANDED_CHARS = 20, 100, 100_000
_ENTITY = re.compile(r"<!ENTITY\s+(\w{1,40})\s+([\"'])([^\"'&%<]*|&#\w{1,8};)\2\s*>")
_REFERENCE = re.compile(r"&(\w{1,40});")
#: What XML 1.0 §2.2 does not allow in a document.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CHARREF = re.compile(r"&#(x[0-9a-f]+|[0-9]+);?", re.IGNORECASE)


def prepare(text: str) -> str:
    """`text` from its root element on, with what no XML may hold taken out.

    Harmless entities that its DOCTYPE declares are kept as a DOCTYPE of one line each; HTML's
    named characters need none. Empty when there is no element.
    """
    prolog_end = _start(text)
    if prolog_end < 0:
        return ""
    document = _CHARREF.sub(_legal_reference, _ILLEGAL.sub("", text[prolog_end:]))
    entities = _entities(text[: min(prolog_end, PROLOG_CHARS)], document)
    return doctype(entities) + document


def doctype(entities: dict[str, str]) -> str:
    """A DOCTYPE that declares `entities`; empty without any."""
    if not entities:
        return ""
    lines = "".join(f'<!ENTITY {name} "{value}">\n' for name, value in entities.items())
    return f"<!DOCTYPE feed [\n{lines}]>\n"


def _start(text: str) -> int:
    """Where the root element starts, comments before it passed over; -1 without one."""
    at = 0
    while match := _ROOT.search(text, at):
        comment = text.find("<!--", at, match.start())
        if comment < 0:
            return match.start()
        end = text.find("-->", comment)
        if end < 0:
            return match.start()
        at = end + 3
    return -1


def _entities(prolog: str, document: str) -> dict[str, str]:
    """The entities that `prolog` declares and `document` may use."""
    found: dict[str, str] = {}
    for name, _, value in _ENTITY.findall(prolog):
        if len(found) < ENTITIES and len(value) <= ENTITY_CHARS and f"{name};" not in html5:
            found.setdefault(name, value)
    if not found:
        return {}
    added = sum(len(found.get(match[1], "")) for match in _REFERENCE.finditer(document))
    return found if added <= EXPANDED_CHARS else {}


def _legal_reference(match: re.Match[str]) -> str:
    """The numeric reference if a document may hold what it stands for, else nothing."""
    digits = match[1]
    if len(digits) > 8:
        return ""
    code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    if code > 0x10FFFF or 0xD800 <= code < 0xE000 or (code < 32 and code not in (9, 10, 13)):
        return ""
    return match[0]
