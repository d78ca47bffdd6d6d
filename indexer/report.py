"""What became of a batch, and of what could not be indexed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from streams import Item, Malformed

Outcome = Literal["indexed", "updated", "unchanged", "withdrawn", "ignored", "dead"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """What could not be indexed, with the reason."""

    what: Item | Malformed
    error: str
    at: datetime


class DeadLetters(Protocol):
    """Where dead letters are kept."""

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Keep the letters; they are durable on return. Raises Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a batch: one outcome each, in its order."""

    outcomes: tuple[Outcome, ...] = ()
    #: passages that went through the model, and those whose vector was held already
    embedded: int = 0
    reused: int = 0
    #: what was wrong with a dead one, by its place in the batch
    errors: tuple[tuple[int, str], ...] = ()
    #: for each item of the batch that broke the pipeline (malformed input does not count) or went
    #: through it, in order: its source and whether it broke
    trials: tuple[tuple[str, bool], ...] = ()

    def count(self, outcome: Outcome) -> int:
        """How many ended so."""
        return self.outcomes.count(outcome)

    @property
    def indexed(self) -> int:
        """Items of new keys that became searchable."""
        return self.count("indexed")

    @property
    def updated(self) -> int:
        """Items that are a new version of a known key."""
        return self.count("updated")

    @property
    def unchanged(self) -> int:
        """Items that were held already, word for word."""
        return self.count("unchanged")

    @property
    def withdrawn(self) -> int:
        """Items that their source took back."""
        return self.count("withdrawn")

    @property
    def ignored(self) -> int:
        """Replays of versions that were replaced, withdrawn or erased since."""
        return self.count("ignored")

    @property
    def dead(self) -> int:
        """Items that went to the dead letters."""
        return self.count("dead")

    def __add__(self, other: "Report") -> "Report":
        """This batch followed by the other."""
        shift = len(self.outcomes)
        return Report(
            self.outcomes + other.outcomes,
            self.embedded + other.embedded,
            self.reused + other.reused,
            self.errors + tuple((place + shift, error) for place, error in other.errors),
            self.trials + other.trials,
        )
