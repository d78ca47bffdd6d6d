"""What reaches a terminal: nothing of a stranger's but words."""

import io
import json
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from freshwire import render, render_answer, render_status
from freshwire.plaintext import safe_json, safe_line, safe_text, safe_url
from query.schema import AskCitation, AskResponse, SearchHit, SearchResponse, SearchWindow
from query.schema_item import ItemResponse, ItemVersion
from query.schema_operator import NewestItem, ProblemView, SourceView, Status

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m [bold red]markup[/] :bomb: \u202eevil\u202c"
    "\x9b31m\u2066iso\u2069\x07\x08\r\nnext\u200bline\U000e0041"
    " \x1bP+q\x1b\\ [link=x]y[/link]"
)
HALF_A_PAIR = "\ud800"
WINDOW = SearchWindow(
    at=AT,
    since=None,
    until=None,
    as_of=None,
    known_at=None,
    question="",
    narrowed=False,
    recency="",
    note=HOSTILE,
    words=f"items {HOSTILE}",
)


def console(width: int = 100, *, terminal: bool = False) -> Console:
    """A console that writes into memory."""
    return Console(
        file=io.StringIO(),
        width=width,
        force_terminal=terminal,
        color_system="truecolor" if terminal else None,
        markup=False,
        emoji=False,
        highlight=False,
    )


def written(of: Console) -> str:
    """What was written on the console."""
    assert isinstance(of.file, io.StringIO)
    return of.file.getvalue()


def answer(
    text: str = HOSTILE + HALF_A_PAIR, url: str = "https://example.org/a", **more: object
) -> AskResponse:
    """An answer of which every text is `text`."""
    citation = AskCitation(
        n=1,
        source="wire",
        id=text,
        title=text,
        url=url,
        published=AT - timedelta(days=400),
        date_quality="exact",
        age_seconds=400 * 86400.0,
        quote=text,
    )
    facts: dict[str, object] = {
        "question": text,
        "answer": f"{text} [1]",
        "verdict": "stale",
        "reason": f"the newest evidence was published 13 months ago {text}",
        "citations": [citation],
        "window": WINDOW,
        "newest": citation.published,
        "asked": AT,
        "quotes": [],
        "note": text,
        "timings": {},
        "took_ms": 12.0,
    }
    return AskResponse.model_validate(facts | more)


def hits(text: str = HOSTILE, url: str = "https://example.org/a") -> SearchResponse:
    """One hit of which every text is `text`."""
    hit = SearchHit(
        source="wire",
        id=text,
        ordinal=0,
        title=text,
        url=url,
        text=text,
        published=AT,
        updated=None,
        date_quality="day",
        age_seconds=86400.0,
        score=0.5,
        relevance=0.5,
        recency=1.0,
        story="",
        kind="news",
        class_="news",
        language="",
        why={"reason": text, "decay": 0.5},
    )
    return SearchResponse(hits=[hit], window=WINDOW, timings={}, took_ms=3.0)


def versions(text: str = HOSTILE) -> ItemResponse:
    """An item with one version of which every text is `text`."""
    version = ItemVersion(
        version="1",
        title=text,
        text=text,
        url=text,
        published=AT,
        updated=None,
        observed=AT,
        published_raw=text,
        date_quality="assumed",
    )
    return ItemResponse(source="wire", id=text, versions=[version])


def state(text: str = HOSTILE) -> Status:
    """A status of which every text is `text`."""
    newest = NewestItem(
        source="wire",
        id=text,
        title=text,
        published=AT,
        date_quality="exact",
        indexed=AT,
        age_seconds=10,
    )
    return Status(
        ready=True,
        version="1",
        at=AT,
        uptime_seconds=7200,
        home="/home",
        points={"current": 3},
        pending=0,
        dead_letters=0,
        sources={"ok": 1},
        failing=[],
        next_poll=AT + timedelta(minutes=5),
        newest=newest,
        problems=[ProblemView(what=text, do=text)],
    )


