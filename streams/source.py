"""What every stream looks like from inside, and the two ways in which the outside world fails.

    Unavailable   raised: nothing was lost, the same items come again; wait and retry
    Malformed     a value: this one item is bad; it becomes a dead letter and the stream goes on

Everything else is a bug and ends the process.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from streams.item import Item, Malformed


class Unavailable(Exception):
    """Something outside cannot be used now; `retry_after` is its own wish, where it has one."""

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Source(Protocol):
    """A stream of items that remembers what has been made safe.

    Two polls without a commit between them hand out the same items, oldest first.
    """

    @property
    def name(self) -> str:
        """The source's name, `[a-z0-9._-]+`; for a stream of many sources the stream's own."""
        ...

    def poll(self, timeout: float) -> Sequence[Item | Malformed]:
        """What is not committed yet, empty after `timeout` seconds. Raises Unavailable."""
        ...

    def commit(self) -> None:
        """Note that all of the last poll is safe in the store or in the dead letters."""
        ...

    def close(self) -> None:
        """Let go of files and connections; closing twice is harmless."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """One source as the operator configured it, and what its items inherit from it."""

    name: str
    url: str
    kind: Literal["feed", "market", "replay"] = "feed"
    origin: Literal["sample", "default", "config", "added"] = "config"
    class_: str = "news"
    labels: tuple[str, ...] = ()
    language: str = ""
    region: str = ""
    licence: str = ""
    may_quote: int | None = None
    full_text: bool = False
    zone: str = "UTC"
    interval: timedelta | None = None
    #: kind="market" only: column of each figure, e.g. {"date": "Date", "close": "Price"}
    columns: tuple[tuple[str, str], ...] = ()
    #: kind="market" only: symbol, names, currency
    symbol: str = ""
    names: tuple[str, ...] = ()
    currency: str = ""
