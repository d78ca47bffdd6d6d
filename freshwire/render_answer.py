"""How hits, answers and versions of an item look in a terminal."""

from collections.abc import Mapping
from datetime import datetime

from rich.console import Console
from rich.text import Text

from freshwire import render
from query.ages import age_words, day_words
from query.schema import AskCitation, AskResponse, SearchHit, SearchResponse
from query.schema_item import ItemResponse, ItemVersion

#: Characters of a passage that are shown; the whole of it is in the JSON.
PASSAGE_CHARS = 300


def show_answer(console: Console, answer: AskResponse) -> None:
    """The answer, what stands behind it, and whether it can be relied on today."""
    render.show(console, render.block(answer.answer, "bold" if answer.citations else ""))
    console.print()
    for citation in answer.citations:
        _show_citation(console, citation)
    render.show(console, Text.assemble(render.badge(answer.verdict), " ", _sentence(answer.reason)))
    if answer.newest is not None and "newest" not in answer.reason:
        render.show(
            console, render.plain(f"Newest evidence: {_aged(answer.newest, answer.asked)}.")
        )
    if answer.note:
        render.show(console, render.plain(_sentence(answer.note), "yellow"))
    render.show(console, _footer(answer.window.words, answer.took_ms))


def show_hits(console: Console, found: SearchResponse) -> None:
    """The hits, best first, and what was searched."""
    for place, hit in enumerate(found.hits, 1):
        _show_hit(console, place, hit)
    if not found.hits:
        render.show(console, render.plain("Nothing was found."))
    else:
        newest = max(found.hits, key=lambda hit: hit.published)
        age = render.dated(newest.published, newest.age_seconds, newest.date_quality)
        hits = render.counted(len(found.hits), "hit")
        render.show(console, render.plain(f"{hits}; the newest: {age}."))
    if found.window.note:
        render.show(console, render.plain(_sentence(found.window.note), "yellow"))
    render.show(console, _footer(found.window.words, found.took_ms))


def show_history(console: Console, item: ItemResponse) -> None:
    """Every version with its clocks, oldest first, the current one marked."""
    count = render.counted(len(item.versions), "version")
    render.show(console, render.plain(f"{item.source} · {item.id} · {count}", "dim"))
    for place, version in enumerate(item.versions, 1):
        console.print()
        _show_version(console, place, version)


def _show_hit(console: Console, place: int, hit: SearchHit) -> None:
    number = f"{place:>2}  "
    title = hit.title or hit.text[:80] or hit.id
    render.show(console, Text.assemble((number, "dim"), render.link(title, hit.url, "bold")))
    age = render.dated(hit.published, hit.age_seconds, hit.date_quality)
    render.print_indented(console, _facts(hit.source, age, f"score {hit.score:.3f}"), len(number))
    passage = hit.text.strip()
    if len(passage) > PASSAGE_CHARS:
        passage = passage[:PASSAGE_CHARS].rsplit(None, 1)[0] + " …"
    if passage:
        render.print_indented(console, render.plain(passage), len(number))
    render.print_url(console, hit.url, len(number))
    if hit.why is not None:
        why = render.plain(f"why: {_why(hit, hit.why)}", "cyan")
        render.print_indented(console, why, len(number))
    console.print()


def _why(hit: SearchHit, factors: Mapping[str, float | str]) -> str:
    """Each factor of the score, the score itself first."""
    parts = [f"{hit.score:.3f} = relevance {hit.relevance:.3f} × recency {hit.recency:.3f}"]
    for name, value in factors.items():
        shown = f"{value:.4g}" if isinstance(value, float) else str(value)
        parts.append(f"{name.replace('_', ' ')} {shown}")
    return " · ".join(parts)


def _show_citation(console: Console, citation: AskCitation) -> None:
    number = f"[{citation.n}] "
    title = citation.title or citation.quote[:80] or citation.id
    render.show(console, Text.assemble((number, "bold cyan"), render.link(title, citation.url)))
    age = render.dated(citation.published, citation.age_seconds, citation.date_quality)
    render.print_indented(console, _facts(citation.source, age), len(number))
    render.print_url(console, citation.url, len(number))
    console.print()


def _show_version(console: Console, place: int, version: ItemVersion) -> None:
    state = "current" if version.superseded is None else "replaced"
    if version.withdrawn:
        state = "withdrawn"
    title = render.link(version.title or version.text[:80] or "no title", version.url, "bold")
    colour = "green" if state == "current" else "yellow"
    render.show(console, Text.assemble((f"{place}. ", "dim"), title, (f" ({state})", colour)))
    clocks = {
        "published": version.published,
        "updated": version.updated,
        "observed": version.observed,
        "indexed": version.indexed,
        "superseded": version.superseded,
        "valid until": version.valid_until,
    }
    for name, at in clocks.items():
        if at is not None:
            judged = name == "published" and version.date_quality != "exact"
            note = f" ({_judged(version)})" if judged else ""
            line = Text.assemble((f"{name:<12}", "dim"), f"{render.clock(at)} UTC", Text(note))
            render.print_indented(console, line, 3)
    if version.url:
        render.print_url(console, version.url, 3)
    if version.text:
        render.print_indented(console, render.block(version.text), 3)


def _judged(version: ItemVersion) -> str:
    """How far the date can be relied on, and what the source wrote."""
    raw = render.plain(version.published_raw).plain
    return f"{version.date_quality}; given as {raw!r}" if raw else version.date_quality


def _facts(*facts: str) -> Text:
    return render.plain(" · ".join(facts), "dim")


def _footer(words: str, took_ms: float) -> Text:
    return render.plain(f"Searched {words} · {took_ms:.0f} ms", "dim")


def _aged(at: datetime, now: datetime) -> str:
    return f"{day_words(at)}, {age_words(at, now)}"


def _sentence(text: str) -> str:
    """Words of ours as a sentence, safe: they quote the question and names."""
    line = render.plain(text).plain
    return f"{line[:1].upper()}{line[1:]}{'' if line.endswith('.') else '.'}"
