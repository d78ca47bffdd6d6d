"""Content codings (RFC 9110 §8.4.1) undone piece by piece, so that a bomb is never unpacked."""

import zlib
from collections.abc import Callable, Iterable, Iterator

import brotli  # type: ignore[import-untyped]

from streams.source import Unavailable

#: Bytes unpacked at a time.
PIECE_BYTES = 65_536

#: gzip members in one body; real ones have 1, a body of many tiny ones costs quadratic time.
GZIP_MEMBERS = 1_000

#: Codings on top of each other; servers with a proxy before them sometimes pack twice.
CODINGS = 2

#: What servers write into Content-Encoding although nothing is packed.
PLAIN = frozenset({"", "identity", "none", "utf-8", "utf8", "binary", "8bit"})

ACCEPTED = "gzip, deflate, br"


def unpack(chunks: Iterable[bytes], coding: str, *, limit: int) -> bytes:
    """The whole body, at most `limit` bytes in every stage, unpacked as `coding` says.

    Raises Unavailable when it is larger, damaged, cut off or packed in an unknown way.
    """
    names = [name.strip().lower() for name in coding.split(",")]
    packed = [name for name in names if name not in PLAIN]
    unknown = [name for name in packed if name not in _STAGES]
    if unknown or len(packed) > CODINGS:
        raise Unavailable(f"the answer is packed in a way not known here: {coding[:60]!r}")
    pieces = _capped(iter(chunks), limit)
    for name in reversed(packed):
        pieces = _capped(_STAGES[name](pieces), limit)
    try:
        return b"".join(pieces)
    except (zlib.error, brotli.error) as error:
        raise Unavailable(f"the answer is damaged ({coding[:60]}: {error})") from error


def _capped(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise Unavailable(f"the answer is larger than {limit:,} bytes")
        yield piece


def _gunzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Every member, one after another; a body that is not gzip at all passes as it is."""
    data, members, engine = b"", 0, None
    for chunk in chunks:
        data += chunk
        while data:
            if engine is None:
                if len(data) < 2:
                    break
                if data[:2] != b"\x1f\x8b":
                    if members == 0:  # labelled gzip, sent plain: seen on real feeds
                        yield data
                        yield from chunks
                    return  # padding behind the last member
                members += 1
                if members > GZIP_MEMBERS:
                    raise Unavailable(f"the answer has more than {GZIP_MEMBERS} gzip members")
                engine = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield from _inflated(engine, data)
            data = engine.unused_data
            if engine.eof:
                engine = None
    if engine is not None:
        raise Unavailable("the answer ends in the middle of its gzip data")
    if members == 0:
        yield data


def _undeflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Zlib data, or the bare deflate data that some servers send under the same name."""
    data, engine = b"", None
    for chunk in chunks:
        data += chunk
        if engine is None:
            if len(data) < 2:
                continue
            has_header = data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0
            engine = zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
        if not engine.eof:
            yield from _inflated(engine, data)
        data = b""
    if data or (engine is not None and not engine.eof):
        raise Unavailable("the answer ends in the middle of its deflate data")


def _inflated(engine: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    """All that `data` unpacks to, in pieces; the engine may hold output back, so ask until dry."""
    while True:
        piece = engine.decompress(data, PIECE_BYTES)
        yield piece
        data = engine.unconsumed_tail
        if engine.eof or (not data and len(piece) < PIECE_BYTES):
            return


def _unbrotlied(chunks: Iterator[bytes]) -> Iterator[bytes]:
    engine, seen = brotli.Decompressor(), False
    for chunk in chunks:
        if engine.is_finished():
            continue
        seen = seen or bool(chunk)
        piece = engine.process(chunk, output_buffer_limit=PIECE_BYTES)
        while piece or not engine.can_accept_more_data():
            yield piece
            piece = engine.process(b"", output_buffer_limit=PIECE_BYTES)
    if seen and not engine.is_finished():
        raise Unavailable("the answer ends in the middle of its brotli data")


_STAGES: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "deflate": _undeflated,
    "br": _unbrotlied,
}
