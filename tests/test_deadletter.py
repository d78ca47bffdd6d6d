"""Dead letters: nothing that could not be indexed is lost, until it goes well or is dropped."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.chunk import Passage
from indexer.deadletter import DeadLetterBox, DeadLetterSource
from indexer.embedder import HashingEmbedder
from indexer.pipeline import Pipeline
from indexer.pump import pump_once
from indexer.report import DeadLetter
from indexer.store import EVERYTHING
from streams import Item, ItemKey, Malformed, Unavailable
from tests.fakes import START, Clock, SentenceSplitter, item, malformed
from tests.memory_store import MemoryStore
from tests.scratch import scratch


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the file is."""
    with scratch() as made:
        yield made


@pytest.fixture
def box(folder: Path) -> Iterator[DeadLetterBox]:
    """An empty box."""
    opened = DeadLetterBox(folder / "state.db")
    yield opened
    opened.close()


def letter(what: Item | Malformed, error: str = "broken", clock: Clock | None = None) -> DeadLetter:
    """A dead letter, now."""
    return DeadLetter(what=what, error=error, at=(clock or Clock())())


class Picky:
    """A splitter that breaks as long as it is told to."""

    def __init__(self) -> None:
        self.broken = True

    def split(self, text: str) -> list[Passage]:
        """The sentences. Raises ValueError while broken."""
        if self.broken:
            raise ValueError("still broken")
        return SentenceSplitter().split(text)


def test_a_letter_survives_a_restart(folder: Path) -> None:
    """Item, reason and time are there when the file is opened again."""
    what = item("a", "One.", title="T", labels=("desk",), minute=3)
    box = DeadLetterBox(folder / "state.db")
    box.put([letter(what, "ValueError: x")])
    box.close()

    again = DeadLetterBox(folder / "state.db")
    kept = again.latest()[0]
    again.close()

    assert ("wire", "a", False, "ValueError: x", 1) == (
        kept.source, kept.id, kept.malformed, kept.error, kept.times,
    )  # fmt: skip
    assert (START, what.observed) == (kept.at, kept.observed)
    assert "One." == json.loads(kept.raw)["text"]


def test_raw_bytes_are_kept_as_they_came(box: DeadLetterBox) -> None:
    """Malformed input is kept byte by byte, even when it is no text."""
    raw = bytes(range(256))
    box.put([letter(Malformed(source="wire", id="", raw=raw, error="no", observed=START))])

    kept = box.latest()[0]

    assert (raw, True, "broken") == (kept.raw, kept.malformed, kept.error)


def test_the_same_letter_again_is_counted(box: DeadLetterBox) -> None:
    """One row, its latest error and time; another version of the item is another letter."""
    clock = Clock()
    box.put([letter(item("a", "One."), "first", clock)])
    clock.advance(hours=1)
    box.put([letter(item("a", "One.", minute=9), "second", clock)])
    box.put([letter(item("a", "Two."), "other", clock)])

    assert 2 == box.count()
    first = box.show(1)
    assert first and (2, "second", clock()) == (first.times, first.error, first.at)


def test_the_latest_letters_come_first_and_by_source(box: DeadLetterBox) -> None:
    """A list of what went wrong last, whole or of one source."""
    clock = Clock()
    for n, source in enumerate(("one", "two", "one")):
        clock.advance(minutes=1)
        box.put([letter(item(str(n), source=source), clock=clock)])

    assert ["2", "1", "0"] == [kept.id for kept in box.latest()]
    assert ["2", "0"] == [kept.id for kept in box.latest(source="one")]
    assert ["2"] == [kept.id for kept in box.latest(limit=1)]
    assert [] == box.latest(source="'; DROP TABLE dead_letters; --")


def test_dropping_removes_for_good(box: DeadLetterBox) -> None:
    """The number of letters that were there is told; unknown numbers do no harm."""
    box.put([letter(item("a")), letter(item("b"))])

    assert 1 == box.drop([1, 1, 77, -1, 0, 10**30])

    assert box.show(1) is None
    assert ["b"] == [kept.id for kept in box.latest()]


@pytest.mark.parametrize("number", [-1, 0, 99, 2**63 - 1, 2**63, 10**400])
def test_no_number_breaks_the_box(box: DeadLetterBox, number: int) -> None:
    """Numbers come from the command line and over HTTP."""
    assert box.show(number) is None


@settings(max_examples=60, deadline=None)
@given(
    id=st.text(st.characters(codec="utf-8"), max_size=20),
    error=st.text(max_size=20),
    raw=st.binary(max_size=20),
)
def test_any_letter_can_be_kept(id: str, error: str, raw: bytes) -> None:
    """Also ids and errors that SQLite could not hold as they are."""
    with scratch() as folder:
        box = DeadLetterBox(folder / "state.db")
        hostile = Malformed(source="wire", id=id + "\ud800", raw=raw, error="", observed=START)

        box.put([letter(hostile, error + "\udfff"), letter(item(id or "x"))])

        assert 2 == box.count()
        box.close()


