"""How things look in a terminal: text of strangers made safe, ages in words, links, tables.

Everything shown goes through `plain`, `link` or `table`; no string is ever read as rich's markup.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from freshwire.plaintext import safe_json, safe_line, safe_text, safe_url
from query.ages import age_words, day_words, time_words

#: Columns of what is written into a pipe or file, where no terminal says how wide it is.
PIPED_WIDTH = 100

#: Narrower than this a table is written as one block per row.
TABLE_WIDTH = 76

#: Colour of each verdict and each health.
COLOURS = {
    "fresh": "green",
    "stale": "yellow",
    "conflict": "magenta",
    "not_found": "red",
    "ok": "green",
    "good": "green",
    "waiting": "cyan",
    "note": "yellow",
    "failing": "red",
    "gone": "red",
    "wrong": "red",
}


def screen(*, error: bool = False) -> Console:
    """Standard output, or standard error: no markup, no emoji codes, no guessed highlights.

    Colours and links only where a terminal shows them (and NO_COLOR is not set).
    """
    file = sys.stderr if error else sys.stdout
    width = None if file.isatty() or os.environ.get("COLUMNS") else PIPED_WIDTH
    return Console(file=file, width=width, markup=False, emoji=False, highlight=False)


def print_json(document: str) -> None:
    """One JSON document on standard output, whole lines, whatever the width."""
    print(safe_json(document))


def plain(text: str, style: str = "") -> Text:
    """`text` in one line, safe."""
    return Text(safe_line(text), style)


def block(text: str, style: str = "") -> Text:
    """`text` in its own lines, safe."""
    return Text(safe_text(text).strip("\n"), style)


def link(text: str, url: str, style: str = "") -> Text:
    """`text` that leads to `url` where the terminal can do that and the address can be trusted."""
    address = safe_url(url)
    shown = plain(text, style)
    if address:
        shown.stylize(Style(link=address))
    return shown


def badge(word: str) -> Text:
    """A verdict or a health that catches the eye."""
    shown = word.replace("_", " ").upper()
    return Text(f" {shown} ", f"bold reverse {COLOURS.get(word, 'default')}")


def show(console: Console, text: Text) -> None:
    """The text, wrapped, without white space at the ends of lines."""
    print_indented(console, text, 0)


def print_labelled(console: Console, label: Text, text: Text) -> None:
    """The text, wrapped, right of its label on the first line."""
    columns = label.cell_len
    for line in text.wrap(console, max(20, console.width - columns)):
        line.rstrip()
        console.print(Text.assemble(label, line), no_wrap=True, overflow="ignore")
        label = Text(" " * columns)


def print_indented(console: Console, text: Text, columns: int) -> None:
    """The text, wrapped, `columns` further right, without white space at the ends of lines."""
    for line in text.wrap(console, max(20, console.width - columns)):
        line.rstrip()
        console.print(Text(" " * columns).append_text(line), no_wrap=True, overflow="ignore")


def print_url(console: Console, url: str, columns: int = 0) -> None:
    """The address on a line of its own, never broken, so that it can be copied or clicked."""
    if address := safe_url(url):
        line = Text(" " * columns).append(address, Style(dim=True, link=address))
        console.print(line, no_wrap=True, overflow="ignore", crop=False, soft_wrap=True)


def dated(published: datetime, age_seconds: float, quality: str) -> str:
    """When something was published, and its age at the asked-for time, in words."""
    now = published + timedelta(seconds=age_seconds)
    day = day_words(published)
    if quality == "assumed":
        return f"undated, seen {day}, {age_words(published, now)}"
    age = age_words(published, now, "day" if quality == "day" else "exact")
    if now - published < timedelta(days=2) and quality != "day":
        return f"{time_words(published)}, {age}"
    return f"{day}, {age}"


def ago(at: datetime | None, now: datetime, never: str = "never") -> str:
    """How long ago, or in how long, in words."""
    if at is None:
        return never
    if at > now:
        return f"in {age_words(now, at).removesuffix(' ago')}".replace("in just now", "now")
    return age_words(at, now)


def clock(at: datetime | None) -> str:
    """A clock to the second, UTC; "-" when it is not set."""
    return "-" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def table(console: Console, headers: Sequence[str], rows: Iterable[Sequence[Text | str]]) -> None:
    """The rows under their headers; one block per row where the terminal is narrow."""
    cells = [[cell if isinstance(cell, Text) else plain(cell) for cell in row] for row in rows]
    if console.width < TABLE_WIDTH:
        for row in cells:
            for header, cell in zip(headers, row, strict=True):
                if cell:
                    console.print(Text.assemble((f"{header}: ", "dim"), cell))
            console.print()
        return
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for header in headers:
        grid.add_column(header, overflow="fold", min_width=min(len(header), 6))
    for row in cells:
        grid.add_row(*row)
    if console.is_terminal:
        console.print(grid)
        return
    with console.capture() as drawn:
        console.print(grid)
    for line in drawn.get().splitlines():
        console.print(Text(line.rstrip()), no_wrap=True, overflow="ignore")


def counted(count: int, one: str, many: str = "") -> str:
    """Number and noun: "1 item", "3 items"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
