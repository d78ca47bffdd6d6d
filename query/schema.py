"""What an asker gets, as JSON: hits, answers, items. The same over HTTP and from the command.

Every field is always there; null and "" mean that there is none. Imports nothing heavy, so that a
client of a running Freshwire starts at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import Field

from query.schema_item import ItemResponse, ItemVersion
from query.wire import CLASS, Wire

if TYPE_CHECKING:
    from query.ask import Answer, Citation
    from query.hit import Hit
    from query.quotes import Quote
    from query.request import SearchResult, Window

__all__ = [
    "AskCitation",
    "AskQuote",
    "AskResponse",
    "ItemResponse",
    "ItemVersion",
    "SearchHit",
    "SearchResponse",
    "SearchWindow",
]


class SearchWindow(Wire):
    """What was searched, as bounds and in words; see `query.request.Window`."""

    at: datetime
    since: datetime | None
    until: datetime | None
    as_of: datetime | None
    known_at: datetime | None
    question: str
    narrowed: bool
    recency: str
    note: str
    words: str

    @classmethod
    def of(cls, window: Window) -> SearchWindow:
        """The window as it is sent."""
        return cls(**{name: getattr(window, name) for name in cls.model_fields})


class SearchHit(Wire):
    """One hit; `age_seconds` runs to the asked-for time, `why` is null unless explained."""

    source: str
    id: str
    ordinal: int
    title: str
    url: str
    text: str
    published: datetime
    updated: datetime | None
    date_quality: str
    age_seconds: float
    score: float
    relevance: float
    recency: float
    story: str
    kind: str
    class_: str = Field(validation_alias=CLASS, serialization_alias="class")
    language: str
    why: dict[str, float | str] | None

    @classmethod
    def of(cls, hit: Hit) -> SearchHit:
        """The hit as it is sent."""
        chunk = hit.chunk
        return cls(
            source=chunk.key.source,
            id=chunk.key.id,
            ordinal=chunk.ordinal,
            title=chunk.title,
            url=chunk.url,
            text=chunk.text,
            published=chunk.published,
            updated=chunk.updated,
            date_quality=chunk.date_quality,
            age_seconds=hit.age.total_seconds(),
            score=hit.score,
            relevance=hit.relevance,
            recency=hit.recency,
            story=chunk.story,
            kind=chunk.kind,
            class_=chunk.class_,
            language=chunk.language,
            why=dict(hit.why) or None,
        )


class SearchResponse(Wire):
    """Hits, best first; `timings` in milliseconds: `embed`, `search`."""

    hits: list[SearchHit]
    window: SearchWindow
    timings: dict[str, float]
    took_ms: float

    @classmethod
    def of(cls, result: SearchResult) -> SearchResponse:
        """The result as it is sent."""
        return cls(
            hits=[SearchHit.of(hit) for hit in result.hits],
            window=SearchWindow.of(result.window),
            timings=dict(result.timings),
            took_ms=_sum(result.timings),
        )


class AskCitation(Wire):
    """What stands behind the [n] of an answer; see `query.ask.Citation`."""

    n: int
    source: str
    id: str
    title: str
    url: str
    published: datetime
    date_quality: str
    age_seconds: float
    quote: str

    @classmethod
    def of(cls, citation: Citation) -> AskCitation:
        """The citation as it is sent."""
        return cls(
            n=citation.n,
            source=citation.source,
            id=citation.id,
            title=citation.title,
            url=citation.url,
            published=citation.published,
            date_quality=citation.date_quality,
            age_seconds=citation.age.total_seconds(),
            quote=citation.quote,
        )


class AskQuote(Wire):
    """A market figure; `change` in percent against `previous`, null without one."""

    symbol: str
    name: str
    close: float
    currency: str
    at: datetime
    age_seconds: float
    previous: float | None
    change: float | None
    stale: bool
    source: str
    id: str

    @classmethod
    def of(cls, quote: Quote) -> AskQuote:
        """The quote as it is sent."""
        return cls(
            symbol=quote.symbol,
            name=quote.name,
            close=quote.close,
            currency=quote.currency,
            at=quote.at,
            age_seconds=quote.age.total_seconds(),
            previous=quote.previous,
            change=quote.change,
            stale=quote.stale,
            source=quote.chunk.key.source,
            id=quote.chunk.key.id,
        )


class AskResponse(Wire):
    """An answer; `verdict` is fresh, stale, conflict or not_found. See `query.ask.Answer`."""

    question: str
    answer: str
    verdict: str
    reason: str
    citations: list[AskCitation]
    window: SearchWindow
    newest: datetime | None
    asked: datetime
    quotes: list[AskQuote]
    note: str
    timings: dict[str, float]
    took_ms: float

    @classmethod
    def of(cls, answer: Answer) -> AskResponse:
        """The answer as it is sent."""
        return cls(
            question=answer.question.encode("utf-8", "replace").decode(),
            answer=answer.text,
            verdict=answer.verdict,
            reason=answer.reason,
            citations=[AskCitation.of(citation) for citation in answer.citations],
            window=SearchWindow.of(answer.window),
            newest=answer.newest,
            asked=answer.asked,
            quotes=[AskQuote.of(quote) for quote in answer.quotes],
            note=answer.note,
            timings=dict(answer.timings),
            took_ms=_sum(answer.timings),
        )


def _sum(timings: Mapping[str, float]) -> float:
    return round(sum(timings.values()), 3)
