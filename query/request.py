"""What can be asked of the index, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from query.hit import Hit
from query.intent import Intent
from query.recency import MAX_WEIGHT

#: Most hits that one search returns.
MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class RecencySettings:
    """One decay for every class, as the caller wants it; `weight` in [0, 0.8]."""

    half_life: timedelta
    weight: float

    def __post_init__(self) -> None:
        """Refuse what would turn the ranking upside down."""
        if not self.half_life > timedelta(0):
            raise ValueError("the half-life must be longer than 0")
        if not 0 <= self.weight <= MAX_WEIGHT:
            raise ValueError(f"the weight must lie in [0, {MAX_WEIGHT}]")


Recency = Literal["auto", "off"] | RecencySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """One search. Times are aware; `since` and `until` bind, unlike a period in the question.

    `stories` returns one hit per story, its best; off, one per item. Raises ValueError when a
    time has no zone or `limit` is not in 1 to 200.
    """

    query: str
    limit: int = 10
    as_of: datetime | None = None
    known_at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    recency: Recency = "auto"
    stories: bool = True
    explain: bool = False

    def __post_init__(self) -> None:
        """Refuse what no search can mean."""
        if not 1 <= self.limit <= MAX_LIMIT:
            raise ValueError(f"limit must be 1 to {MAX_LIMIT}, is {self.limit}")
        for name in ("as_of", "known_at", "since", "until"):
            at = getattr(self, name)
            if at is not None and at.tzinfo is None:
                raise ValueError(f"{name} has no time zone")

    def asked(self, now: datetime) -> datetime:
        """The time from which ages count: `as_of`, else `known_at`, else `now`; never later."""
        return min(self.as_of or self.known_at or now, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What was searched: its bounds, the time from which recency counts, and all that in words.

    `question` is the period named by the question, "" if none; `narrowed` says whether it was
    searched alone, and `note` what was done instead.
    """

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


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Hits, best first; `timings` in milliseconds: `embed`, `search`."""

    hits: tuple[Hit, ...]
    window: Window
    intent: Intent
    asked: datetime
    timings: Mapping[str, float]
