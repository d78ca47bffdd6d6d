"""Packed bodies: unpacked piece by piece, within the limit, failing in one way only."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import brotli  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.decompress import unpack
from streams.fetch import Limits
from streams.source import Unavailable
from tests.local_server import Build, LocalServer, Reply, fetchers


@pytest.fixture
def server() -> Iterator[LocalServer]:
    """A scripted server."""
    with LocalServer() as running:
        yield running


@pytest.fixture
def build() -> Iterator[Build]:
    """Builds fetchers that are closed after the test."""
    with fetchers() as built:
        yield built


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw deflate", "br", "two members", "twice"])
def test_packed_bodies_are_unpacked(coding: str, server: LocalServer, build: Build) -> None:
    """gzip, both kinds of deflate, brotli, several gzip members, and gzip within gzip."""
    text = b"<rss>" + b"news " * 50_000 + b"</rss>"
    raw = zlib.compressobj(wbits=-15)
    packed, label = {
        "gzip": (gzip.compress(text), "gzip"),
        "deflate": (zlib.compress(text), "deflate"),
        "raw deflate": (raw.compress(text) + raw.flush(), "deflate"),
        "br": (brotli.compress(text), "br"),
        "two members": (gzip.compress(text[:99]) + gzip.compress(text[99:]), "x-gzip"),
        "twice": (gzip.compress(gzip.compress(text)), "gzip, gzip"),
    }[coding]
    server.script("/feed", Reply(body=packed, headers={"Content-Encoding": label}))

    assert build().fetch(server.url("/feed")).body == text


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, brotli.compress])
def test_bomb_is_never_unpacked(
    pack: Callable[[bytes], bytes], server: LocalServer, build: Build
) -> None:
    """200 MB of zeros in a small body are refused at the limit, without the memory for them."""
    label = {gzip.compress: "gzip", zlib.compress: "deflate", brotli.compress: "br"}[pack]
    zeros = bytes(200_000_000)
    bomb = brotli.compress(zeros, quality=1) if label == "br" else pack(zeros)
    server.script("/feed", Reply(body=bomb, headers={"Content-Encoding": label}))
    fetcher = build(limits=Limits(body_bytes=1_000_000))

    tracemalloc.start()
    with pytest.raises(Unavailable, match="larger than 1,000,000 bytes"):
        fetcher.fetch(server.url("/feed"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 20_000_000


def test_cut_off_gzip_is_unavailable_and_plain_under_its_label_passes() -> None:
    """Half a packed body is no feed; a body that never was packed is taken as it is."""
    packed = gzip.compress(b"x" * 10_000)

    with pytest.raises(Unavailable, match="ends in the middle"):
        unpack([packed[:-9]], "gzip", limit=100_000)
    assert unpack([b"<", b"rss/>"], "gzip", limit=100) == b"<rss/>"
    with pytest.raises(Unavailable, match="not known"):
        unpack([b"x"], "zstd", limit=100)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.binary(max_size=200), max_size=5),
    st.sampled_from(["gzip", "deflate", "br", "gzip, br", "identity"]),
)
def test_hostile_packing_fails_in_one_way_only(chunks: list[bytes], coding: str) -> None:
    """Whatever the bytes: a body within the limit, or Unavailable."""
    try:
        assert len(unpack(chunks, coding, limit=10_000)) <= 10_000
    except Unavailable:
        pass


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=3_000), st.integers(1, 700), st.sampled_from(["gzip", "deflate", "br"]))
def test_packing_survives_any_cut_into_chunks(body: bytes, size: int, coding: str) -> None:
    """The pieces in which the network hands a body over make no difference."""
    pack = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}[coding]
    packed = pack(body)

    chunks = [packed[start : start + size] for start in range(0, len(packed), size)]

    assert unpack(chunks, coding, limit=3_000) == body