def test_a_replay_that_goes_well_empties_the_box(box: DeadLetterBox) -> None:
    """The item is in the index with its first `observed`, the letter is gone."""
    clock, store, picky = Clock(), MemoryStore(Clock()), Picky()
    pipeline = Pipeline(store, picky, HashingEmbedder(16), box, clock)
    pipeline.process([item("a", "One."), item("b", "Two.")])
    assert 2 == box.count()
    picky.broken = False
    clock.advance(days=1)

    report = pump_once(DeadLetterSource(box, [1, 2], now=clock), pipeline)

    assert 2 == report.indexed
    assert 0 == box.count()
    assert [START] == [c.observed for c in store.history(ItemKey("wire", "a"), EVERYTHING)]


def test_what_dies_again_stays_and_is_counted(box: DeadLetterBox) -> None:
    """Under its old number; also when no time has passed on the clock, or it was set back."""
    clock = Clock()
    pipeline = Pipeline(MemoryStore(clock), Picky(), HashingEmbedder(16), box, clock)
    pipeline.process([item("a", "One.")])

    for times, step in ((2, 0), (3, -5), (4, 5)):
        clock.advance(minutes=step)
        pump_once(DeadLetterSource(box, [1], now=clock), pipeline)

        kept = box.show(1)
        assert kept and (times, 1) == (kept.times, box.count())


def test_malformed_bytes_that_are_an_item_by_now_are_indexed(box: DeadLetterBox) -> None:
    """What a newer version understands, or what was fixed, needs no sender."""
    raw = b'{"id": "a", "text": "One.", "published": "2026-02-01T00:00:00Z"}'
    box.put([letter(Malformed(source="wire", id="a", raw=raw, error="x", observed=START))])
    store = MemoryStore(Clock())
    pipeline = Pipeline(store, SentenceSplitter(), HashingEmbedder(16), box, Clock())

    assert 1 == pump_once(DeadLetterSource(box, [1], now=Clock()), pipeline).indexed

    assert 0 == box.count()
    assert ["One."] == [c.text for c in store.history(ItemKey("wire", "a"), EVERYTHING)]


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe", b"<rss>", b'{ "id":  "a" }', b"[1, 2]", b"[" * 99_999]
)
def test_malformed_bytes_that_stay_malformed_are_kept_as_they_are(
    box: DeadLetterBox, raw: bytes
) -> None:
    """The same letter, its bytes untouched, counted once more."""
    box.put([letter(Malformed(source="wire", id="k", raw=raw, error="x", observed=START))])
    pipeline = Pipeline(MemoryStore(Clock()), SentenceSplitter(), HashingEmbedder(16), box, Clock())

    assert 1 == pump_once(DeadLetterSource(box, [1], now=Clock()), pipeline).dead

    kept = box.show(1)
    assert kept and (raw, "k", 2, 1) == (kept.raw, kept.id, kept.times, box.count())


def test_the_source_keeps_the_promise_of_sources(box: DeadLetterBox) -> None:
    """Two polls hand out the same; a commit moves on; unknown numbers are no items."""
    box.put([letter(item("a", "One.")), letter(malformed("x"))])
    source = DeadLetterSource(box, [2, 1, 99], now=Clock())

    first: Sequence[Item | Malformed] = source.poll(0)
    assert first == source.poll(0)
    assert ["x", "a"] == [what.id for what in first]
    source.commit()
    assert [] == source.poll(0)
    source.close()
    source.close()


def test_a_letter_dropped_during_its_replay_is_no_error(box: DeadLetterBox) -> None:
    """Operator and replay may meet."""
    box.put([letter(item("a"))])
    source = DeadLetterSource(box, [1], now=Clock())
    source.poll(0)
    box.drop([1])

    source.commit()

    assert 0 == box.count()


def test_a_file_that_fails_is_unavailable(folder: Path) -> None:
    """Every method says so in our way, and nothing is half written."""
    path = folder / "state.db"
    box = DeadLetterBox(path)
    box.put([letter(item("a"))])
    with sqlite3.connect(path) as other:
        other.execute("ALTER TABLE dead_letters RENAME TO elsewhere")
    other.close()

    for call in (
        lambda: box.put([letter(item("b"))]),
        lambda: box.latest(),
        lambda: box.count(),
        lambda: box.drop([1]),
        lambda: box.show(1),
    ):
        with pytest.raises(Unavailable, match="dead letters cannot"):
            call()
    box.close()


def test_a_file_that_is_no_database_is_unavailable(folder: Path) -> None:
    """Said when it is opened."""
    (folder / "state.db").write_bytes(b"not a database" * 999)

    with pytest.raises(Unavailable, match="cannot be used"):
        DeadLetterBox(folder / "state.db")
