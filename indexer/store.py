"""The index, seen from inside: what is held, how versions change hands, how it is searched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, Protocol

from indexer.chunk import Chunk
from indexer.embedder import Vectors
from streams import ItemKey

State = Literal["current", "closed", "withdrawn", "suppressed"]


class Held(NamedTuple):
    """One version of an item that the index holds (or the mark of its withdrawal)."""

    version: str
    digest: str
    updated: datetime | None
    published: datetime
    observed: datetime
    state: State
    #: came after a newer version, so that it was never current
    late: bool = False

    @property
    def version_time(self) -> datetime:
        """When this version was made: `updated`, else `published`."""
        return self.updated or self.published


@dataclass(frozen=True, slots=True)
class Scope:
    """What the caller may see: items that carry one of `labels`, or none; None sees everything."""

    labels: frozenset[str] | None


#: For who may see everything: the indexer and, without keys, the person at the machine.
EVERYTHING = Scope(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one item does to the index; all of it, or after a crash and a replay all of it.

    `opens` with its `vectors` (one row a chunk) becomes searchable: as current, or, when it is
    late and `superseded` is set on its chunks, as closed. Each version in `closes` stops being
    current at `at`, because of `successor`. `withdraws` leaves a mark that a replay finds.
    """

    key: ItemKey
    opens: tuple[Chunk, ...] = ()
    vectors: Vectors | None = None
    closes: tuple[str, ...] = ()
    successor: str = ""
    at: datetime
    valid_until: datetime | None = None
    withdraws: Held | None = None
    #: closed versions whose `valid_until` a late version brings forward
    shortens: tuple[tuple[str, datetime], ...] = ()
    #: quotes: points without vectors, kept apart from what is searched
    in_ledger: bool = False


@dataclass(frozen=True, slots=True)
class Decay:
    """How the relevance of one class of items fades: half of `weight` is gone per half-life."""

    half_life: timedelta
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which chunks may be found; None and empty mean no restriction. Both ends count as inside."""

    as_of: datetime | None = None
    known_at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One hybrid search, its parts already decided.

    score = (mix·cosine + (1-mix)·bm25/(bm25+saturation)) · (1-w+w·0.5^(age/half_life)), where w
    and half_life are those of the chunk's class in `decays` (absent class: no decay) and age
    runs to `now`.
    """

    text: str
    vector: Vectors
    limit: int
    now: datetime
    mix: float
    saturation: float
    candidates: int = 100
    filters: Filters = field(default_factory=Filters)
    decays: Mapping[str, Decay] = field(default_factory=dict)
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A chunk and its score; with `explain` its rank (from 1) and raw score in each lane."""

    chunk: Chunk
    score: float
    lanes: Mapping[str, tuple[int, float]] = field(default_factory=dict)


class Store(Protocol):
    """The index. `write` is durable and searchable on return; every other method only reads."""

    def held(self, keys: Sequence[ItemKey]) -> Mapping[ItemKey, tuple[Held, ...]]:
        """Every version held of each key, oldest `observed` first; keys without any are absent."""
        ...

    def write(self, changes: Sequence[Change]) -> None:
        """Apply the changes, at most one per key. Raises Unavailable; then any of them may hold."""
        ...

    def vectors(self, key: ItemKey, version: str) -> Mapping[str, Vectors]:
        """The vector of each `embedded_text` of one version, so that equal text is not embedded."""
        ...

    def search(self, search: Search, scope: Scope) -> list[Found]:
        """The best chunks, best first, ties by id; at most `search.limit`."""
        ...

    def history(self, key: ItemKey, scope: Scope) -> list[Chunk]:
        """The chunks of every version, oldest version first, in order; withdrawals without text."""
        ...

    def quotes(self, symbol: str, *, as_of: datetime, limit: int, scope: Scope) -> list[Chunk]:
        """The newest `limit` quotes of a symbol published up to `as_of`, newest first."""
        ...

    def newest(self, filters: Filters, scope: Scope) -> Chunk | None:
        """The most recently published chunk that may be found, or None when there is none."""
        ...

    def count(self) -> Mapping[str, int]:
        """Points per part of the index: `current`, `history`, `ledger`."""
        ...

    def housekeep(self) -> None:
        """Merge and vacuum; may take seconds, so only when idle."""
        ...

    def close(self) -> None:
        """Flush and let go of the index; closing twice is harmless."""
        ...
