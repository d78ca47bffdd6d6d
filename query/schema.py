"""What an asker gets, as JSON: hits, answers, items. The same over HTTP and from the command.

Every field is always there; null and "" mean that there is none. Imports nothing heavy, so that a
client of a running Freshwire starts at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from indexer import Chunk
    from indexer.store import Held
    from query.ask import Answer, Citation
    from query.hit import Hit
    from query.quotes import Quote
    from query.request import SearchResult, Window
    from streams import ItemKey


class Wire(BaseModel):
    """Base of all that is sent: frozen, its names as in the JSON ("class", not "class_")."""

    model_config = ConfigDict(
        frozen=True, populate_by_name=True, serialize_by_alias=True, extra="ignore"
    )

    def to_json(self, *, indent: int | None = None) -> str:
        """The JSON text, as the HTTP API sends it."""
        return self.model_dump_json(indent=indent)


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
    class_: str = Field(
        validation_alias=AliasChoices("class", "class_"), serialization_alias="class"
    )
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


class ItemVersion(Wire):
    """One version of an item with its full text and clocks; `withdrawn` ones have no text.

    `superseded` is when a newer version or a withdrawal closed it; null: it is current.
    """

    version: str
    title: str = ""
    text: str = ""
    url: str = ""
    published: datetime
    updated: datetime | None
    observed: datetime
    indexed: datetime | None = None
    superseded: datetime | None = None
    valid_until: datetime | None = None
    withdrawn: bool = False
    date_quality: str = "exact"
    published_raw: str = ""
    kind: str = "news"
    class_: str = Field(
        default="news",
        validation_alias=AliasChoices("class", "class_"),
        serialization_alias="class",
    )
    labels: list[str] = Field(default_factory=list)
    language: str = ""
    region: str = ""
    licence: str = ""
    figures: dict[str, str | float] | None = None

    @classmethod
    def of(cls, chunks: Sequence[Chunk]) -> ItemVersion:
        """The version whose chunks these are, in order; never empty."""
        first = chunks[0]
        taken = set(cls.model_fields) - {"text", "withdrawn", "labels", "figures"}
        return cls(
            **{name: getattr(first, name) for name in taken},
            text="".join(chunk.text for chunk in chunks),
            labels=list(first.labels),
            figures=dict(first.figures) if first.figures is not None else None,
        )

    @classmethod
    def of_mark(cls, mark: Held) -> ItemVersion:
        """A withdrawal."""
        return cls(
            version=mark.version,
            published=mark.published,
            updated=mark.updated,
            observed=mark.observed,
            withdrawn=True,
        )


class ItemResponse(Wire):
    """Every version of an item that is held, in the order in which they were observed."""

    source: str
    id: str
    versions: list[ItemVersion]

    @classmethod
    def of(cls, key: ItemKey, chunks: Iterable[Chunk], held: Iterable[Held]) -> ItemResponse:
        """The item, from its chunks in order of version and ordinal and the marks among `held`."""
        versions = [
            ItemVersion.of(list(group)) for _, group in groupby(chunks, lambda one: one.version)
        ]
        versions += [ItemVersion.of_mark(mark) for mark in held if mark.state == "withdrawn"]
        versions.sort(key=lambda version: version.observed)
        return cls(source=key.source, id=key.id, versions=versions)


def _sum(timings: Mapping[str, float]) -> float:
    return round(sum(timings.values()), 3)
