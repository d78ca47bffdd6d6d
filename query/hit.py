"""A hit: a chunk that was found, and why it stands where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from indexer.chunk import Chunk


@dataclass(frozen=True, slots=True)
class Hit:
    """The best chunk of one item; `score` = `relevance` · `recency`.

    `age` runs from publication to the asked-for time. `why` is empty unless explained.
    """

    chunk: Chunk
    relevance: float
    recency: float
    score: float
    age: timedelta
    why: Mapping[str, float | str] = field(default_factory=dict)
