"""An item of a stream: one version of one article, filing, post or quote, with its clocks."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from typing import Literal, NamedTuple

#: How much a date can be relied on: given to the second, given as a day, absent (our own clock
#: was taken), or in the future (pulled back to when we saw it).
DateQuality = Literal["exact", "day", "assumed", "clamped"]

SOURCE_NAME = re.compile(r"[a-z0-9._-]{1,100}")

#: Longest id that is kept, in characters; feeds use URLs, some with long query strings.
ID_CHARS = 2048


class ItemKey(NamedTuple):
    """What stays the same over all versions of an item."""

    source: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One version of one item.

    `published` is the event time and `updated` the version time, both as the source gave them
    and judged by `streams.dates`; `observed` is when Freshwire first held this version and
    travels with the item. All are aware. Raises ValueError when a field breaks these rules.
    """

    source: str
    id: str
    text: str
    published: datetime
    observed: datetime
    title: str = ""
    url: str = ""
    updated: datetime | None = None
    withdrawn: bool = False
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
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        """Refuse what no later stage could handle, and take the digest."""
        if not SOURCE_NAME.fullmatch(self.source):
            raise ValueError(f"source {self.source[:100]!r} is not of the form [a-z0-9._-]+")
        if not self.id or len(self.id) > ID_CHARS:
            raise ValueError(f"id must have 1 to {ID_CHARS} characters, has {len(self.id)}")
        for name in ("published", "observed", "updated"):
            value = getattr(self, name)
            if value is not None and value.tzinfo is None:
                raise ValueError(f"{name} has no time zone")
        for name in (
            "id",
            "title",
            "text",
            "url",
            "language",
            "region",
            "licence",
            "published_raw",
        ):
            _refuse_unstorable(name, getattr(self, name))
        for label in self.labels:
            _refuse_unstorable("labels", label)
        for name, figure in (self.figures or {}).items():
            if isinstance(figure, float) and not isfinite(figure):
                raise ValueError(f"figure {name} is {figure}")
        object.__setattr__(self, "digest", digest(self.title, self.text))

    @property
    def key(self) -> ItemKey:
        """What stays the same over all versions of this item."""
        return ItemKey(self.source, self.id)

    @property
    def version_time(self) -> datetime:
        """When this version was made, as far as its source says: `updated`, else `published`."""
        return self.updated or self.published


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """Input that could not be made an Item: kept as it came, with what is wrong with it."""

    source: str
    id: str
    raw: bytes
    error: str
    observed: datetime


def _refuse_unstorable(name: str, text: str) -> None:
    """Raise ValueError for half a surrogate pair, which no store and no answer can hold."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"{name} is not valid Unicode: {error.reason}") from error


def digest(title: str, text: str) -> str:
    """The sha256 (hex) of title and text; dates and links do not count as content."""
    return hashlib.sha256(f"{len(title)}\n{title}{text}".encode()).hexdigest()
