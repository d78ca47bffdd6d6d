"""Ask: a question in, an answer out that says where it comes from and how old it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter

from indexer.chunk import Chunk
from indexer.store import Scope, Store
from query import period, quotes, verdict
from query.ages import age_words, day_words
from query.answerer import Extract, Extractor, within_licence
from query.calendar_words import Span
from query.hit import Hit
from query.quotes import Quote, Watch
from query.request import Recency, SearchRequest, SearchResult, Window
from query.retriever import Retriever, readable
from query.verdict import Judgement, Verdict

#: Hits from which an answer is taken: enough that the newest of many decisions on one matter is
#: among them, however alike they read.
EVIDENCE = 50

NOTHING = "Nothing fresh enough was found."


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRequest:
    """One question. Times are aware; see `SearchRequest`."""

    question: str
    as_of: datetime | None = None
    known_at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    recency: Recency = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """What stands behind the [n] of an answer; `age` runs to the asked-for time."""

    n: int
    source: str
    id: str
    title: str
    url: str
    published: datetime
    age: timedelta
    date_quality: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer; `newest` is when its newest evidence was published, None without any.

    `timings` in milliseconds: `embed`, `search`, `answer`.
    """

    question: str
    text: str
    citations: tuple[Citation, ...]
    verdict: Verdict
    reason: str
    window: Window
    newest: datetime | None
    asked: datetime
    quotes: tuple[Quote, ...]
    note: str
    timings: Mapping[str, float]


class Asker:
    """Answers questions from the index; safe to call from several threads."""

    def __init__(
        self, retriever: Retriever, store: Store, *, watchlist: Sequence[Watch] = ()
    ) -> None:
        self._retriever = retriever
        self._store = store
        self._watchlist = tuple(watchlist)
        self._extractor = Extractor(retriever.embedder)

    def ask(self, request: AskRequest, scope: Scope) -> Answer:
        """The answer, whatever the question holds. Raises Unavailable when the store cannot."""
        question = readable(request.question)
        search = _search(request, question)
        result = self._retriever.search(search, scope)
        started = perf_counter()
        watches = quotes.named(question, self._watchlist)
        figures = quotes.quotes_of(
            self._store,
            watches,
            as_of=_quoted_at(result),
            known_at=request.known_at,
            scope=scope,
        )
        level = bool(figures) and quotes.asks_level(question, watches)
        if level:
            text, citations, judgement = _from_quotes(figures, result)
        else:
            text, citations, judgement = self._from_items(question, result, (search, scope))
        milliseconds = round((perf_counter() - started) * 1000, 3)
        return Answer(
            question=request.question,
            text=text,
            citations=citations,
            verdict=judgement.verdict,
            reason=judgement.reason,
            window=result.window,
            newest=max((citation.published for citation in citations), default=None),
            asked=result.asked,
            quotes=figures,
            # it tells where items were looked for, and a quote was not found there
            note="" if level else result.window.note,
            timings={**result.timings, "answer": milliseconds},
        )

    def _from_items(
        self, question: str, result: SearchResult, asking: tuple[SearchRequest, Scope]
    ) -> tuple[str, tuple[Citation, ...], Judgement]:
        extract = self._extractor.extract(question, result.hits, result.intent)
        extract = within_licence(extract, result.hits)
        coming = period.future(question, result.asked)
        if coming is not None and not _speaks_of(coming, extract, result.hits):
            return NOTHING, (), verdict.not_yet(question[coming.start : coming.end])
        dated = result.window.narrowed
        if not extract.sentences or not verdict.speaks_to(
            extract.cosine, extract.coverage, dated=dated
        ):
            search, scope = asking
            searched_span = replace(search, since=result.window.since, until=result.window.until)
            newest = self._retriever.newest(searched_span, scope)
            searched = result.window.words.partition(";")[0]
            return NOTHING, (), verdict.not_found(newest, result.asked, searched)
        text, cited = _numbered(extract)
        citations = tuple(
            _citation(n, result.hits[index], quote) for n, (index, quote) in enumerate(cited, 1)
        )
        newest_cited = max((result.hits[i].chunk for i, _ in cited), key=lambda c: c.published)
        judgement = verdict.judge(
            newest_cited, result.intent, asked=result.asked, at=result.window.at
        )
        return text, citations, judgement


def _speaks_of(coming: Span, extract: Extract, hits: Sequence[Hit]) -> bool:
    """Whether evidence of the answer names the year of a time to come, or is of that very year."""
    year = coming.since.year
    chunks = [hits[index].chunk for one in extract.sentences for index in one.hits]
    return any(one.published.year == year or str(year) in one.embedded_text for one in chunks)


def _search(request: AskRequest, question: str) -> SearchRequest:
    return SearchRequest(
        query=question,
        limit=EVIDENCE,
        as_of=request.as_of,
        known_at=request.known_at,
        since=request.since,
        until=request.until,
        sources=request.sources,
        kinds=request.kinds,
        regions=request.regions,
        recency=request.recency,
    )


def _quoted_at(result: SearchResult) -> datetime:
    """The end of the question's period, however far items had to be looked for; else its time."""
    named = result.intent.period
    end = named.until if named else None
    return min(end, result.window.at) if end else result.window.at


def _numbered(extract: Extract) -> tuple[str, list[tuple[int, str]]]:
    """The text with its [n], and for each n the hit and the words of it that are cited."""
    numbers: dict[int, int] = {}
    quoted: dict[int, list[str]] = {}
    parts = []
    for sentence in extract.sentences:
        for index in sentence.hits:
            numbers.setdefault(index, len(numbers) + 1)
        quoted.setdefault(sentence.hits[0], []).append(sentence.text)
        marks = "".join(f"[{numbers[index]}]" for index in sentence.hits)
        parts.append(f"{sentence.text} {marks}")
    return " ".join(parts), [(index, " ".join(quoted.get(index, []))) for index in numbers]


def _citation(n: int, hit: Hit, quote: str) -> Citation:
    return _cite(n, hit.chunk, hit.age, quote)


def _cite(n: int, chunk: Chunk, age: timedelta, quote: str) -> Citation:
    return Citation(
        n=n,
        source=chunk.key.source,
        id=chunk.key.id,
        title=chunk.title,
        url=chunk.url,
        published=chunk.published,
        age=age,
        date_quality=chunk.date_quality,
        quote=quote,
    )


def _from_quotes(
    figures: Sequence[Quote], result: SearchResult
) -> tuple[str, tuple[Citation, ...], Judgement]:
    """The figures themselves; no article's price stands beside them as if it were current."""
    text = " ".join(f"{quotes.sentence(quote)} [{n}]" for n, quote in enumerate(figures, 1))
    citations = tuple(
        _cite(n, quote.chunk, result.asked - quote.at, quotes.sentence(quote))
        for n, quote in enumerate(figures, 1)
    )
    oldest = min(figures, key=lambda quote: quote.at)
    return text, citations, _judged(oldest, result)


def _judged(quote: Quote, result: SearchResult) -> Judgement:
    """Fresh or stale by the oldest of the figures."""
    age = age_words(quote.at, result.asked, quote.chunk.date_quality)
    found = f"the newest quote of {quote.name} is of {day_words(quote.at)}, {age}"
    if not quote.stale:
        return Judgement("fresh", found)
    return Judgement("stale", f"{found}; newer ones should have come since")
