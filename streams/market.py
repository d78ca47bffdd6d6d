"""Quotes as a stream: the daily or monthly bars of one CSV, each an Item with its figures."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from streams.bars import FIELDS, BadRow, Bar, read_bars
from streams.item import Item, Malformed
from streams.source import SourceSpec

#: Bars that are handed out at once; 40 years of days, about 15 MB.
BATCH = 10_000

# Not strftime, which follows the locale of the process.
_MONTHS = (
    "January February March April May June July August September October November December".split()
)


class _Entry(NamedTuple):
    """What is handed out of one row: its key in the file, and a mark that changes with it."""

    key: str
    mark: bytes
    item: Item | Malformed


class MarketSource:
    """The Source of one instrument's bars, oldest first; each poll reads the CSV anew.

    A bar is handed out when it is new or differs from what this process committed; of two rows for
    one session the later counts. It is published at 23:59:59 UTC of its session's last day, so
    that no question as of an earlier time sees a close that nobody knew; a session that is not
    over yet is published when it was read ("clamped") and comes again when it is. One that has not
    begun is Malformed. `read(url)` gives the file, or raises Unavailable. A batch may not be all:
    poll and commit until it is empty. Raises ValueError when the spec cannot be used.
    """

    def __init__(
        self,
        spec: SourceSpec,
        *,
        read: Callable[[str], bytes],
        now: Callable[[], datetime],
        batch: int = BATCH,
    ) -> None:
        self.name = spec.name
        self._spec = spec
        self._columns = dict(spec.columns)
        _check(spec)
        self._read = read
        self._now = now
        self._batch = batch
        self._handed: list[_Entry] = []
        self._committed: dict[str, bytes] = {}

    def poll(self, timeout: float) -> Sequence[Item | Malformed]:
        """What is new or changed in the file; empty at once when nothing is."""
        if not self._handed:
            observed = self._now()
            rows: dict[str, tuple[Bar | BadRow, bytes]] = {}
            for row in read_bars(self._read(self._spec.url), self._columns):
                key, mark = _marked(row, observed)
                rows[key] = (row, mark)
            changed = [
                (row, key, mark)
                for key, (row, mark) in rows.items()
                if self._committed.get(key) != mark
            ]
            changed.sort(key=lambda each: _order(each[0]))
            self._handed = [
                _Entry(key, mark, self._entry(row, observed))
                for row, key, mark in changed[: self._batch]
            ]
        return [entry.item for entry in self._handed]

    def commit(self) -> None:
        """Remember the bars of the last poll, so that they come again only when they change."""
        self._committed.update((entry.key, entry.mark) for entry in self._handed)
        self._handed = []

    def close(self) -> None:
        """Nothing is held open; closing twice is harmless."""
        self._handed = []

    def _entry(self, row: Bar | BadRow, observed: datetime) -> Item | Malformed:
        if isinstance(row, BadRow):
            return Malformed(
                source=self.name, id="", raw=row.raw.encode(), error=row.error, observed=observed
            )
        if row.begins > observed:
            return Malformed(
                source=self.name,
                id=f"{self._spec.symbol}/{row.session}",
                raw=f"{row.written} {dict(row.figures)}".encode(),
                error=f"date: the session {row.session} has not begun",
                observed=observed,
            )
        return self._quote(row, observed)

    def _quote(self, bar: Bar, observed: datetime) -> Item:
        spec = self._spec
        over = bar.ends <= observed
        what = _sentence(bar, over=over, currency=spec.currency)
        parts = [
            f"{field} {_written(bar.figures[field])}"
            for field in ("open", "high", "low")
            if field in bar.figures
        ]
        range_ = f" ({', '.join(parts)})" if parts else ""
        named = f"{spec.names[0]} ({spec.symbol})" if spec.names else spec.symbol
        figures: dict[str, str | float] = {
            "symbol": spec.symbol,
            **bar.figures,
            "currency": spec.currency,
            "session": bar.session,
        }
        if bar.average:
            figures["measure"] = "average"
        return Item(
            source=spec.name,
            id=f"{spec.symbol}/{bar.session}",
            title=f"{spec.symbol} {what}",
            text=f"{named} {what}{range_}.",
            published=bar.ends if over else observed,
            observed=observed,
            kind="quote",
            class_="reference",
            language="en",
            labels=spec.labels,
            region=spec.region,
            licence=spec.licence,
            may_quote=spec.may_quote,
            figures=figures,
            published_raw=bar.written,
            date_quality="day" if over else "clamped",
        )


def _check(spec: SourceSpec) -> None:
    columns = dict(spec.columns)
    unknown = sorted(set(columns) - FIELDS)
    if unknown:
        raise ValueError(f"source {spec.name}: columns.{unknown[0]} is none of {sorted(FIELDS)}")
    for pair in (("date", "month"), ("close", "average")):
        if len([field for field in pair if field in columns]) != 1:
            raise ValueError(f"source {spec.name}: columns needs either {pair[0]} or {pair[1]}")
    if not spec.symbol:
        raise ValueError(f"source {spec.name}: symbol is missing")


def _marked(row: Bar | BadRow, observed: datetime) -> tuple[str, bytes]:
    """The row's key in its file, and a mark that changes when what it says does."""
    if isinstance(row, BadRow):
        mark = hashlib.sha256(f"{row.error}\n{row.raw}".encode("utf-8", "replace")).digest()
        return f"bad {mark.hex()}", mark
    state = (row.begins > observed, row.ends <= observed, row.average, sorted(row.figures.items()))
    return row.session, hashlib.sha256(repr(state).encode()).digest()[:16]


def _order(row: Bar | BadRow) -> tuple[bool, date]:
    """By session; rows that are no bars after all others."""
    return (True, date.max) if isinstance(row, BadRow) else (False, row.last)


def _sentence(bar: Bar, *, over: bool, currency: str) -> str:
    """For example "closed at 16.43 on 12 March 2026"."""
    price = f"{currency} {_written(bar.figures['close'])}".strip()
    month = f"{_MONTHS[bar.first.month - 1]} {bar.first.year}"
    when = f"on {bar.first.day} {month}" if bar.first == bar.last else f"in {month}"
    if bar.average:
        return f"averaged {price} {when}" if over else f"has averaged {price} so far {when}"
    return f"closed at {price} {when}" if over else f"stood at {price} {when}, not yet final"


def _written(value: float) -> str:
    """With two decimals, or more where it has more."""
    short = f"{value:.2f}"
    return short if float(short) == value else f"{value:.10g}"
