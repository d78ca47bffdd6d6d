"""`freshwire sources` and `freshwire poll`: what is followed."""

import json as jsonlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from freshwire import options
from freshwire.failure import FAILED, Failed
from freshwire.reach import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from query.schema_operator import PollResult, SourceView

sources = typer.Typer(no_args_is_help=True, help="What is followed, and how it is doing.")


def register(app: typer.Typer) -> None:
    """Make the commands known."""
    app.add_typer(sources, name="sources")
    app.command()(poll)


@sources.command("list")
def list_(json: options.AsJson = False) -> None:
    """List every source and how it is doing."""
    from freshwire import render
    from freshwire.sourcebook import sourcebook
    from query.schema_operator import SourceList

    with sourcebook(settings()) as book:
        found = book.all()
    if json:
        render.print_json(SourceList(sources=list(found)).to_json())
    else:
        _show_sources(render.screen(), found)


@sources.command()
def add(
    url: Annotated[str, typer.Argument(help="Address of an RSS, Atom or JSON feed.")],
    name: Annotated[str, typer.Option(help="Its name here: a-z 0-9 . _ -")] = "",
    class_: Annotated[
        options.Class, typer.Option("--class", help="Sets how fast its items fade.")
    ] = options.Class.news,
    label: Annotated[list[str] | None, typer.Option(help="For its items; repeatable.")] = None,
    language: Annotated[str, typer.Option(help="Of its items, like en.")] = "",
    region: Annotated[str, typer.Option(help="Of its items, like us.")] = "",
    zone: Annotated[str, typer.Option(help="Of dates without one, like Europe/Berlin.")] = "UTC",
    full_text: Annotated[bool, typer.Option("--full-text", help="Fetch whole articles.")] = False,
    every: Annotated[
        int | None, typer.Option(metavar="MINUTES", min=1, max=10_080, help="A fixed interval.")
    ] = None,
    json: options.AsJson = False,
) -> None:
    """Follow one more feed."""
    wish = {
        "url": url,
        "name": name,
        "class": class_.value,
        "labels": label or [],
        "language": language,
        "region": region,
        "zone": zone,
        "full_text": full_text,
    } | ({"interval_minutes": every} if every else {})
    from freshwire import render
    from freshwire.sourcebook import Taken, sourcebook

    with sourcebook(settings()) as book:
        try:
            added = book.add(wish)
        except Taken as error:
            raise Failed(str(error)) from error
    if json:
        render.print_json(added.to_json())
    else:
        words = f"{added.name} is followed ({added.url}); read it now with: "
        render.show(render.screen(), render.plain(f"{words}freshwire poll {added.name}"))


@sources.command()
def remove(name: Annotated[str, typer.Argument(help="As in `sources list`.")]) -> None:
    """Follow a source no longer; what it brought stays searchable."""
    from freshwire import render
    from freshwire.sourcebook import sourcebook

    with sourcebook(settings()) as book:
        book.remove(name)
    render.show(render.screen(), render.plain(f"{name} is no longer followed; its items stay."))


@sources.command("import")
def import_(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="An OPML list of feeds.")],
    json: options.AsJson = False,
) -> None:
    """Follow the feeds of an OPML list, as other readers export it."""
    from freshwire import render
    from freshwire.opml_import import imported
    from freshwire.sourcebook import sourcebook
    from streams.opml import read_opml

    try:
        body = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror or error}") from error
    specs, problems = read_opml(body)
    if not specs:
        raise Failed(f"no feed in {file}: {'; '.join(problems[:3]) or 'the list is empty'}")
    with sourcebook(settings()) as book:
        added, skipped = imported(specs, book)
    problems = [*skipped, *problems]
    if json:
        names = [view.name for view in added]
        render.print_json(jsonlib.dumps({"added": names, "problems": problems}))
        return
    errors = render.screen(error=True)
    for problem in problems:
        render.show(errors, render.plain(problem))
    words = f"{render.counted(len(added), 'source')} added, {len(problems)} not taken over."
    render.show(render.screen(), render.plain(words))


@sources.command()
def export(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="- is standard output.")] = "-",
) -> None:
    """Write the feeds that are followed as an OPML list."""
    from freshwire import render
    from freshwire.sourcebook import sourcebook
    from streams import SourceSpec
    from streams.opml import write_opml

    with sourcebook(settings()) as book:
        feeds = [
            SourceSpec(name=view.name, url=view.url, class_=view.class_)
            for view in book.all()
            if view.kind == "feed" and view.url.lower().startswith(("http://", "https://"))
        ]
    document = write_opml(feeds)
    if file == "-":
        print(document.decode(), end="")
        return
    try:
        Path(file).write_bytes(document)
    except OSError as error:
        raise Failed(f"{file} cannot be written: {error.strerror or error}") from error
    render.show(
        render.screen(), render.plain(f"{render.counted(len(feeds), 'feed')} written to {file}.")
    )


def poll(
    name: Annotated[str | None, typer.Argument(help="One source; without it, all.")] = None,
    json: options.AsJson = False,
) -> None:
    """Read a source now, or all, due or not; tells what came. Exit 1 when none could be read."""
    from freshwire import render
    from freshwire.polling import polled
    from query.schema_operator import PollList

    results = polled(settings(), name)
    if json:
        one = name is not None and len(results) == 1
        render.print_json((results[0] if one else PollList(polls=results)).to_json())
    else:
        _show_polls(render.screen(), results)
    if results and all(result.error for result in results):
        raise typer.Exit(FAILED)


def _show_sources(console: "Console", found: "Sequence[SourceView]") -> None:
    from freshwire import render
    from freshwire.clock import utc_now

    if not found:
        render.show(
            console, render.plain("Nothing is followed; add a feed: freshwire sources add URL")
        )
        return
    now = utc_now()
    rows: list[tuple[Any, ...]] = [
        (
            view.name,
            view.class_,
            render.plain(view.health, render.COLOURS.get(view.health, "")),
            render.ago(view.last_success, now),
            render.ago(view.last_new, now),
            render.ago(view.next_poll, now, "-"),
        )
        for view in found
    ]
    headers = ("name", "class", "health", "last read", "last news", "next")
    render.table(console, headers, rows)
    for view in found:
        if view.error:
            render.show(console, render.plain(f"{view.name}: {view.error}", "red"))
        if view.missed:
            gaps = render.counted(view.missed, "gap")
            render.show(
                console, render.plain(f"{view.name}: may have missed items ({gaps})", "yellow")
            )


def _show_polls(console: "Console", results: "Sequence[PollResult]") -> None:
    from rich.text import Text

    from freshwire import render

    if not results:
        render.show(
            console, render.plain("Nothing is followed; add a feed: freshwire sources add URL")
        )
    for result in results:
        counts = result.model_dump(exclude={"name", "error", "missed"})
        parts = [f"{count:,} {what}" for what, count in counts.items() if count or what == "new"]
        if result.missed:
            parts.append("may have missed items: everything in the feed was new")
        brought = render.plain(", ".join(parts))
        failed = render.plain(result.error, "red")
        name = render.plain(f"{result.name}:", "bold")
        render.show(console, Text.assemble(name, " ", failed if result.error else brought))
