"""Sentences of news text, found by rule."""

import re

#: Longest sentence that is kept whole, in characters; what is longer is mostly not prose.
SENTENCE_CHARS = 420

_TITLES = "mr mrs ms dr prof gen sen rep gov sgt capt lt col st rev hon jr sr messrs"
_OTHERS = "vs etc inc ltd co corp no nos vol fig approx est al dept univ eq ca cf"
_MONTHS = "jan feb mar apr jun jul aug sep sept oct nov dec"
_ABBREVIATIONS = frozenset(f"{_TITLES} {_OTHERS} {_MONTHS}".split())

#: A full stop and what may close with it, white space, and a character that can begin a sentence;
#: 3.50 and U.S.-led have no white space, so they are never cut. CJK full stops need none.
#: A run of stops is tried once, at its start, or a line of dots would take quadratic time.
_END = re.compile(
    r"(?<![.!?\u2026])[.!?\u2026]++[\"'\u201d\u2019)\]]*+(?=\s+[\"'\u201c\u2018(\[]*[^\W_a-z])|[\u3002\uff01\uff1f]"
)
_LAST_WORD = re.compile(r"([^\W\d_]+(?:\.[^\W\d_]+)*)$")
_BREAK = re.compile(r"\n\s*\n|(?<=[.!?:;\"\u201d\u2019)])[ \t]*\n")


def split(text: str) -> list[str]:
    """The sentences in order, white space folded; nothing of the text but white space is lost."""
    return [
        sentence
        for paragraph in _BREAK.split(text)
        for sentence in _cut(" ".join(paragraph.split()))
    ]


def _cut(paragraph: str) -> list[str]:
    found, start = [], 0
    for match in _END.finditer(paragraph):
        if match.group() == "." and _is_abbreviation(paragraph[start : match.start()]):
            continue
        found.append(paragraph[start : match.end()].strip())
        start = match.end()
    found.append(paragraph[start:].strip())
    return [sentence for sentence in found if sentence]


def _is_abbreviation(before: str) -> bool:
    match = _LAST_WORD.search(before[-40:])
    if match is None:
        return False
    word = match.group()
    if len(word) == 1:
        return word.isupper() and word != "I"  # "J. Powell", and the last letter of "U.S."
    return "." in word or word.lower() in _ABBREVIATIONS


def shortened(text: str, limit: int) -> str:
    """The text in at most `limit` characters, cut between words and marked with an ellipsis."""
    if len(text) <= limit:
        return text
    if limit < 2:
        return ""
    cut = text[: limit - 1]
    return (cut.rsplit(None, 1)[0] if " " in cut.strip() else cut).rstrip(" ,;:") + "…"
