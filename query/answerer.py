"""Extractive answers: sentences of the evidence itself, chosen for a question.

hits ─► sentences ─► nearest by words ─► embedded ─► scored ─► one value | facts | a story
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from indexer.embedder import Embedder, Vectors
from query.candidate import Candidate, candidates_of, nearest, of_office
from query.event import has_date, kind_of
from query.hit import Hit
from query.intent import Intent
from query.period import undated
from query.sentences import shortened
from query.words import coverage, rarity, terms

#: Parts of a sentence's score: meaning, words, and how well its chunk did.
W_COSINE, W_WORDS, W_CHUNK = 0.5, 0.35, 0.15

#: A headline says less than a sentence of the text; a sentence without a figure says less when a
#: figure was asked for.
HEADLINE_COST, NO_FIGURE_COST = 0.05, 0.1

#: Sentences this close to the best state the same thing, and for a value the newest of them
#: decides. For the last event of a kind, raised and lowered must not be mixed up.
SAME_THING, SAME_EVENT = 0.75, 0.85

#: Figures of one source that come this near to the question, as a share of the best cosine, are a
#: series, and its newest decides however it is worded.
SERIES = 0.65

#: Sentences below this share of the best score or cosine stay out of any answer.
ENOUGH, ENOUGH_COSINE = 0.7, 0.6

#: Two sentences say the same when they share this much of the longer one's words, or nearly all
#: of the shorter one's, or are this near in meaning; and only with the same figures.
ALIKE, WITHIN, ALIKE_COSINE = 0.6, 0.8, 0.85

#: What is published within this time of the newest evidence belongs to it.
TOGETHER = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of an answer and the hits, by index, in which it stands; the first is its own."""

    text: str
    hits: tuple[int, ...]
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """An answer in the words of its sources.

    `cosine` and `coverage` say how near these sentences and those that say as much come to the
    question: the best cosine, and the greatest share of its words, weighted by rarity, in a hit.
    """

    sentences: tuple[Sentence, ...] = ()
    cosine: float = 0.0
    coverage: float = 0.0


class _Scored(NamedTuple):
    candidate: Candidate
    score: float
    cosine: float
    vector: Vectors


