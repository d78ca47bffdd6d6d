"""Extractive answers: the right sentences, in the right order, each from its own source."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import prod

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.chunk import chunks_of
from indexer.embedder import HashingEmbedder
from query.answerer import Extract, Extractor, within_licence
from query.hit import Hit
from query.intent import read
from query.sentences import shortened, split
from query.words import coverage, rarity, terms
from tests.fakes import item
from tests.index_of import WholeText

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def hit(text: str, *, days: float = 1, score: float = 0.5, **rest: object) -> Hit:
    """A hit published `days` before NOW."""
    at = NOW - timedelta(days=days)
    made = item(f"{days}-{text[:20]}", text, published=at, observed=at, **rest)
    return Hit(chunks_of(made, "v", WholeText())[0], score, 1.0, score, NOW - at)


def answer(question: str, hits: Sequence[Hit]) -> list[str]:
    """The sentences that answer, in order."""
    extract = Extractor(HashingEmbedder()).extract(question, hits, read(question, asked=NOW))
    return [sentence.text for sentence in extract.sentences]


def test_a_value_comes_from_the_newest_that_states_it() -> None:
    """Of many decisions that read alike the newest decides, whatever its rank."""
    hits = [
        hit(f"The bank set the key rate at {n}.25 percent on a Thursday.", days=100 * n)
        for n in (3, 1, 5, 2, 4)
    ]

    assert answer("What is the key rate?", hits) == [
        "The bank set the key rate at 1.25 percent on a Thursday."
    ]


def test_newer_talk_about_something_else_does_not_displace_a_value() -> None:
    """News of today that shares a word is not the answer."""
    hits = [
        hit("The bank set the key rate at 1.25 percent on Thursday.", days=40),
        hit("The birth rate in the north fell again, doctors said.", days=1),
    ]

    assert answer("What is the key rate of the bank?", hits)[0].startswith("The bank set")


def test_a_story_is_told_oldest_to_newest() -> None:
    """What happened is told in the order in which it happened."""
    hits = [
        hit("Dockers at the port of Genoa ended their strike after a vote.", days=1),
        hit("Dockers at the port of Genoa began a strike over pay on Monday.", days=9),
        hit("The strike of dockers at the port of Genoa spread to the rail yard.", days=5),
    ]

    told = answer("What happened in the strike of dockers at the port of Genoa?", hits)

    assert [hits[1].chunk.text, hits[2].chunk.text, hits[0].chunk.text] == told


def test_what_two_sources_say_alike_is_said_once_and_cites_both() -> None:
    """A repeated sentence is dropped, its source is added; another figure is another statement."""
    hits = [
        hit("Dockers at the port of Genoa began a strike of 48 hours.", days=1.0),
        hit("Dockers at the port of Genoa began a strike of 48 hours!", days=1.1),
        hit("Dockers at the port of Genoa began a strike of 24 hours.", days=1.2),
    ]
    question = "strike of dockers at the port of Genoa"

    extract = Extractor(HashingEmbedder()).extract(question, hits, read(question, asked=NOW))

    assert sorted(set(sentence.hits) for sentence in extract.sentences) == [{0, 1}, {2}]


def test_the_last_event_is_the_newest_of_its_kind_in_any_words() -> None:
    """Lowered is cut, raised is not; the sentence with the date is preferred."""
    hits = [
        hit("The bank cut rates by half a point on 3 May 2024.", days=600),
        hit(
            "The bank lowered rates on 4 June 2025. Before the cut rates were at 2 percent.",
            days=200,
        ),
        hit("The bank raised rates on 5 January 2026.", days=50),
    ]

    assert answer("When did the bank last cut rates?", hits) == [
        "The bank lowered rates on 4 June 2025."
    ]


def test_who_holds_an_office_is_told_by_a_sentence_that_names_it() -> None:
    """Other news of the institution does not answer."""
    hits = [
        hit("Ann Lee was elected chair by the board.", days=90),
        hit("The Reserve Bank of Atlantis, the Reserve Bank, said it would buy bonds.", days=1),
    ]

    told = answer("Who is the chair of the Reserve Bank of Atlantis?", hits)

    assert told == [hits[0].chunk.text]


def test_nothing_to_answer_from_is_an_empty_extract() -> None:
    """No hits, or hits without sentences, answer nothing."""
    assert answer("What is the key rate?", []) == []
    assert answer("What is the key rate?", [hit("…", title="")]) == []


def test_a_licence_limits_what_is_quoted() -> None:
    """No more characters of a source than it lets be quoted; none where it allows none."""
    free = "Dockers at the port of Genoa began a strike of 48 hours."
    for allowed in (0, 20, 200):
        hits = [hit(free, may_quote=allowed)]
        question = "strike of dockers at the port of Genoa"
        extract = Extractor(HashingEmbedder()).extract(question, hits, read(question, asked=NOW))

        kept = within_licence(extract, hits)

        assert sum(len(sentence.text) for sentence in kept.sentences) <= allowed
        assert bool(kept.sentences) == (allowed > 0)


@given(st.lists(st.text(max_size=120), max_size=6), st.text(max_size=60))
@settings(max_examples=80, deadline=None)
def test_no_text_breaks_the_answer(texts: list[str], question: str) -> None:
    """Whatever stands in items and questions: 0 to 4 sentences, each cited by a hit there is."""
    hits = [hit(text or "x", days=n, title=text[:40]) for n, text in enumerate(texts)]

    found = Extractor(HashingEmbedder(16)).extract(question, hits, read(question, asked=NOW))

    assert isinstance(found, Extract)
    assert len(found.sentences) <= 4
    assert all(0 <= index < len(hits) for one in found.sentences for index in one.hits)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The range is 3.50 to 3.75 percent. It was 4.00 before.",
            ["The range is 3.50 to 3.75 percent.", "It was 4.00 before."],
        ),
        (
            "Mr. Powell met J. Smith of the U.S. Treasury. They spoke.",
            ["Mr. Powell met J. Smith of the U.S. Treasury.", "They spoke."],
        ),
        ("Acme Inc. rose 4.1 percent vs. Brent.", ["Acme Inc. rose 4.1 percent vs. Brent."]),
        ('He said "No." Then he left.', ['He said "No."', "Then he left."]),
        ("Really? Yes! Fine…", ["Really?", "Yes!", "Fine…"]),
        ("First line.\nSecond line\ngoes on.", ["First line.", "Second line goes on."]),
        ("Headline\n\nText.", ["Headline", "Text."]),
        ("利率为3.5%。下次会议在六月。", ["利率为3.5%。", "下次会议在六月。"]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    """Decimals, initials, abbreviations and quotations are not cut; CJK needs no space."""
    assert expected == split(text)


@given(st.text(max_size=300))
@settings(max_examples=150)
def test_splitting_loses_nothing_but_white_space(text: str) -> None:
    """All characters that are not white space come back, in order."""
    assert "".join("".join(split(text)).split()) == "".join(text.split())


@pytest.mark.timeout(5)
@pytest.mark.parametrize("unit", [".", "\n", ". ", "\n ", '."', "A.", '. "', "((", "\u3002"])
def test_splitting_takes_linear_time(unit: str) -> None:
    """A page of nothing but stops, brackets or line breaks is split in no time."""
    assert "".join("".join(split(unit * 100_000)).split()) == "".join((unit * 100_000).split())


@given(st.text(max_size=80), st.integers(0, 60))
@settings(max_examples=150)
@example(" 00", 2)
def test_shortened_text_fits(text: str, limit: int) -> None:
    """Never longer than allowed."""
    assert len(shortened(text, limit)) <= limit or text == shortened(text, limit)
    assert len(shortened(text, limit)) <= max(limit, 0)


def test_forms_of_a_word_meet() -> None:
    """Plurals and tenses count as the same word; figures stay as they are."""
    for forms in (("rate", "rates"), ("raise", "raised", "raising"), ("cut", "cutting", "cuts")):
        assert len({tuple(terms(form)) for form in forms}) == 1
    assert terms("What is the 3.50 percent?") == ["3.50", "percent"]


@given(st.lists(st.sampled_from("abcdef"), max_size=6), st.lists(st.text("abcdef"), max_size=5))
def test_coverage_is_a_share(asked: list[str], texts: list[str]) -> None:
    """Between 0 and 1, and 1 where all asked terms are held."""
    weights = rarity(asked, [frozenset(text) for text in texts])

    assert prod(weights.values(), start=1.0) > 0
    assert 0 <= coverage(weights, frozenset("abc")) <= 1
    assert coverage(weights, frozenset(asked)) == pytest.approx(1.0 if asked else 0.0)
