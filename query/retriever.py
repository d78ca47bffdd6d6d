"""Search: the question's intent, one engine query per window, one hit per item or story.

question ─► intent ─► [window | up to its end | everything] ─► store.search ─► group ─► hits
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter

from indexer.chunk import Chunk
from indexer.embedder import Embedder, Vectors
from indexer.store import Decay, Filters, Found, Scope, Search, Store
from query import intent
from query.hit import Hit
from query.period import undated
from query.recency import DECAYS, Mix, decay, recency, weighed
from query.request import SearchRequest, SearchResult
from query.window import Attempt, attempts, describe

#: Dense share and BM25 half-way point. 0.6 and 30 without recency: nDCG@10 .686 on 83 questions
#: over TIME 1963 (BM25 .612, dense .632); with 14 days at 0.5 on 112 news questions of 2022 hit@1
#: .634, hit@5 .902, MRR@10 .748. Below 20 every match saturates and recency alone decides.
MIX = Mix(dense=0.6, saturation=30.0)

#: Longest query that is read, in characters; the model reads about 1,000 of them.
QUERY_CHARS = 2_000

#: Candidates per lane, at least.
CANDIDATES = 100

#: A question's period is searched alone when its best hit is at least this relevant, compared
#: with the best one outside: a window full of something else is as good as empty.
WORTH = 0.7


@dataclass(frozen=True, slots=True)
class Ranking:
    """How hits are ranked: the mix of the lanes and the decay of each class."""

    mix: Mix = MIX
    decays: Mapping[str, Decay] = field(default_factory=lambda: DECAYS)


class Retriever:
    """Finds what answers a question, newest evidence weighed against relevance."""

    def __init__(
        self,
        store: Store,
        embedder: Embedder,
        *,
        now: Callable[[], datetime],
        ranking: Ranking | None = None,
    ) -> None:
        self.embedder = embedder
        self._store = store
        self._now = now
        self._ranking = ranking or Ranking()

    def search(self, request: SearchRequest, scope: Scope) -> SearchResult:
        """The best hits, at most `request.limit`. Raises Unavailable when the store cannot."""
        text = readable(request.query)
        wall = self._now()
        asked = request.asked(wall)
        meant = intent.read(text, asked=asked)
        tries = attempts(request, meant, asked)
        chosen = tries[-1]
        hits: tuple[Hit, ...] = ()
        started = perf_counter()
        vectors: dict[str, Vectors] = {}
        if re.search(r"\w", text):
            without = undated(text, meant.period)
            texts = [without if attempt.undated else text for attempt in tries]
            vectors = {text: self.embedder.embed_question(text) for text in dict.fromkeys(texts)}
        embedded = perf_counter()
        if vectors:
            questions = [(text, vectors[text]) for text in texts]
            chosen, hits = self._first_worth(request, tries, questions, scope)
        timings = {"embed": embedded - started, "search": perf_counter() - embedded}
        return SearchResult(
            hits=hits,
            window=describe(request, chosen, tries, self._decays(request, chosen)),
            intent=meant,
            asked=asked,
            timings={name: round(seconds * 1000, 3) for name, seconds in timings.items()},
        )

    def newest(self, request: SearchRequest, scope: Scope) -> Chunk | None:
        """The newest item that the request's filters let through, whatever it is about."""
        bounds = Attempt(request.since, request.until, request.asked(self._now()), 0.0)
        return self._store.newest(self._filters(request, bounds), scope)

    def _first_worth(
        self,
        request: SearchRequest,
        tries: Sequence[Attempt],
        questions: Sequence[tuple[str, Vectors]],
        scope: Scope,
    ) -> tuple[Attempt, tuple[Hit, ...]]:
        """The narrowest attempt whose best hit holds its own against those of wider ones."""
        results = [
            self._hits(request, attempt, question, scope)
            for attempt, question in zip(tries, questions, strict=True)
        ]
        best = [max((hit.relevance for hit in hits), default=0.0) for hits in results]
        for attempt, hits, top in zip(tries, results, best, strict=True):
            if hits and top >= WORTH * max(best):
                return attempt, hits
        return tries[-1], results[-1]

    def _hits(
        self,
        request: SearchRequest,
        attempt: Attempt,
        question: tuple[str, Vectors],
        scope: Scope,
    ) -> tuple[Hit, ...]:
        """One hit per item or story; asks for more while several chunks of one crowd others out."""
        decays = self._decays(request, attempt)
        limit = 2 * request.limit + 5
        while True:
            search = Search(
                text=question[0],
                vector=question[1],
                limit=limit,
                now=attempt.at,
                mix=self._ranking.mix.dense,
                saturation=self._ranking.mix.saturation,
                candidates=max(CANDIDATES, limit),
                filters=self._filters(request, attempt),
                decays=decays,
                explain=request.explain,
            )
            found = self._store.search(search, scope)
            best = _best_of_each(found, stories=request.stories)[: request.limit]
            if len(best) == request.limit or len(found) < limit or limit >= 1_600:
                break
            limit *= 4
        asked = request.asked(self._now())
        return tuple(_hit(one, attempt, decays, (asked, request.explain)) for one in best)

    def _filters(self, request: SearchRequest, attempt: Attempt) -> Filters:
        """The filters; those that everything passes are left out, as they cost 15 ms."""
        as_of = request.as_of
        return Filters(
            as_of=as_of if as_of and as_of < self._now() else None,
            known_at=request.known_at,
            since=attempt.since,
            until=attempt.until,
            sources=request.sources,
            kinds=request.kinds,
            regions=request.regions,
        )

    def _decays(self, request: SearchRequest, attempt: Attempt) -> Mapping[str, Decay]:
        if request.recency == "off":
            return {}
        if request.recency == "auto":
            return weighed(self._ranking.decays, attempt.multiplier)
        fixed = Decay(request.recency.half_life, request.recency.weight)
        classes = {"reference", *self._ranking.decays}
        return weighed(dict.fromkeys(classes, fixed), 1.0)


def readable(text: str) -> str:
    """The text as valid UTF-8, white space folded, cut to QUERY_CHARS."""
    valid = text[: 4 * QUERY_CHARS].encode("utf-8", "replace").decode("utf-8")
    return " ".join(valid.replace("\0", " ").split())[:QUERY_CHARS]


def _best_of_each(found: Sequence[Found], *, stories: bool) -> list[Found]:
    """The first of each story or item, in order."""
    best: dict[object, Found] = {}
    for one in found:
        key = one.chunk.story if stories and one.chunk.story else one.chunk.key
        best.setdefault(key, one)
    return list(best.values())


def _hit(
    found: Found,
    attempt: Attempt,
    decays: Mapping[str, Decay],
    shown: tuple[datetime, bool],
) -> Hit:
    chunk, (asked, explain) = found.chunk, shown
    fading = decays.get(chunk.class_)
    left = recency(chunk.published, attempt.at, fading)
    why: dict[str, float | str] = {}
    if explain:
        for lane, (rank, score) in found.lanes.items():
            why |= {f"{lane}_rank": rank, f"{lane}_score": score}
        why |= {"class": chunk.class_, "weight": fading.weight if fading else 0.0}
        if fading:
            age = attempt.at - chunk.published
            why["half_life_days"] = fading.half_life.total_seconds() / 86400
            why["decay"] = decay(age, fading.half_life)
        why["reason"] = attempt.reason
    return Hit(chunk, found.score / left, left, found.score, asked - chunk.published, why)