def shown(kind: str, on: Console, text: str = HOSTILE) -> str:
    """One kind of screen with `text` in all its places."""
    if kind == "answer":
        render_answer.show_answer(on, answer(text))
    elif kind == "hits":
        render_answer.show_hits(on, hits(text))
    elif kind == "history":
        render_answer.show_history(on, versions(text))
    else:
        render_status.show_status(on, state(text))
    return written(on)


KINDS = pytest.mark.parametrize("kind", ["answer", "hits", "history", "status"])


@KINDS
def test_nothing_of_an_item_steers_the_terminal(kind: str) -> None:
    """No control or bidirectional character of an item's text comes through."""
    text = shown(kind, console())

    assert "red" in text and "evil" in text
    assert {unicodedata.category(c) for c in text if c != "\n"}.isdisjoint({"Cc", "Cf", "Cs"})


@KINDS
def test_markup_in_an_item_is_shown_and_not_obeyed(kind: str) -> None:
    """Square brackets and emoji codes are words like any others."""
    text = " ".join(shown(kind, console(width=2_000)).split())

    assert "[bold red]markup[/] :bomb:" in text
    assert "[link=x]y[/link]" in text


@KINDS
def test_on_a_terminal_the_only_sequences_are_ours(kind: str) -> None:
    """With colours on, what is left without our styles is what a pipe would get."""
    text = shown(kind, console(terminal=True))

    assert "\x1b]0;" not in text and "\x1b[2J" not in text and "\x1b[31m" not in text
    assert "\x1b" in text
    assert "\x07" not in text and "\u202e" not in text


@KINDS
@pytest.mark.parametrize("width", [24, 40])
def test_narrow_terminals_get_whole_words(kind: str, width: int) -> None:
    """No line but that of an address is wider than the terminal."""
    text = shown(kind, console(width), "A sentence of quite ordinary words that has to be wrapped.")

    wide = [line for line in text.splitlines() if len(line.rstrip()) > width and "://" not in line]
    assert [] == wide


def test_an_address_stays_in_one_piece() -> None:
    """An address can be copied from a narrow terminal and from a pipe."""
    url = "https://example.org/" + "long/" * 30

    on = console(40)
    render_answer.show_answer(on, answer("text", url))

    assert url in written(on)


def test_titles_are_links_where_the_address_can_be_trusted() -> None:
    """Only http and https addresses without odd characters are linked."""
    good, bad = console(terminal=True), console(terminal=True)
    render_answer.show_answer(good, answer("text", "https://example.org/a"))
    render_answer.show_answer(bad, answer("text", "javascript:alert(1)"))

    assert "https://example.org/a\x1b\\" in written(good)
    assert "javascript" not in written(bad)


def test_an_answer_says_how_old_it_is() -> None:
    """Verdict, reason, and the citation's date and age in words are there."""
    on = console(200)
    render_answer.show_answer(on, answer("Rates stood still."))

    text = written(on)
    assert "Rates stood still. [1]" in text
    assert "wire · 25 January 2025, 13 months ago" in text
    assert "STALE  The newest evidence was published 13 months ago" in text


def test_the_newest_evidence_is_dated_even_when_the_reason_does_not() -> None:
    """The age of the newest evidence never depends on the wording of the reason."""
    on = console(200)
    render_answer.show_answer(on, answer("Rates.", reason="sources disagree"))

    assert "Newest evidence: 25 January 2025, 13 months ago." in written(on)


@pytest.mark.parametrize(
    ("seconds", "quality", "words"),
    [
        (90.0, "exact", "1 March 2026, 12:00 UTC, 1 minute ago"),
        (86400.0, "day", "1 March 2026, yesterday"),
        (86400.0 * 60, "exact", "1 March 2026, 60 days ago"),
        (60.0 * 5, "assumed", "undated, seen 1 March 2026, 5 minutes ago"),
    ],
)
def test_dates_come_with_their_age(seconds: float, quality: str, words: str) -> None:
    """The day, the minute while it matters, and how long ago that was."""
    assert words == render.dated(AT, seconds, quality)


