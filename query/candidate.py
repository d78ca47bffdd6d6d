"""The sentences of the evidence that are worth a closer look, by their words alone. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from query.event import has_date, kind_of
from query.hit import Hit
from query.intent import Intent
from query.sentences import SENTENCE_CHARS, shortened, split
from query.words import coverage, terms

#: Sentences embedded per question; each costs about 3 ms on one core.
EMBEDDED = 16

#: A hit this near to the most relevant one may hold the newest value.
NEAR = 0.5

#: Share of a sentence's own words in its word score; the rest is its chunk's, headline included.
W_OWN = 0.7

#: Only this much of a question is read for the office that it asks about, in characters.
QUESTION_CHARS = 200

_OFFICE = re.compile(
    r"^\W*who(?:'s|\u2019s| is| was)(?: the)?(?: current| new)? ([\w-]+) (?:of|at)\b", re.IGNORECASE
)


class Candidate(NamedTuple):
    """A sentence or headline, the index of its hit, its terms, and how they meet the question."""

    text: str
    hit: int
    words: frozenset[str]
    headline: bool
    words_score: float


def candidates_of(hits: Sequence[Hit], weights: Mapping[str, float]) -> list[Candidate]:
    """Every sentence and headline, rated by its own words and, for less, those around it."""
    found = []
    for index, hit in enumerate(hits):
        around = coverage(weights, frozenset(terms(hit.chunk.embedded_text)))
        texts = [(text, False) for text in split(hit.chunk.text)]
        if hit.chunk.title:
            texts.append((hit.chunk.title, True))
        for text, headline in texts:
            words = frozenset(terms(text))
            if len(words) >= 3:
                rated = W_OWN * coverage(weights, words) + (1 - W_OWN) * around
                text = shortened(text, SENTENCE_CHARS)
                found.append(Candidate(text, index, words, headline, rated))
    return found


def of_office(candidates: Sequence[Candidate], question: str) -> Sequence[Candidate]:
    """For "who is the chair of ..." those that name the office, if any do; else all."""
    asked = _OFFICE.search(question[:QUESTION_CHARS])
    office = frozenset(terms(asked.group(1))) if asked else frozenset[str]()
    return [one for one in candidates if office and office <= one.words] or candidates


def nearest(
    candidates: Sequence[Candidate],
    hits: Sequence[Hit],
    meant: Intent,
    kind: frozenset[str] = frozenset(),
) -> list[Candidate]:
    """The candidates that are worth embedding, by their words and their chunk's score.

    For a value half of the places go to the best sentence of each of the newest near hits, for
    the last event of a kind (see `kind_of`) to those that state one, by preference with its date.
    """
    best = max((hit.score for hit in hits), default=0.0) or 1.0
    ranked = sorted(candidates, key=lambda one: -one.words_score - hits[one.hit].score / best)
    chosen: list[Candidate] = []
    if meant.shape in ("value", "last"):
        top = max((hit.relevance for hit in hits), default=0.0)
        near = {i: hit for i, hit in enumerate(hits) if hit.relevance >= NEAR * top}
        for index in sorted(near, key=lambda i: near[i].chunk.published, reverse=True):
            own = [one for one in ranked if one.hit == index]
            if kind:
                own = [one for one in own if kind_of(one.words) == kind]
                own.sort(key=lambda one: not has_date(one.text))
            chosen += own[:1]
        chosen = chosen[: EMBEDDED // 2]
    chosen += [one for one in ranked if one not in chosen]
    return chosen[:EMBEDDED]
