"""An index in a folder, with what brings items in: the product's own parts, without HTTP."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench import news
from bench.meter import Meter
from bench.plan import Plan
from freshwire.clock import utc_now
from freshwire.config import Config
from indexer.deadletter import DeadLetterBox
from indexer.edge import EdgeStore
from indexer.embedder import Embedder, HashingEmbedder, Vectors
from indexer.pipeline import Pipeline
from indexer.pump import pump_once
from indexer.report import Report
from indexer.split import TokenSplitter
from streams import Item, Malformed

#: Vectors of the base index, in the order in which they were embedded, to search them exactly.
EXACT = "exact.npy"


def config_of(home: Path, *, model: bool = True) -> Config:
    """The configuration of a home without sample and feeds."""
    model_name = "all-MiniLM-L6-v2-int8" if model else "hashing"
    given = {"home": home, "samples": False, "default_feeds": False}
    return Config.model_validate(given | {"embedding": {"model": model_name}})


def make_embedder(plan: Plan) -> Embedder:
    """The model, or in a tiny run the hashing embedder."""
    if not plan.model:
        return HashingEmbedder()
    from indexer.neural import NeuralEmbedder

    return NeuralEmbedder(plan.folder / "models")


@dataclass
class OneBatch:
    """A Source that hands out one batch."""

    items: Sequence[Item | Malformed]
    name: str = "bench"

    def poll(self, timeout: float) -> Sequence[Item | Malformed]:
        """The batch, until it is committed."""
        return self.items

    def commit(self) -> None:
        """Nothing is left."""
        self.items = ()

    def close(self) -> None:
        """There is nothing to let go of."""


class Recorder:
    """An Embedder that remembers the vectors it handed out."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.dimension, self.name = inner.dimension, inner.name
        self.texts_per_write = inner.texts_per_write
        self.recorded: list[Vectors] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        """float32 (len(texts), dimension), unit rows."""
        vectors = self._inner.embed(texts)
        self.recorded.append(vectors)
        return vectors

    def embed_question(self, text: str) -> Vectors:
        """float32 (dimension,), unit length; not recorded."""
        return self._inner.embed_question(text)


@dataclass(frozen=True, slots=True)
class Index:
    """An open index and the pipeline into it."""

    store: EdgeStore
    pipeline: Pipeline

    def take(self, items: Sequence[Item]) -> Report:
        """The items went the way of every item: poll, process, commit."""
        return pump_once(OneBatch(items), self.pipeline)


@contextmanager
def open_index(home: Path, embedder: Embedder) -> Iterator[Index]:
    """The index of a home, opened or created, with real state files beside it."""
    config = config_of(home)
    home.mkdir(parents=True, exist_ok=True)
    store = EdgeStore(config.index, dimension=embedder.dimension, now=utc_now)
    dead = DeadLetterBox(config.state)
    try:
        yield Index(store, Pipeline(store, TokenSplitter(), embedder, dead, utc_now))
    finally:
        dead.close()
        store.close()


@dataclass(frozen=True, slots=True)
class Built:
    """What building the base index cost."""

    meter: Meter
    chunks: int
    items: int


def build_base(plan: Plan) -> Built:
    """Fill the base index through the pipeline with the hashing embedder; making news is free."""
    embedder, meter = Recorder(HashingEmbedder()), Meter()
    chunks = items = 0
    with open_index(plan.base, embedder) as index:
        while chunks < plan.held_chunks:
            batch = [news.item(number) for number in range(items, items + 256)]
            with meter:
                report = index.take(batch)
            chunks, items = chunks + report.embedded, items + len(batch)
        with meter:
            index.store.close()
    np.save(plan.base / EXACT, np.concatenate(embedder.recorded))
    (plan.base / "items").write_text(str(items))
    return Built(meter, chunks, items)


def base_items(plan: Plan) -> int:
    """How many items the base index holds; builds it if there is none."""
    file = plan.base / "items"
    return int(file.read_text()) if file.exists() else build_base(plan).items
