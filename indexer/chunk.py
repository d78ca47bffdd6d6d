"""Chunks: the passages of an item that are embedded, stored and found."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from streams import Item, ItemKey
from streams.item import DateQuality

#: Fixed for ever: every stored id hangs on it.
NAMESPACE = uuid.UUID("6f0d2b5e-8c1c-5d3a-9a44-0f6f1f3b7a10")

#: The label that stands in the payload of what carries none, so that scope filters are positive.
PUBLIC = "public"


class Passage(NamedTuple):
    """Part of an item's text: characters `start` to `end`."""

    start: int
    end: int
    text: str


class Splitter(Protocol):
    """Cuts a text into passages that fit the embedding model."""

    def split(self, text: str) -> list[Passage]:
        """Passages in order that cover all of `text` but white space; never empty."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One passage of one version, with what of its item is filtered, weighed or shown."""

    key: ItemKey
    version: str
    ordinal: int
    count: int
    start: int
    end: int
    text: str
    digest: str
    title: str
    url: str
    published: datetime
    updated: datetime | None
    observed: datetime
    indexed: datetime | None = None
    superseded: datetime | None = None
    valid_until: datetime | None = None
    #: an older version that came after a newer one: written closed, never current
    late: bool = False
    kind: str = "news"
    class_: str = "news"
    language: str = ""
    labels: tuple[str, ...] = ()
    region: str = ""
    licence: str = ""
    may_quote: int | None = None
    figures: Mapping[str, str | float] | None = None
    published_raw: str = ""
    date_quality: DateQuality = "exact"
    story: str = ""

    @property
    def id(self) -> str:
        """The point id: UUIDv5 of source, id, version and ordinal (RFC 9562 §5.5)."""
        return str(point_id(self.key, f"{self.version}\n{self.ordinal}"))

    @property
    def version_time(self) -> datetime:
        """When this version was made: `updated`, else `published`."""
        return self.updated or self.published

    @property
    def embedded_text(self) -> str:
        """What the model and the keyword index see: the title above the passage."""
        return f"{self.title}\n{self.text}" if self.title else self.text


def point_id(key: ItemKey, rest: str = "") -> uuid.UUID:
    """The UUIDv5 of an item key and what tells its points apart."""
    return uuid.uuid5(NAMESPACE, f"{key.source}\n{key.id}\n{rest}")


def chunks_of(item: Item, version: str, splitter: Splitter) -> list[Chunk]:
    """The chunks of one version, in order; an item without text still has one, its title."""
    passages = splitter.split(item.text) or [Passage(0, 0, "")]
    return [
        Chunk(
            key=item.key,
            version=version,
            ordinal=ordinal,
            count=len(passages),
            start=passage.start,
            end=passage.end,
            text=passage.text,
            digest=item.digest,
            title=item.title,
            url=item.url,
            published=item.published,
            updated=item.updated,
            observed=item.observed,
            kind=item.kind,
            class_=item.class_,
            language=item.language,
            labels=item.labels,
            region=item.region,
            licence=item.licence,
            may_quote=item.may_quote,
            figures=item.figures,
            published_raw=item.published_raw,
            date_quality=item.date_quality,
        )
        for ordinal, passage in enumerate(passages)
    ]
