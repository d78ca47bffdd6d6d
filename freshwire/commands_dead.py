"""`freshwire dead`: what could not be indexed, and what to do with it."""

import json as jsonlib
from typing import TYPE_CHECKING, Annotated

import typer

from freshwire import options
from freshwire.failure import FAILED, Failed
from freshwire.reach import daemon_if_any, opened, settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from freshwire.config import Config
    from query.schema_operator import DeadList, DeadReplay, DeadView

dead = typer.Typer(no_args_is_help=True, help="What could not be indexed, with the reason.")

All = Annotated[bool, typer.Option("--all", help="All of them.")]

#: SQLite numbers its rows in 64 bits.
Numbers = Annotated[
    list[int] | None, typer.Argument(min=1, max=2**63 - 1, help="Numbers from `dead list`.")
]

#: Letters that are listed, dropped and replayed at a time; each may hold megabytes.
LISTED, DROPPED, REPLAYED = 1_000, 500, 50

#: Most letters that are replayed by one command, as over HTTP.
MOST = 10_000


def register(app: typer.Typer) -> None:
    """Make the commands known."""
    app.add_typer(dead, name="dead")


@dead.command("list")
def list_(
    source: Annotated[str, typer.Option(help="Only of this source.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=LISTED, help="Most letters.")] = 50,
    json: options.AsJson = False,
) -> None:
    """List the dead letters, the latest first."""
    found = _latest(settings(), source, limit)
    from freshwire import render

    if json:
        render.print_json(found.to_json())
        return
    console = render.screen()
    if not found.letters:
        render.show(console, render.plain("No dead letters."))
        return
    rows = [
        (str(one.number), one.source, one.id, render.clock(one.at), f"{one.times}×", one.error)
        for one in found.letters
    ]
    render.table(console, ("number", "source", "id", "at (UTC)", "times", "error"), rows)
    shown = f"{len(rows)} of {render.counted(found.count, 'dead letter')}"
    render.show(
        console, render.plain(f"{shown}; look at one with: freshwire dead show NUMBER", "dim")
    )


@dead.command()
def show(
    number: Annotated[int, typer.Argument(min=1, max=2**63 - 1)], json: options.AsJson = False
) -> None:
    """Show one dead letter as it came."""
    letter = _one(settings(), number)
    from freshwire import render

    if json:
        render.print_json(letter.to_json())
        return
    console = render.screen()
    render.show(console, render.plain(letter.error, "bold red"))
    of = f"{letter.source} · {letter.id or 'no id'} · {render.clock(letter.at)} UTC"
    render.show(console, render.plain(f"{of} · came {render.counted(letter.times, 'time')}", "dim"))
    console.print()
    render.show(console, render.block(_pretty(letter.raw or "")))


@dead.command()
def replay(numbers: Numbers = None, all: All = False, json: options.AsJson = False) -> None:
    """Try to index dead letters again; what still fails stays. Exit 1 when any does."""
    _one_of_both(numbers, all)
    report = _replayed(settings(), numbers)
    from freshwire import render

    if json:
        render.print_json(report.to_json())
    else:
        counts = report.model_dump(exclude={"replayed", "dead"})
        parts = [f"{count} {name}" for name, count in counts.items() if count]
        parts += [f"{report.dead} still dead"] if report.dead else []
        console = render.screen()
        replayed = render.counted(report.replayed, "dead letter")
        render.show(
            console, render.plain(f"{replayed} replayed: {', '.join(parts) or 'nothing to do'}.")
        )
    if report.dead:
        raise typer.Exit(FAILED)


@dead.command()
def drop(numbers: Numbers = None, all: All = False, json: options.AsJson = False) -> None:
    """Remove dead letters for good."""
    _one_of_both(numbers, all)
    config = settings()
    dropped = _dropped(config, list(dict.fromkeys(numbers))) if numbers else _all_dropped(config)
    from freshwire import render

    if json:
        render.print_json(jsonlib.dumps({"dropped": dropped}))
    else:
        render.show(
            render.screen(), render.plain(f"{render.counted(dropped, 'dead letter')} dropped.")
        )
    if numbers and dropped < len(set(numbers)):
        raise Failed("some of these numbers are not there (any more); see: freshwire dead list")


def _one_of_both(numbers: "Sequence[int] | None", all: bool) -> None:
    if bool(numbers) == all:
        raise typer.BadParameter("give the numbers of dead letters, or --all")


def _latest(config: "Config", source: str, limit: int) -> "DeadList":
    with daemon_if_any(config) as client:
        if client is not None:
            return client.dead(source, limit)
    from freshwire.app import open_dead_letters
    from query.schema_operator import DeadList, DeadView

    box = open_dead_letters(config)
    try:
        letters = [DeadView.of(letter) for letter in box.latest(source=source, limit=limit)]
        return DeadList(letters=letters, count=box.count())
    finally:
        box.close()


def _one(config: "Config", number: int) -> "DeadView":
    with daemon_if_any(config) as client:
        if client is not None:
            return client.dead_show(number)
    from freshwire.app import open_dead_letters
    from query.schema_operator import DeadView

    box = open_dead_letters(config)
    try:
        letter = box.show(number)
    finally:
        box.close()
    if letter is None:
        raise Failed(f"there is no dead letter {number}; see: freshwire dead list")
    return DeadView.of(letter, with_raw=True)


def _replayed(config: "Config", numbers: "Sequence[int] | None") -> "DeadReplay":
    """What became of these letters, or of all."""
    with daemon_if_any(config) as client:
        if client is not None:
            return client.dead_replay(numbers)
    from freshwire.app import open_worker
    from freshwire.clock import utc_now
    from freshwire.embedded import pumped
    from indexer import Report
    from indexer.deadletter import DeadLetterSource
    from query.schema_operator import DeadReplay

    with opened(config, open_worker) as worker:
        box = worker.reader.dead
        chosen = list(numbers or [letter.number for letter in box.latest(limit=MOST)])
        report = Report()
        for start in range(0, len(chosen), REPLAYED):
            part = chosen[start : start + REPLAYED]
            report += pumped(DeadLetterSource(box, part, now=utc_now), worker)
        return DeadReplay.of(report)


def _all_dropped(config: "Config") -> int:
    dropped = 0
    while letters := _latest(config, "", LISTED).letters:
        dropped += _dropped(config, [letter.number for letter in letters])
    return dropped


def _dropped(config: "Config", numbers: "Sequence[int]") -> int:
    parts = [numbers[start : start + DROPPED] for start in range(0, len(numbers), DROPPED)]
    with daemon_if_any(config) as client:
        if client is not None:
            return sum(client.dead_drop(part).dropped for part in parts)
    from freshwire.app import open_dead_letters

    box = open_dead_letters(config)
    try:
        return box.drop(numbers)
    finally:
        box.close()


def _pretty(raw: str) -> str:
    """JSON laid out for people; anything else as it came."""
    try:
        return jsonlib.dumps(jsonlib.loads(raw), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return raw
