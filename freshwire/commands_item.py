"""`freshwire add` and `freshwire history`: items in, and the versions of one."""

import json as jsonlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from freshwire import options
from freshwire.failure import FAILED, NOTHING_FOUND, Failed
from freshwire.reach import daemon_if_any, opened, settings

if TYPE_CHECKING:
    from freshwire.adding import Adding
    from freshwire.records import Record

#: Malformed items that are told one by one; the rest is counted.
TOLD = 20


def register(app: typer.Typer) -> None:
    """Make the commands known."""
    app.command()(add)
    app.command()(history)


def add(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON or JSON lines, also .gz.")],
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Until a running daemon has indexed them.")
    ] = True,
    json: options.AsJson = False,
) -> None:
    """Add items from a file or standard input. Exit 1 when any was malformed."""
    path = None if file == "-" else Path(file)
    if path is not None and not path.is_file():
        raise Failed(f"{file} is not a file; give a file of items, or - for standard input")
    config = settings()
    from freshwire import render
    from freshwire.adding import Adding, Direct, Pushed

    with daemon_if_any(config) as client:
        if client is not None:
            added = _added(path, file, Adding(Pushed(client, wait=wait)))
    if client is None:
        from freshwire.app import open_worker

        with opened(config, open_worker) as worker:
            added = _added(path, file, Adding(Direct(worker)))
    if json:
        render.print_json(jsonlib.dumps(added.as_json()))
    else:
        render.show(render.screen(), render.plain(added.in_words()))
    if added.malformed:
        errors = render.screen(error=True)
        for place, error in added.malformed[:TOLD] if not json else ():
            render.show(errors, render.plain(f"{place}: {error}"))
        if len(added.malformed) > TOLD and not json:
            rest = len(added.malformed) - TOLD
            render.show(errors, render.plain(f"and {rest:,} more; --json lists them all"))
        raise typer.Exit(FAILED)


def history(
    where: Annotated[
        str, typer.Argument(metavar="URL|SOURCE", help="The item's address or source.")
    ],
    id: Annotated[str | None, typer.Argument(metavar="ID", help="The item's id in it.")] = None,
    json: options.AsJson = False,
) -> None:
    """Show every version of an item with its clocks. Exit 3 when there is none."""
    if id is None and "://" not in where:
        raise typer.BadParameter("give the item's URL, or its SOURCE and ID")
    config = settings()
    from freshwire import item_history, render, render_answer

    with daemon_if_any(config) as client:
        if client is not None:
            item = item_history.ask_daemon(client, where, id)
    if client is None:
        from freshwire.app import open_reader

        with opened(config, open_reader) as reader:
            item = item_history.read(reader, where, id)
    if item is None:
        named = where if id is None else f"{id} of {where}"
        render.show(
            render.screen(error=True),
            render.plain(f"freshwire: no item {named} is held; search --json shows source and id"),
        )
        raise typer.Exit(NOTHING_FOUND)
    if json:
        render.print_json(item.to_json())
    else:
        render_answer.show_history(render.screen(), item)


def _added(path: Path | None, name: str, adding: "Adding") -> "Adding":
    """All of the file is added."""
    from freshwire.progress import progress
    from freshwire.records import read_in_batches

    size = path.stat().st_size if path else None
    try:
        with progress(f"Adding {name}", size, of_bytes=True) as told:

            def step(batch: "list[Record]", done: int) -> None:
                adding.take(batch)
                told(done)

            read_in_batches(path, lambda: sys.stdin.buffer, step)
    except OSError as error:
        raise Failed(f"{name} cannot be read: {error.strerror or error}") from error
    return adding
