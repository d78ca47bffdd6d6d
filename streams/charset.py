"""Bodies to text: which character encoding a feed is really in, and what XML cannot hold."""

import codecs
import re

#: Encodings that are tried when named. Others (punycode, unicode_escape, UTF-7 …) are not text
#: encodings of the web: some decode in quadratic time, some hide markup.
_KNOWN = re.compile(
    r"ascii|utf-8(-sig)?|utf-(16|32)(-[bl]e)?|iso8859-\d+|cp\d{3,4}|koi8-[rtu]|mac-\w+|gbk|gb18030"
    r"|gb2312|hz|big5(hkscs)?|euc_(jp|kr|jis_2004)|shift_jis(_2004|x0213)?|iso2022_(jp|kr)\w*"
    r"|johab|tis-620"
)
#: Written where nobody chose an encoding; what is valid UTF-8 is UTF-8 nevertheless. The other
#: value is what is meant: windows-1252 is a superset of Latin-1 (WHATWG Encoding, §4.2).
_DEFAULTS = {"ascii": "cp1252", "iso8859-1": "cp1252", "cp1252": "cp1252"}
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949"}
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.ASCII | re.IGNORECASE)
_DECLARED = re.compile(rb"\s{0,1000}<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.I)


def decode(body: bytes, content_type: str = "") -> str:
    """`body` as text: by its byte order mark, else the header, else its XML declaration.

    RFC 7303 §3, but a named encoding that the bytes contradict does not count, and one that
    servers send by default gives way to valid UTF-8. Never fails: what is left is read as
    windows-1252.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    names = [match[1] for match in [_HEADER.search(content_type[:1000])] if match]
    names += [match[1].decode() for match in [_DECLARED.match(body)] if match]
    for name in names:
        encoding = _codec(name)
        for candidate in ("utf-8", _DEFAULTS[encoding]) if encoding in _DEFAULTS else (encoding,):
            text = _strict(body, candidate)
            if text is not None:
                return text
    text = _strict(body, "utf-8")
    return body.decode("cp1252", "replace") if text is None else text


def _codec(name: str) -> str:
    """Python's name of the encoding that is meant by `name`; empty when it is not a known one."""
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    known = known.replace("_", "-") if known.startswith(("utf", "mac")) else known
    return _SUPERSETS.get(known, known) if _KNOWN.fullmatch(known) else ""


def _strict(body: bytes, encoding: str) -> str | None:
    """`body` in that encoding, None when it is not."""
    if not encoding:
        return None
    try:
        return body.decode(encoding)
    except (UnicodeDecodeError, UnicodeError):
        return None
