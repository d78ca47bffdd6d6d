"""Nothing lost, nothing twice: any stream, crashed anywhere, ends as the run without a crash."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from indexer.chunk import Chunk
from indexer.edge import EdgeStore
from indexer.edge_shard import Shard
from indexer.embedder import HashingEmbedder
from indexer.pipeline import Pipeline
from indexer.pump import pump_once
from indexer.store import EVERYTHING, Held, Store
from streams import Item, ItemKey
from tests.fakes import START, Clock, LetterList, ListSource, SentenceSplitter, item
from tests.memory_store import MemoryStore

KEYS = ("a", "b", "c")


class Crash(Exception):
    """The process dies here."""


@dataclass
class Crasher:
    """Dies before or after chosen writes, counted over all of them."""

    plan: dict[int, str]
    count: int = 0

    def around(self, write: Callable[..., None]) -> Callable[..., None]:
        """`write`, which now may die."""

        def dying(*args: Any) -> None:
            number, self.count = self.count, self.count + 1
            if self.plan.get(number) == "before":
                raise Crash
            write(*args)
            if self.plan.get(number) == "after":
                raise Crash

        return dying


def crashing_memory(crasher: Crasher) -> Iterator[Store]:
    """The same oracle over and over: its write is one step."""
    store = MemoryStore(Clock())
    store.write = crasher.around(store.write)  # type: ignore[method-assign]
    while True:
        yield store


def crashing_edge(crasher: Crasher) -> Iterator[Store]:
    """Qdrant Edge, opened again on the same folder after each crash; dies around each operation."""
    # memory, where there is such a folder: the tests are about order, and opening syncs to disk
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        while True:
            store = EdgeStore(Path(folder), dimension=16, now=Clock())
            for shard in (store._current, store._history, store._ledger):
                for name in ("upsert", "delete", "annotate"):
                    setattr(shard, name, crasher.around(getattr(Shard, name).__get__(shard)))
            try:
                yield store
            finally:
                store.close()


def run(stores: Iterator[Store], batches: list[list[Item]]) -> dict[str, object]:
    """Pump everything in, opening the store again after each crash; what the index then holds."""
    source = ListSource(list(batches))
    store = next(stores)
    while source.script:
        pipeline = Pipeline(store, SentenceSplitter(), HashingEmbedder(16), LetterList(), Clock())
        try:
            pump_once(source, pipeline)
        except Crash:
            store = next(stores)
    state: dict[str, object] = {}
    for id in KEYS:
        key = ItemKey("wire", id)
        state[id] = (
            [comparable(chunk) for chunk in store.history(key, EVERYTHING)],
            {held._replace(observed=START) for held in store.held([key]).get(key, ())},
        )
    state["count"] = dict(store.count())
    stores.close()  # type: ignore[attr-defined]
    return state


def comparable(chunk: Chunk) -> Chunk:
    """The chunk without the clocks of ours that differ from run to run."""
    closed = START if chunk.superseded else None
    return replace(chunk, observed=START, indexed=None, superseded=closed)


@st.composite
def streams(draw: st.DrawFn) -> list[list[Item]]:
    """Batches of new, changed, repeated, late and withdrawn items of three keys."""
    items = []
    for minute in range(draw(st.integers(1, 12))):
        dated = draw(st.sampled_from([None, None, 1, 2, 3]))
        withdrawn = draw(st.integers(0, 7)) == 0
        items.append(
            item(
                draw(st.sampled_from(KEYS)),
                ""
                if withdrawn
                else draw(st.sampled_from(["One.", "One. Two.", "Two. Three.", "Four."])),
                minute=minute,
                published=START,
                updated=START + timedelta(days=dated) if dated else None,
                withdrawn=withdrawn,
            )
        )
    cuts = sorted(draw(st.sets(st.integers(1, len(items)), max_size=4)) | {0, len(items)})
    return [items[a:b] for a, b in pairwise(cuts)]


crash_plans = st.dictionaries(st.integers(0, 30), st.sampled_from(["before", "after"]), max_size=6)


@pytest.mark.parametrize("stores", [crashing_memory, crashing_edge], ids=["memory", "edge"])
@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.differing_executors],
)
@given(batches=streams(), plan=crash_plans)
@example(
    batches=[[item("a", "One.")], [item("a", "One. Two.", minute=1)]],
    plan={1: "after", 3: "before"},
)
def test_any_crashes_and_a_replay_end_as_the_run_without(
    stores: Callable[[Crasher], Iterator[Store]], batches: list[list[Item]], plan: dict[int, str]
) -> None:
    """Crashes around any writes, then the stream again from the last commit: the same index."""
    expected = run(stores(Crasher({})), batches)

    assert expected == run(stores(Crasher(plan)), batches)


@settings(max_examples=60, deadline=None)
@given(batches=streams())
def test_a_replay_from_the_start_changes_nothing(batches: list[list[Item]]) -> None:
    """The whole stream once more leaves the index as it was."""
    expected = run(crashing_memory(Crasher({})), batches)

    assert expected == run(crashing_memory(Crasher({})), [*batches, *batches])


@settings(max_examples=40, deadline=None)
@given(batches=streams())
def test_edge_ends_as_the_oracle(batches: list[list[Item]]) -> None:
    """Qdrant Edge and the oracle hold the same versions after the same stream."""
    expected = run(crashing_memory(Crasher({})), batches)

    assert expected == run(crashing_edge(Crasher({})), batches)


def test_every_short_stream_replays_to_the_same_index() -> None:
    """All 584 streams of up to three items of one key: the whole again changes nothing."""
    kinds = [(text, day) for text in ("A.", "B.") for day in (None, 1, 2)] + [("", None), ("", 2)]
    for length in (1, 2, 3):
        for chosen in product(kinds, repeat=length):
            batch = [
                item(
                    "a",
                    text,
                    minute=minute,
                    published=START,
                    updated=START + timedelta(days=day) if day else None,
                    withdrawn=not text,
                )
                for minute, (text, day) in enumerate(chosen)
            ]
            expected = run(crashing_memory(Crasher({})), [batch])

            assert expected == run(crashing_memory(Crasher({})), [batch, batch]), chosen


def test_at_most_one_version_is_current() -> None:
    """After edits and a withdrawal, what is held says which version counts."""
    store = MemoryStore(Clock())
    pipeline = Pipeline(store, SentenceSplitter(), HashingEmbedder(16), LetterList(), Clock())

    pipeline.process([item("a", "A", minute=0), item("a", "B", minute=1), item("a", "A", minute=2)])

    held: tuple[Held, ...] = store.held([ItemKey("wire", "a")])[ItemKey("wire", "a")]
    assert ["closed", "closed", "current"] == [version.state for version in held]