@given(st.text())
def test_safe_text_holds_nothing_invisible(text: str) -> None:
    """Whatever comes in, no control, no override, no half of a surrogate pair comes out."""
    safe = safe_text(text)

    assert not [c for c in safe if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
    assert not set(safe) & set("\u200b\u200e\u202a\u202e\u2066\u2069\ufeff\xad")
    assert "\n" not in safe_line(text)


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Mn"])))
def test_ordinary_text_is_left_alone(text: str) -> None:
    """Letters of any script, signs and emoji come through as they are."""
    assert text.replace("\ufffe", "").replace("\uffff", "") == safe_text(text)


def test_joiners_of_scripts_and_emoji_stay() -> None:
    """Persian and family emoji need their zero-width joiners."""
    assert "می\u200cخواهم 👨\u200d👩\u200d👧" == safe_text("می\u200cخواهم 👨\u200d👩\u200d👧")


def test_piled_up_marks_are_cut() -> None:
    """Combining marks cannot climb over other lines."""
    assert len(safe_text("a" + "\u0301" * 500)) < 10


@given(st.dictionaries(st.text(max_size=5), st.text()))
def test_json_means_the_same_and_cannot_steer(values: dict[str, str]) -> None:
    """The document is read back as it was; no raw control character is in it."""
    values = {k.encode("utf-8", "replace").decode(): v for k, v in values.items()}

    document = safe_json(json.dumps(values, ensure_ascii=False))

    assert values == json.loads(document)
    assert not set(document) & set("\x1b\x9b\x7f\u202e\u2066\u200b")


@pytest.mark.parametrize(
    "url",
    ["javascript:x", "https://a b", "http://a/\x1b[2J", "https://a/\u202e", "file:///etc", ""],
)
def test_odd_addresses_are_not_linked(url: str) -> None:
    """What is no plain web address is not offered to click."""
    assert "" == safe_url(url)


@KINDS
def test_no_line_ends_in_white_space(kind: str) -> None:
    """What is piped, copied or kept in a file holds no blanks that nobody sees."""
    words = "the bridge over the river was closed after an inspection " * 5
    for width in range(60, 100, 3):
        lines = shown(kind, console(width), words).splitlines()
        assert lines == [line.rstrip() for line in lines]


def test_a_table_in_a_pipe_has_no_padding_at_the_end() -> None:
    """The last column is as wide as its words."""
    on = console(100)
    render.table(on, ("name", "next"), [("a", "in 2 hours"), ("b", "now")])
    assert written(on).splitlines() == ["name  next", "a     in 2 hours", "b     now"]


def test_many_failing_sources_fit_one_screen() -> None:
    """With 24 feeds out of reach the first few and a count are shown, in 24 lines of 80."""
    failing = [
        SourceView(
            name=f"feed-{n}",
            url=f"https://feed-{n}.example.org/rss",
            kind="feed",
            origin="default",
            **{"class": "news"},
            labels=[],
            language="",
            region="",
            last_success=None,
            last_new=None,
            failures=3,
            missed=0,
            health="failing",
            error=f"feed-{n}.example.org cannot be resolved",
            next_poll=AT + timedelta(minutes=3),
        )
        for n in range(20)
    ]
    sources = {"failing": 24, "ok": 4}
    on = console(80)
    found = state("none can be reached").model_copy(update={"failing": failing, "sources": sources})
    render_status.show_status(on, found)
    lines = written(on).splitlines()
    assert len(lines) <= 24
    assert any("feed-0.example.org" in line for line in lines)
    assert "and 21 more: freshwire sources list" in lines


def test_a_withdrawn_version_without_words_is_named() -> None:
    """A tombstone has neither title nor text; its line says so."""
    on = console()
    gone = versions("").versions[0].model_copy(update={"withdrawn": True})
    render_answer.show_history(on, ItemResponse(source="wire", id="a", versions=[gone]))
    assert "1. no title (withdrawn)" in written(on)
