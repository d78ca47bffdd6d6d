"""An index filled in one line, for tests of what is asked of it."""

from collections.abc import Callable, Iterable
from datetime import datetime

from indexer.chunk import Passage, Splitter, chunks_of
from indexer.embedder import Embedder
from indexer.store import Change
from streams import Item
from tests.memory_store import MemoryStore


class WholeText:
    """Makes one passage of a text."""

    def split(self, text: str) -> list[Passage]:
        """The text itself."""
        return [Passage(0, len(text), text)] if text else []


def index_of(
    items: Iterable[Item],
    embedder: Embedder,
    now: Callable[[], datetime],
    *,
    splitter: Splitter | None = None,
) -> MemoryStore:
    """A store that holds each item as current, quotes without vectors."""
    store = MemoryStore(now)
    for item in items:
        chunks = tuple(chunks_of(item, item.digest, splitter or WholeText()))
        quote = item.kind == "quote"
        vectors = None if quote else embedder.embed([chunk.embedded_text for chunk in chunks])
        store.write(
            [Change(key=item.key, opens=chunks, vectors=vectors, at=now(), in_ledger=quote)]
        )
    return store
