"""Bodies are read in the encoding that they are in, whatever they and the server say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.charset import decode

TEXT = "<a>Паром</a>"


@pytest.mark.parametrize("name", ["koi8-r", "windows-1251", "utf-8", "iso-8859-5"])
def test_the_charset_of_the_header_counts(name: str) -> None:
    """RFC 7303: before what the document declares."""
    declared = f"<?xml version='1.0' encoding='utf-8'?>{TEXT}"

    assert decode(declared.encode(name), f"application/rss+xml; charset={name}") == declared


@pytest.mark.parametrize(
    "name", ["us-ascii", "iso-8859-1", "nonsense", "punycode", "utf-7", "rot13"]
)
def test_a_charset_that_cannot_be_gives_way(name: str) -> None:
    """Defaults of servers, unknown names and dangerous codecs do not hide valid UTF-8."""
    assert decode(TEXT.encode(), f"text/xml; charset={name}") == TEXT


@pytest.mark.parametrize("name", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-32-be"])
def test_unicode_is_known_by_its_first_bytes(name: str) -> None:
    """With a byte order mark or without one."""
    assert decode(TEXT.encode(name), "text/xml; charset=iso-8859-1") == TEXT


@given(st.binary(max_size=60), st.text(max_size=30))
def test_no_body_and_no_header_make_it_fail(body: bytes, header: str) -> None:
    """Every body is some text, without surrogates."""
    decode(body, f"text/xml; charset={header}").encode()
