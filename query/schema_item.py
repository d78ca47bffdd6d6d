"""An item with all its versions, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from pydantic import Field

from query.wire import CLASS, Wire

if TYPE_CHECKING:
    from indexer import Chunk
    from indexer.store import Held
    from streams import ItemKey


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
        validation_alias=CLASS,
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
