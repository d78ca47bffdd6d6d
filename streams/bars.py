"""Bars of market data as CSV: one day's or one month's figures a row, whoever wrote the file."""

import calendar
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

#: What a column may be: the session (`date` of a day, or `month`; `date_format` is not a column
#: but how it is written, as for strptime, ISO 8601 without), and its figures. `average` is the
#: mean over the session where the file has that in place of a close.
FIELDS = frozenset(("date", "month", "date_format", "open", "high", "low", "close", "average"))

#: What stands for "no price that day", for example FRED's "." on holidays.
NO_PRICE = frozenset(("", ".", "-", "n/a", "na", "nan", "null", "none", "#n/a"))

#: Larger than any price; a number beyond it is a broken file.
LARGEST = 1e12

#: 16.43, -37.63, 1.5e3 and 7,450.03; a comma without a later point could be a decimal comma.
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+|\d{1,3}(,\d{3})+\.\d*)(e[+-]?\d{1,2})?")
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ][\d:.Z+-]*)?|(\d{4})(\d\d)(\d\d)")
_MONTH = re.compile(r"(\d{4})-?(\d\d)")


@dataclass(frozen=True, slots=True)
class Bar:
    """One session's figures: `close`, and `open`, `high`, `low` where the file has them.

    `first` to `last` are the days of the session, one day or a month. With `average` the close
    is the mean over the session.
    """

    first: date
    last: date
    written: str
    figures: Mapping[str, float]
    average: bool = False

    @property
    def session(self) -> str:
        """2024-08-05, or 2024-08 for a month."""
        return self.first.isoformat() if self.first == self.last else self.first.isoformat()[:7]

    @property
    def ends(self) -> datetime:
        """The last second of the session's last day, UTC: its figures are known by then."""
        return datetime.combine(self.last, time(23, 59, 59), UTC)

    @property
    def begins(self) -> datetime:
        """When the first day begins where it begins first, at UTC+14."""
        return datetime.combine(self.first, time(), UTC) - timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no bar, and why."""

    raw: str
    error: str


def read_bars(body: bytes, columns: Mapping[str, str]) -> Iterator[Bar | BadRow]:
    """The bars in the order of the file; rows without a price and empty rows are passed over.

    `columns` says which column holds which of FIELDS. Never raises on what is in `body`.
    """
    text = body.decode("utf-8-sig", "replace")
    header = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    rows = csv.reader(io.StringIO(text.lstrip()), delimiter=delimiter)
    try:
        names = [name.strip() for name in next(rows, [])]
        wanted = {field: name for field, name in columns.items() if field != "date_format"}
        missing = [name for name in wanted.values() if name not in names]
        if missing:
            has = ", ".join(names)[:200] or "nothing"
            yield BadRow(header[:1000], f"no column {missing[0]!r} in the first row; it has {has}")
            return
        places = {field: names.index(name) for field, name in wanted.items()}
        for row in rows:
            yield from _bar(row, places, columns.get("date_format", ""))
    except csv.Error as error:
        yield BadRow("", f"line {rows.line_num}: not CSV: {error}")


def _bar(row: Sequence[str], places: Mapping[str, int], form: str) -> Iterator[Bar | BadRow]:
    """The bar in `row`, or what is wrong with it, or nothing where it has no price."""
    cells = {
        field: row[place].strip() if place < len(row) else "" for field, place in places.items()
    }
    price = "average" if "average" in cells else "close"
    if not any(row) or (cells[price].lower() in NO_PRICE and len(row) > places[price]):
        return
    try:
        written = cells.get("month") or cells.get("date", "")
        first = _day(written, form, month="month" in cells)
        figures = {
            field: _number(field, cells[field])
            for field in ("open", "high", "low", price)
            if field in cells and cells[field].lower() not in NO_PRICE
        }
        if price not in figures:
            raise ValueError(f"{price}: there are {len(row)} columns, too few")
        figures["close"] = figures.pop(price)
        _check(figures)
    except ValueError as error:
        yield BadRow(",".join(row)[:1000], str(error))
        return
    last = first
    if "month" in cells:
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    yield Bar(first, last, written[:40], figures, average=price == "average")


def _day(written: str, form: str, *, month: bool) -> date:
    """The day, or the first of the month. Raises ValueError."""
    try:
        if form:
            day = datetime.strptime(written, form).replace(tzinfo=UTC).date()
        elif month and (match := _MONTH.fullmatch(written)):
            day = date(int(match[1]), int(match[2]), 1)
        elif match := _DAY.fullmatch(written):
            parts = [int(part) for part in match.groups() if part]
            day = date(parts[0], parts[1], parts[2])
        else:
            raise ValueError("not of the form 2024-08-05")
    except ValueError as error:
        raise ValueError(f"date: {written[:40]!r} cannot be read ({error})") from error
    return day.replace(day=1) if month else day


def _number(field: str, written: str) -> float:
    if not _NUMBER.fullmatch(written.lower()) or len(written) > 40:
        raise ValueError(f"{field}: {written[:40]!r} is not a number like 1234.56")
    value = float(written.replace(",", ""))
    if abs(value) > LARGEST:
        raise ValueError(f"{field}: {written[:40]!r} is larger than any price")
    return value


def _check(figures: Mapping[str, float]) -> None:
    """Raises ValueError when the figures contradict each other.

    The open is left alone: in 47 rows of CBOE's VIX file, 1992 to 2006, it lies outside.
    """
    low, close, high = (figures.get(field) for field in ("low", "close", "high"))
    given = [figure for figure in (low, close, high) if figure is not None]
    if given != sorted(given):
        raise ValueError(f"low {low}, close {close}, high {high} contradict each other")
