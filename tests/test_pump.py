"""Poll, process, commit; and when to wait, suspend a source, or give up."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.embedder import HashingEmbedder
from indexer.pipeline import Pipeline
from indexer.pump import (
    BACKOFF_SECONDS,
    IN_A_ROW,
    Breaker,
    Broken,
    Suspended,
    backoff_seconds,
    pump_once,
)
from indexer.report import DeadLetter, Report
from streams import Item, Malformed, Unavailable
from tests.fakes import Clock, LetterList, ListSource, SentenceSplitter, item, malformed
from tests.memory_store import MemoryStore


@dataclass
class Desk:
    """A pipeline that breaks on any item titled "bad"."""

    store: MemoryStore = field(default_factory=lambda: MemoryStore(Clock()))
    dead: LetterList = field(default_factory=LetterList)

    def pipeline(self) -> Pipeline:
        """The pipeline."""
        return Pipeline(self.store, self, HashingEmbedder(16), self.dead, Clock())  # type: ignore[arg-type]

    def split(self, text: str) -> list[object]:
        """One passage. Raises ValueError for what is bad."""
        if text.startswith("bad"):
            raise ValueError("cannot be split")
        return list(SentenceSplitter().split(text))


def bad(number: int, source: str = "wire") -> Item:
    """An item that breaks."""
    return item(f"bad-{number}", f"bad {number}", source=source)


def good(number: int, source: str = "wire") -> Item:
    """An item that does not."""
    return item(f"good-{number}", source=source)


def trials(*pairs: tuple[str, bool]) -> Report:
    """A report of items of these sources, broken or not."""
    return Report(trials=pairs)


def test_a_batch_is_committed_once_it_is_in_the_index() -> None:
    """At the commit the items can be found already."""
    desk = Desk()
    seen: list[int] = []

    class Watching(ListSource):
        def commit(self) -> None:
            seen.append(desk.store.count()["current"])
            super().commit()

    source = Watching([[item("a"), item("b")], [item("c")]])

    first = pump_once(source, desk.pipeline())
    second = pump_once(source, desk.pipeline())

    assert [2, 3] == seen
    assert (2, 1) == (first.indexed, second.indexed)
    assert [] == source.script


@pytest.mark.parametrize("where", ["store", "dead letters"])
def test_nothing_is_committed_when_the_items_are_not_safe(where: str) -> None:
    """Unavailable while writing: the same items come again, and then go in."""
    desk = Desk()
    source = ListSource([[item("a"), malformed("x")]])
    pipeline = desk.pipeline()
    outage = [True]

    class Failing:
        def __init__(self, inner: object, name: str) -> None:
            self._inner, self._name = inner, name

        def __getattr__(self, name: str) -> object:
            if name == self._name and outage:
                raise Unavailable("disk full")
            return getattr(self._inner, name)

    store = Failing(desk.store, "write") if where == "store" else desk.store
    dead = Failing(desk.dead, "put") if where == "dead letters" else desk.dead
    pipeline = Pipeline(store, SentenceSplitter(), HashingEmbedder(16), dead, Clock())  # type: ignore[arg-type]

    for _ in range(2):
        with pytest.raises(Unavailable, match="disk full"):
            pump_once(source, pipeline)
        assert 0 == source.committed

    outage.clear()
    report = pump_once(source, pipeline)

    assert 1 == source.committed
    assert 1 == report.dead
    assert 1 == desk.store.count()["current"]
    assert 1 == len(desk.dead.letters)


def test_a_source_that_cannot_be_polled_loses_nothing() -> None:
    """Unavailable from the poll is passed on with its wish; the next poll has the items."""
    source = ListSource([Unavailable("503"), [item("a")]])
    desk = Desk()

    with pytest.raises(Unavailable, match="503"):
        pump_once(source, desk.pipeline())

    assert 1 == pump_once(source, desk.pipeline()).indexed


def test_dead_letters_are_safe_before_the_commit() -> None:
    """What could not be indexed is kept when the source forgets it."""
    kept: list[int] = []
    desk = Desk()

    class Watching(ListSource):
        def commit(self) -> None:
            kept.append(len(desk.dead.letters))
            super().commit()

    pump_once(Watching([[bad(1), malformed("x"), good(1)]]), desk.pipeline())

    assert [2] == kept


def test_twenty_in_a_row_suspend_their_source() -> None:
    """All are in the dead letters, the batch is committed, and the source shall wait."""
    desk, breaker = Desk(), Breaker()
    source = ListSource([[bad(n) for n in range(IN_A_ROW - 1)], [bad(99)], [good(1)]])

    pump_once(source, desk.pipeline(), breaker=breaker)
    with pytest.raises(Suspended, match="of wire could not be indexed") as caught:
        pump_once(source, desk.pipeline(), breaker=breaker)

    assert 2 == source.committed
    assert IN_A_ROW == len(desk.dead.letters)
    assert caught.value.retry_after and caught.value.retry_after.total_seconds() == BACKOFF_SECONDS
    assert 1 == pump_once(source, desk.pipeline(), breaker=breaker).indexed


def test_one_success_between_starts_the_count_again() -> None:
    """Nineteen, one good one, nineteen: the source goes on."""
    breaker = Breaker()
    nineteen = [("wire", True)] * (IN_A_ROW - 1)

    breaker.judge(trials(*nineteen, ("wire", False), *nineteen))


def test_another_source_going_well_does_not_save_a_broken_one() -> None:
    """Counted per source, twenty of its own items are twenty in a row."""
    breaker = Breaker()
    mixed = [pair for _ in range(IN_A_ROW) for pair in (("sick", True), ("well", False))]

    with pytest.raises(Suspended, match="of sick"):
        breaker.judge(trials(*mixed))


def test_two_sources_with_twenty_are_both_told() -> None:
    """The one that was not named first is named at its next item."""
    breaker = Breaker()
    both = [pair for _ in range(IN_A_ROW) for pair in (("one", True), ("two", True))]

    with pytest.raises(Suspended, match="of two"):
        breaker.judge(trials(*both))
    with pytest.raises(Suspended, match="of one"):
        breaker.judge(trials(("one", True)))


def test_twenty_over_three_sources_end_the_process() -> None:
    """No success among them: it is us, and Broken is not Unavailable, so nobody waits it out."""
    breaker = Breaker()
    over_three = [(f"source-{n % 3}", True) for n in range(IN_A_ROW)]

    breaker.judge(trials(*over_three[:-1]))
    with pytest.raises(Broken, match="3 sources") as caught:
        breaker.judge(trials(over_three[-1]))

    assert not isinstance(caught.value, Unavailable)


def test_twenty_over_three_sources_with_one_success_do_not() -> None:
    """Any success shows that the pipeline works."""
    breaker = Breaker()
    over_three = [(f"source-{n % 3}", True) for n in range(IN_A_ROW - 1)]

    breaker.judge(trials(*over_three, ("source-9", False), *over_three))


def test_malformed_input_never_counts() -> None:
    """A thousand malformed items of one source are a thousand dead letters, no more."""
    desk, breaker = Desk(), Breaker()
    source = ListSource([[malformed(str(n)) for n in range(100)] for _ in range(10)])

    for _ in range(10):
        pump_once(source, desk.pipeline(), breaker=breaker)

    assert 1_000 == len(desk.dead.letters)


def test_malformed_input_does_not_hide_broken_items() -> None:
    """Malformed ones between broken ones do not start the count again."""
    desk, breaker = Desk(), Breaker()
    batch: Sequence[Item | Malformed] = [
        each for n in range(IN_A_ROW) for each in (bad(n), malformed(str(n)))
    ]

    with pytest.raises(Suspended):
        pump_once(ListSource([batch]), desk.pipeline(), breaker=breaker)


def test_the_count_is_right_with_many_threads() -> None:
    """Threads that report one success each per nineteen failures never suspend anybody."""
    breaker, failures = Breaker(), []

    def work(source: str) -> None:
        try:
            for _ in range(200):
                breaker.judge(trials((source, False), *[(source, True)] * 6))
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(f"s{n}",)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [] == failures


@given(failures=st.integers(1, 10**6), draw=st.floats(0, 1, exclude_max=True))
def test_the_wait_grows_and_stays_within_its_bounds(failures: int, draw: float) -> None:
    """Between half a second and a minute; never less after more failures, jitter aside."""
    seconds = backoff_seconds(failures, draw)

    assert 0.5 <= seconds <= BACKOFF_SECONDS
    assert seconds <= backoff_seconds(failures + 1, draw)
    assert backoff_seconds(failures, 0.0) * 2 == pytest.approx(backoff_seconds(failures, 1.0))


def test_the_first_waits_are_short() -> None:
    """One, two, four seconds: an outage of a moment costs a moment."""
    assert [1, 2, 4, 8, 16, 32, 60, 60] == [backoff_seconds(n, 1.0) for n in range(1, 9)]


def test_a_letter_says_what_and_why() -> None:
    """The item as it came, the error by its kind, the time of the failure."""
    desk = Desk()

    pump_once(ListSource([[bad(1)]]), desk.pipeline())

    letter = DeadLetter(what=bad(1), error="ValueError: cannot be split", at=Clock()())
    assert [letter] == desk.dead.letters
