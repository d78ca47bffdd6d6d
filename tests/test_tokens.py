"""Counting tokens by remembered words agrees with the tokenizer."""

from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from indexer.split import TOKENIZER
from indexer.tokens import TokenCounter

EXACT = Tokenizer.from_file(str(TOKENIZER))
EXACT.no_truncation()
EXACT.no_padding()
COUNTER = TokenCounter(EXACT)

TEXTS = st.text() | st.text(st.characters(min_codepoint=9, max_codepoint=126), max_size=300)


@given(st.lists(TEXTS, max_size=4))
def test_counts_are_those_of_the_tokenizer(texts: list[str]) -> None:
    """Any text has as many tokens as the tokenizer finds in it."""
    assert [len(EXACT.encode(text, add_special_tokens=False).ids) for text in texts] == (
        COUNTER.count(texts)
    )


def test_counts_of_real_prose_with_typographic_marks() -> None:
    """Quotes, dashes, abbreviations, figures and words longer than the vocabulary's."""
    texts = [
        "The Fed’s “target range” – 3.50–3.75 percent… isn't U.S.A.'s_only #1 rate@home.",
        "antidisestablishmentarianism " * 40 + "x" * 150,
    ]

    assert [len(EXACT.encode(t, add_special_tokens=False).ids) for t in texts] == (
        COUNTER.count(texts)
    )
