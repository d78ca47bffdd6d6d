"""Items in a file or on standard input, a batch at a time: JSON, JSON lines, also gzipped."""

import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from streams.record import parse
from streams.replay import JSON_BYTES, LINE_BYTES

#: A batch ends at so many items or bytes.
BATCH_ITEMS, BATCH_BYTES = 256, 4_000_000

_DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)


class Record(NamedTuple):
    """One item as JSON in one line, or what is wrong with it; `place` is "line 3" or "index 2"."""

    place: str
    raw: bytes
    error: str = ""


class Records:
    """The records of one open file, in order. Reads no more than a batch ahead.

    JSON lines when `name` says so or the first line is an object by itself; else one JSON value.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._lines_by_name = name.removesuffix(".gz").endswith((".jsonl", ".ndjson"))
        buffered = io.BufferedReader(file) if isinstance(file, io.RawIOBase) else file
        head = buffered.peek(2)[:2] if isinstance(buffered, io.BufferedReader) else b""
        packed = head == b"\x1f\x8b"
        self._plain: BinaryIO = (
            io.BufferedReader(gzip.GzipFile(fileobj=buffered)) if packed else buffered
        )

    def batches(self) -> Iterator[list[Record]]:
        """Up to BATCH_ITEMS records each. Raises OSError when the file cannot be read."""
        batch: list[Record] = []
        size = 0
        for record in self._records():
            batch.append(record)
            size += len(record.raw)
            if len(batch) >= BATCH_ITEMS or size >= BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _records(self) -> Iterator[Record]:
        number, first = 0, b"\n"
        try:
            while first and not first.strip():
                number += 1
                first = self._plain.readline(LINE_BYTES + 1)
            if not first:
                return
            if self._lines_by_name or _is_object(first):
                yield from self._lines(first, number)
            else:
                yield from self._whole(first)
        except _DAMAGED as error:
            yield Record(f"line {number}", b"", f"the file is damaged: {error}")

    def _lines(self, line: bytes, number: int) -> Iterator[Record]:
        while line:
            whole = line
            while len(line) > LINE_BYTES and not line.endswith(b"\n"):
                line = self._plain.readline(LINE_BYTES + 1)
            if len(whole) > LINE_BYTES:
                yield Record(f"line {number}", b"", f"longer than {LINE_BYTES:,} bytes")
            # RFC 7464 puts a record separator before each text
            elif raw := whole.strip(b" \t\r\n\x1e"):
                yield _line(raw, f"line {number}")
            number += 1
            try:
                line = self._plain.readline(LINE_BYTES + 1)
            except _DAMAGED as error:
                yield Record(f"line {number}", b"", f"the file is damaged here: {error}")
                return

    def _whole(self, start: bytes) -> Iterator[Record]:
        body = start + self._plain.read(JSON_BYTES + 1 - len(start))
        if len(body) > JSON_BYTES:
            error = f"larger than {JSON_BYTES:,} bytes as one JSON value; write JSON lines (.jsonl)"
            yield Record("the file", b"", error)
            return
        try:
            value = parse(body)
        except ValueError as error:
            yield Record("the file", b"", str(error))
            return
        for index, each in enumerate(value if isinstance(value, list) else [value]):
            try:
                yield Record(f"index {index}", json.dumps(each, allow_nan=False).encode())
            except (ValueError, RecursionError) as error:
                yield Record(f"index {index}", b"", f"not usable JSON: {error}")


def read_in_batches(
    path: Path | None, stdin: Callable[[], BinaryIO], step: Callable[[list[Record], int], None]
) -> None:
    """Hand each batch of the file (None: of standard input) to `step`, with the bytes read so far.

    Raises OSError when the file cannot be read.
    """
    if path is None:
        for batch in Records(stdin(), "-").batches():
            step(batch, 0)
        return
    with path.open("rb") as file:
        for batch in Records(file, path.name).batches():
            step(batch, file.tell())


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(parse(line.strip(b" \t\r\n\x1e")), dict)
    except ValueError:
        return False


def _line(raw: bytes, place: str) -> Record:
    try:
        parse(raw)
    except ValueError as error:
        return Record(place, b"", str(error).replace(" at line 1, column", " at column"))
    # a byte order mark is for the start of a file, and this may not stay there
    return Record(place, raw.removeprefix(b"\xef\xbb\xbf"))
