"""How the state of a running daemon looks in a terminal: one screen."""

from datetime import timedelta

from rich.console import Console
from rich.text import Text

from freshwire import render
from query.ages import span_words
from query.schema_operator import SourceView, Status

#: Failing sources that are shown each; with more the whole would not fit on one screen.
FAILING = 3

#: What the parts of the index hold, in words.
PARTS = {
    "current": "current passages",
    "history": "older ones",
    "ledger": "quotes and tombstones",
}


def show_status(console: Console, found: Status) -> None:
    """Is it well, how fresh, what is wrong, what to do."""
    word, state = "good", "Freshwire is well."
    if found.problems:
        word, state = "note", "Freshwire answers, but not all is well."
    if not found.ready:
        word, state = "wrong", "Freshwire is not ready to answer."
    render.show(console, Text.assemble(render.badge(word), f" {state}"))
    for name, fact in _facts(found).items():
        render.print_labelled(console, Text(f"{name:<13}", "dim"), render.plain(fact))
    for source in found.failing[:FAILING]:
        _show_failing(console, source, found)
    failing = sum(found.sources.get(health, 0) for health in ("failing", "gone"))
    if more := max(failing, len(found.failing)) - len(found.failing[:FAILING]):
        render.show(console, render.plain(f"and {more:,} more: freshwire sources list", "dim"))
    for problem in found.problems:
        render.show(console, render.plain(f"! {problem.what}", "bold yellow"))
        render.print_indented(console, render.plain(f"→ {problem.do}"), 2)


def _facts(found: Status) -> dict[str, str]:
    newest = "nothing is indexed yet"
    if found.newest is not None:
        item = found.newest
        when = render.dated(item.published, item.age_seconds, item.date_quality)
        newest = f"{when}: {item.title or item.id} ({item.source})"
    sources = ", ".join(f"{count} {health}" for health, count in sorted(found.sources.items()))
    index = ", ".join(f"{count:,} {PARTS.get(part, part)}" for part, count in found.points.items())
    up = span_words(timedelta(seconds=found.uptime_seconds))
    return {
        "newest item": newest,
        "sources": sources or "none",
        "next poll": render.ago(found.next_poll, found.at, "none is planned"),
        "waiting": render.counted(found.pending, "pushed item"),
        "dead letters": f"{found.dead_letters:,}",
        "index": index,
        "running": f"for {up}, version {found.version}, on {found.home}",
    }


def _show_failing(console: Console, source: SourceView, found: Status) -> None:
    line = render.plain(source.health, render.COLOURS.get(source.health, "red"))
    render.show(console, Text.assemble(line, " ", render.plain(source.name, "bold")))
    again = render.ago(source.next_poll, found.at, "not again")
    why = f"{source.error or 'no reason is known'} (next try: {again})"
    render.print_indented(console, render.plain(why), 2)
