"""One item between the decision and the change: its chunks, and which vectors are missing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from indexer.chunk import Chunk
from indexer.decide import Decision
from indexer.embedder import Vectors
from indexer.store import Change
from streams import Item


@dataclass(slots=True)
class Work:
    """One item on its way from decision to change; `place` is its place in the batch."""

    place: int
    item: Item
    decision: Decision
    chunks: list[Chunk] = field(default_factory=list)
    vectors: dict[str, Vectors] = field(default_factory=dict)
    error: str = ""

    @property
    def searched(self) -> bool:
        """Whether the item is found by search; a quote is not, and has no vectors."""
        return self.item.kind != "quote"

    @property
    def missing(self) -> list[str]:
        """The texts that have no vector yet, each once."""
        if not self.searched:
            return []
        texts = dict.fromkeys(chunk.embedded_text for chunk in self.chunks)
        return [text for text in texts if text not in self.vectors]

    def change(self, at: datetime) -> Change:
        """What the store is told, once nothing is missing."""
        rows = [self.vectors[c.embedded_text] for c in self.chunks] if self.searched else []
        return Change(
            key=self.item.key,
            opens=tuple(self.chunks),
            vectors=np.stack(rows) if rows else None,
            closes=self.decision.closes,
            successor=self.decision.opens,
            at=at,
            valid_until=self.decision.valid_until,
            withdraws=self.decision.marks,
            shortens=self.decision.shortens,
            in_ledger=not self.searched,
        )


def groups(works: Sequence[Work], size: int) -> Iterator[list[Work]]:
    """The works in groups of about `size` texts to embed, so that each is soon searchable."""
    group: list[Work] = []
    texts = 0
    for work in works:
        group.append(work)
        texts += len(work.missing)
        if texts >= size:
            yield group
            group, texts = [], 0
    if group:
        yield group
