"""The wiring keeps things together that belong together."""

from dataclasses import replace
from pathlib import Path

import pytest

from freshwire.app import open_reader
from freshwire.config import Config, EmbeddingConfig
from indexer.chunk import chunks_of
from indexer.store import Change
from streams import Unavailable
from tests.fakes import START, SentenceSplitter, item
from tests.scratch import scratch


def config(home: Path, model: str) -> Config:
    """A home without sources."""
    return Config(
        home=home,
        samples=False,
        default_feeds=False,
        embedding=EmbeddingConfig(model=model),  # type: ignore[arg-type]
    )


def test_an_index_is_not_opened_with_another_embedder() -> None:
    """Vectors of two models do not mix: one sentence that names both; an empty index may change."""
    with scratch() as home:
        hashing = config(home, "hashing")
        with open_reader(config(home, "all-MiniLM-L6-v2-int8")):
            pass
        with open_reader(hashing) as reader:
            chunks = tuple(chunks_of(item("a"), "v1", SentenceSplitter()))
            vectors = reader.embedder.embed([chunk.embedded_text for chunk in chunks])
            change = Change(key=item("a").key, opens=chunks, vectors=vectors, at=START)
            reader.store.write([replace(change, successor="v1")])

        with (
            pytest.raises(Unavailable, match="made with hashing-384, and vectors of all-MiniLM"),
            open_reader(config(home, "all-MiniLM-L6-v2-int8")),
        ):
            pass
        with open_reader(hashing) as reader:
            assert 1 == reader.store.count()["current"]