class Extractor:
    """Answers from the hits alone, without a language model. Safe to call from several threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def extract(self, question: str, hits: Sequence[Hit], meant: Intent) -> Extract:
        """One to four sentences that answer `question`, in the order in which to read them.

        For a value the newest evidence comes first and alone; a story is told oldest to newest.
        """
        question = undated(question, meant.period)  # met by dates of the evidence, not by words
        asked = terms(question)
        held = [frozenset(terms(hit.chunk.embedded_text)) for hit in hits]
        weights = rarity(asked, held)
        kind = kind_of(asked) if meant.shape == "last" else frozenset()
        candidates = nearest(of_office(candidates_of(hits, weights), question), hits, meant, kind)
        if not candidates:
            return Extract()
        target = self._embedder.embed_question(question)
        # one by one on purpose: a batch would wait behind the indexer's
        vectors = np.stack([self._embedder.embed_question(one.text) for one in candidates])
        cosines = vectors @ target
        best = max(hit.score for hit in hits) or 1.0
        scored = [
            _Scored(
                one,
                _score(one, float(cosine), hits[one.hit].score / best, meant),
                float(cosine),
                vector,
            )
            for one, cosine, vector in zip(candidates, cosines, vectors, strict=True)
        ]
        chosen, alike = _chosen(scored, hits, meant, kind)
        chosen = _in_full(chosen, scored)
        return Extract(
            sentences=tuple(_cited(one, scored, hits) for one in chosen),
            cosine=max((one.cosine for one in alike), default=0.0),
            coverage=max(
                (coverage(weights, held[one.candidate.hit]) for one in alike), default=0.0
            ),
        )


def _in_full(chosen: Sequence[_Scored], scored: Sequence[_Scored]) -> list[_Scored]:
    """The same, each headline replaced by the sentence below it that says as much."""
    full = [
        next(
            (
                other
                for other in sorted(scored, key=lambda other: -other.score)
                if one.candidate.headline
                and not other.candidate.headline
                and other.candidate.hit == one.candidate.hit
                and _supports(other, one)
            ),
            one,
        )
        for one in chosen
    ]
    spoken = {one.candidate.hit for one in full if not one.candidate.headline}
    once = {one.candidate.text: one for one in full}.values()
    return [one for one in once if not one.candidate.headline or one.candidate.hit not in spoken]


def _score(one: Candidate, cosine: float, chunk: float, meant: Intent) -> float:
    score = W_COSINE * max(0.0, cosine) + W_WORDS * one.words_score + W_CHUNK * chunk
    if one.headline:
        score -= HEADLINE_COST
    if meant.figure and not _has_figure(one.text):
        score -= NO_FIGURE_COST
    return max(0.0, score)


def _chosen(
    scored: Sequence[_Scored], hits: Sequence[Hit], meant: Intent, kind: frozenset[str]
) -> tuple[list[_Scored], list[_Scored]]:
    """The sentences of the answer, and all that say as much."""
    best = max(scored, key=lambda one: one.score)
    if best.score <= 0:
        return [], []
    top = max(one.cosine for one in scored)
    near = [one for one in scored if one is best or one.cosine >= ENOUGH_COSINE * top]
    if meant.shape in ("value", "last"):
        sources = [hit.chunk.key.source for hit in hits]
        same = [one for one in near if kind and kind_of(one.candidate.words) == kind]
        same = same or [one for one in near if _same(one, best, sources, meant)]
        newest = max(hits[one.candidate.hit].chunk.published for one in same)
        recent = [
            one for one in same if newest - hits[one.candidate.hit].chunk.published <= TOGETHER
        ]
        if meant.shape == "last":
            recent = [one for one in recent if has_date(one.candidate.text)] or recent
        return _diverse(recent, count=2 if meant.figure else 3, enough=0.9), same
    story = meant.shape == "story"
    chosen = _diverse(near, count=4 if story else 3, enough=ENOUGH)
    if story:
        chosen.sort(key=lambda one: hits[one.candidate.hit].chunk.published)
    return chosen, chosen


def _same(one: _Scored, best: _Scored, sources: Sequence[str], meant: Intent) -> bool:
    """Whether a sentence states what the best one states, be it another value."""
    if meant.shape == "last":
        return one.score >= SAME_EVENT * best.score
    series = (
        meant.figure
        and sources[one.candidate.hit] == sources[best.candidate.hit]
        and one.cosine >= SERIES * best.cosine
        and _has_figure(one.candidate.text)
    )
    return series or one.score >= SAME_THING * best.score


def _has_figure(text: str) -> bool:
    return any(letter.isdigit() for letter in text)


def _diverse(scored: Sequence[_Scored], *, count: int, enough: float) -> list[_Scored]:
    """Maximal marginal relevance (Carbonell & Goldstein 1998), best first."""
    left = sorted(scored, key=lambda one: -one.score)
    if not left:
        return []
    floor = enough * left[0].score
    chosen = [left.pop(0)]
    while left and len(chosen) < count:
        margins = [
            0.7 * one.score - 0.3 * max(float(one.vector @ other.vector) for other in chosen)
            for one in left
        ]
        one = left.pop(int(np.argmax(margins)))
        if one.score >= floor and not any(_supports(other, one) for other in chosen):
            chosen.append(one)
    return chosen


def _cited(one: _Scored, scored: Sequence[_Scored], hits: Sequence[Hit]) -> Sentence:
    """The sentence with its own hit and up to two others that say the same at about the time."""
    own = hits[one.candidate.hit].chunk
    others = []
    for other in scored:
        index = other.candidate.hit
        near = abs(hits[index].chunk.published - own.published) <= TOGETHER
        if index != one.candidate.hit and index not in others and near and _supports(other, one):
            others.append(index)
    return Sentence(text=one.candidate.text, hits=(one.candidate.hit, *others[:2]), score=one.score)


def _supports(other: _Scored, one: _Scored) -> bool:
    """Whether `other` says what `one` says, with the same figures."""
    first, second = one.candidate.words, other.candidate.words
    figures = {word for word in first if word[0].isdigit()}
    shared, sizes = len(first & second), (len(first), len(second))
    alike = shared >= ALIKE * max(sizes) or float(one.vector @ other.vector) >= ALIKE_COSINE
    return figures <= second and (alike or shared >= WITHIN * min(sizes))


def within_licence(extract: Extract, hits: Sequence[Hit]) -> Extract:
    """The extract with each source's text cut to what its licence lets be quoted, in characters."""
    kept, used = [], dict[int, int]()
    for sentence in extract.sentences:
        own = sentence.hits[0]
        allowed = hits[own].chunk.may_quote
        text = sentence.text
        if allowed is not None:
            text = shortened(text, max(0, allowed - used.get(own, 0)))
            used[own] = used.get(own, 0) + len(text)
        if text:
            kept.append(replace(sentence, text=text))
    return replace(extract, sentences=tuple(kept))
