"""`freshwire run` and `freshwire status`."""

from typing import TYPE_CHECKING

import typer

from freshwire import options
from freshwire.failure import FAILED
from freshwire.reach import daemon, settings

if TYPE_CHECKING:
    from rich.console import Console

    from query.schema_operator import Status


def register(app: typer.Typer) -> None:
    """Make the commands known."""
    app.command()(run)
    app.command()(status)


def run() -> None:
    """Run the daemon and its HTTP service until SIGTERM or Ctrl-C."""
    config = settings()
    from freshwire.run import run as run_daemon

    raise typer.Exit(run_daemon(config))


def status(json: options.AsJson = False) -> None:
    """Is it well, how fresh is it, what is wrong, what to do. Exit 1 when it is not ready."""
    with daemon(settings()) as client:
        found = client.status()
    from freshwire import render

    if json:
        render.print_json(found.to_json())
    else:
        show_status(render.screen(), found)
    if not found.ready:
        raise typer.Exit(FAILED)


def show_status(console: "Console", found: "Status") -> None:
    """One screen."""
    from datetime import timedelta

    from rich.text import Text

    from freshwire import render
    from query.ages import span_words

    word = "wrong" if not found.ready else "note" if found.problems else "good"
    state = {"wrong": "not ready", "note": "ready, with problems", "good": "all is well"}[word]
    up = span_words(timedelta(seconds=found.uptime_seconds))
    console.print(
        render.badge(state if word == "wrong" else word).append(
            f" Freshwire is {state}." if word == "wrong" else f" {state.capitalize()}."
        )
    )
    newest = found.newest
    fresh = "nothing is indexed yet"
    if newest is not None:
        when = render.dated(newest.published, newest.age_seconds, newest.date_quality)
        fresh = f"{when}: {newest.title or newest.id} ({newest.source})"
    sources = ", ".join(f"{count} {health}" for health, count in sorted(found.sources.items()))
    points = ", ".join(f"{count:,} {part}" for part, count in found.points.items())
    facts = {
        "newest": fresh,
        "sources": sources or "none",
        "next poll": render.ago(found.next_poll, found.at, "none planned"),
        "waiting": render.counted(found.pending, "pushed item"),
        "dead": render.counted(found.dead_letters, "dead letter"),
        "passages": points,
        "running": f"{up}, version {found.version}, in {found.home}",
    }
    for name, fact in facts.items():
        console.print(Text(f"{name:<10}", "dim").append_text(render.plain(fact)))
    for source in found.failing:
        console.print()
        console.print(
            render.badge(source.health).append_text(render.plain(f" {source.name}", "bold"))
        )
        why = f"{source.error or 'no reason given'}; next try {render.ago(source.next_poll, found.at)}"
        console.print(render.indent(render.plain(why), 3))
    for problem in found.problems:
        console.print()
        console.print(render.plain(problem.what, "bold yellow"))
        console.print(render.indent(render.plain(problem.do), 3))
