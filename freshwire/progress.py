"""A bar for long work, on standard error and only where a person watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from freshwire.render import plain, screen


@contextmanager
def progress(
    label: str, total: int | None, *, of_bytes: bool = False
) -> Iterator[Callable[[int], None]]:
    """A function that is told how far the work is, of `total` (None: unknown), again and again."""
    console = screen(error=True)
    if not console.is_terminal or console.is_dumb_terminal:
        yield lambda done: None
        return
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TimeRemainingColumn,
    )

    count = DownloadColumn() if of_bytes else MofNCompleteColumn()
    # the label is printed beforehand: rich would read it as markup
    console.print(plain(label))
    with Progress(
        BarColumn(), count, TimeRemainingColumn(), console=console, transient=True
    ) as bars:
        task = bars.add_task("", total=total)
        yield lambda done: bars.update(task, completed=done)
