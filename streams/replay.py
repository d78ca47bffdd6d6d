"""Files of items as a stream: JSON lines, or one JSON array or object; also gzipped.

What was written down is replayed with its own clocks. The position lives in memory only: after a
restart all comes again, and the index ignores what it holds.
"""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from streams.item import Item, Malformed
from streams.record import decode, decode_many, parse
from streams.source import Unavailable

#: Longest line in bytes: a text of 1,000,000 characters, each as a JSON escape, and its fields.
LINE_BYTES = 8_000_000

#: Largest file in bytes, unpacked, that is one JSON value; JSON lines have no such limit.
JSON_BYTES = 200_000_000

#: Bytes of an over-long line that are kept in its Malformed.
KEPT_BYTES = 10_000

_DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)


class ReplaySource:
    """The Source of one file, in the order of the file; empty for good after its end.

    Items without a source are of `name`. A file whose name ends in .json (.json.gz) is one JSON
    value, any other is JSON lines; whether it is gzipped is seen from its first bytes.
    """

    def __init__(
        self, path: Path, *, name: str, now: Callable[[], datetime], batch: int = 256
    ) -> None:
        self.name = name
        self._path = path
        self._now = now
        self._batch = batch
        self._items: Iterator[Item | Malformed] | None = None
        self._handed: list[Item | Malformed] = []
        self._committed = 0

    def poll(self, timeout: float) -> Sequence[Item | Malformed]:
        """The next `batch` items; empty at once after the end, since no more can come.

        Raises Unavailable when the file cannot be read.
        """
        if not self._handed:
            try:
                self._items = self._items or self._resumed()
                for item in self._items:
                    self._handed.append(item)
                    if len(self._handed) >= self._batch:
                        break
            except OSError as error:
                self._items, self._handed = None, []
                raise Unavailable(f"{self._path} cannot be read: {error}") from error
        return list(self._handed)

    def commit(self) -> None:
        """Move on past the items of the last poll."""
        self._committed += len(self._handed)
        self._handed = []

    def close(self) -> None:
        """Let go of the file; closing twice is harmless."""
        self._items = iter(())
        self._handed = []

    def _resumed(self) -> Iterator[Item | Malformed]:
        """The items of the file after those that are committed."""
        items = self._read()
        for _ in range(self._committed):
            next(items, None)
        return items

    def _read(self) -> Iterator[Item | Malformed]:
        with self._path.open("rb") as packed:
            magic = packed.read(2)
            packed.seek(0)
            plain: BinaryIO = packed
            if magic == b"\x1f\x8b":
                plain = io.BufferedReader(gzip.GzipFile(fileobj=packed))
            whole = self._path.name.removesuffix(".gz").endswith(".json")
            yield from self._whole(plain) if whole else self._lines(plain)

    def _whole(self, file: BinaryIO) -> Iterator[Item | Malformed]:
        try:
            body = file.read(JSON_BYTES + 1)
        except _DAMAGED as error:
            yield self._bad(b"", f"the file is damaged: {error}")
            return
        if len(body) > JSON_BYTES:
            yield self._bad(
                body[:KEPT_BYTES],
                f"the file is larger than {JSON_BYTES:,} bytes; write it as JSON lines (.jsonl)",
            )
            return
        yield from decode_many(
            body,
            "application/json",
            observed=self._now(),
            source=self.name,
            trust_observed=True,
        )

    def _lines(self, file: BinaryIO) -> Iterator[Item | Malformed]:
        number = 0
        while True:
            number += 1
            try:
                line = file.readline(LINE_BYTES + 1)
                rest = line
                while len(rest) > LINE_BYTES and not rest.endswith(b"\n"):
                    rest = file.readline(LINE_BYTES + 1)
            except _DAMAGED as error:
                yield self._bad(b"", f"line {number}: the file is damaged here: {error}")
                return
            if not line:
                return
            if line.strip():
                yield self._item(line.strip(), number)

    def _item(self, line: bytes, number: int) -> Item | Malformed:
        if len(line) > LINE_BYTES:
            return self._bad(line[:KEPT_BYTES], f"line {number}: longer than {LINE_BYTES:,} bytes")
        try:
            value = parse(line)
        except ValueError as error:
            return self._bad(line, f"line {number}: {error}")
        item = decode(value, observed=self._now(), source=self.name, trust_observed=True)
        if isinstance(item, Item):
            return item
        return Malformed(
            source=item.source,
            id=item.id,
            raw=line,
            error=f"line {number}: {item.error}",
            observed=item.observed,
        )

    def _bad(self, raw: bytes, error: str) -> Malformed:
        return Malformed(source=self.name, id="", raw=raw, error=error, observed=self._now())
