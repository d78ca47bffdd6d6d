"""Splitting: nothing of a text is lost, no passage is longer than the model reads."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from indexer.split import PASSAGE_CHARS, PASSAGE_TOKENS, TOKENIZER, TokenSplitter

SPLITTER = TokenSplitter()
COUNTER = Tokenizer.from_file(str(TOKENIZER))
COUNTER.no_truncation()
COUNTER.no_padding()

#: What real and hostile texts are made of; hypothesis strings them together and repeats them.
PIECES = st.sampled_from(
    [
        "The committee left rates unchanged. ",
        "Die Notenbank senkt den Leitzins, wie erwartet.\n\n",
        "한국어 뉴스 ",
        "中央银行下调利率。",
        "मौद्रिक नीति समिति ",
        "x" * 300,
        "a\u0301" * 50,
        "\U0001f3f3\ufe0f\u200d\U0001f308",
        "\u202e\u2066",
        "\x00\x1b[31m",
        "\r\n",
        " " * 900,
        "\u200b" * 40,
        "1.234,56 € ",
        "[CLS] [SEP] ",
        "\ud800",
        "((((",
    ]
)
texts = st.one_of(
    st.text(max_size=400),
    st.lists(st.tuples(PIECES, st.integers(1, 40)), max_size=8).map(
        lambda parts: "".join(piece * count for piece, count in parts)
    ),
)


def tokens(text: str) -> int:
    """How many tokens the model sees, without its own marks."""
    return len(COUNTER.encode(text, add_special_tokens=False).ids)


@settings(max_examples=150, deadline=None)
@given(text=texts)
@example(text="한국어 " * 50)
@example(text="word " * 3_000)
@example(text=" " * 5_000 + "late words")
def test_passages_together_are_the_text_and_each_fits_the_model(text: str) -> None:
    """Laid end to end the passages are the text; none has more tokens than the limit."""
    passages = SPLITTER.split(text)

    storable = text.encode("utf-8", "replace").decode()
    if text.strip():
        assert storable == "".join(passage.text for passage in passages)
    else:
        assert [] == passages
    place = 0
    for passage in passages:
        assert (place, place + len(passage.text)) == (passage.start, passage.end)
        assert passage.text.strip()
        assert tokens(passage.text) <= PASSAGE_TOKENS
        place = passage.end


def test_places_count_the_characters_of_the_text_as_it_came() -> None:
    """A lone surrogate, shown as a question mark, does not move what comes after it."""
    text = "before \ud800 after. " * 100

    for passage in SPLITTER.split(text):
        assert text[passage.start : passage.end].replace("\ud800", "?") == passage.text


def test_a_text_is_cut_where_a_reader_would() -> None:
    """Paragraphs that fit stay whole; a short text is one passage."""
    paragraphs = [f"{word} " * 100 for word in ("one", "two", "three")]

    passages = SPLITTER.split("\n\n".join(paragraphs))

    assert paragraphs == [passage.text.strip("\n") for passage in passages]
    assert [(0, 6, "Short.")] == SPLITTER.split("Short.")


def test_equal_text_is_cut_equally() -> None:
    """Splitting is a function of the text, or else unchanged passages would be embedded again."""
    text = "The committee left rates unchanged, as expected by most. " * 60

    assert SPLITTER.split(text) == TokenSplitter().split(text)
    assert all(len(p.text) <= PASSAGE_CHARS for p in SPLITTER.split(text))
