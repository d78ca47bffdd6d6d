"""What became of pushed items, for who waits for it."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from indexer import results
from indexer.report import Outcome, Report
from indexer.results import Results

OUTCOMES: list[Outcome] = ["indexed", "updated", "unchanged", "withdrawn", "ignored", "dead"]


@given(st.lists(st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=5), min_size=1), st.data())
def test_each_waiter_gets_its_own_items(batches: list[list[Outcome]], data: st.DataObject) -> None:
    """However pushes were cut into batches, a range of numbers gets its outcomes and errors."""
    found, everything = Results(), [outcome for batch in batches for outcome in batch]
    last = 0
    for batch in batches:
        dead = tuple((i, str(last + i)) for i, one in enumerate(batch) if one == "dead")
        last += len(batch)
        found.note_pushed(last, Report(tuple(batch), errors=dead))
    start = data.draw(st.integers(1, last))
    stop = data.draw(st.integers(start, last))

    report = found.wait(range(start, stop + 1), 0.0)

    assert report
    assert list(report.outcomes) == everything[start - 1 : stop]
    assert [(place, int(error) - start + 1) for place, error in report.errors] == [
        (i, i) for i, one in enumerate(report.outcomes) if one == "dead"
    ]
    assert sum(found.totals().values()) == last


def test_nothing_pushed_needs_no_waiting() -> None:
    """A push of nothing but bad items is done at once."""
    assert Results().wait(range(0), 0.0) == Report()


def test_open_items_are_none_until_they_are_done() -> None:
    """A waiter wakes when the last of its items is done."""
    found, got = Results(), list[Report | None]()
    assert found.wait(range(1, 3), 0.0) is None
    waiter = threading.Thread(target=lambda: got.append(found.wait(range(1, 3), 10.0)))

    waiter.start()
    found.note_pushed(1, Report(("indexed",)))
    found.note_pushed(2, Report(("updated",)))
    waiter.join(10.0)

    assert got == [Report(("indexed", "updated"))]


def test_end_wakes_all_waiters() -> None:
    """Who waits when the daemon stops is told that his items are still open."""
    found, got = Results(), list[Report | None]()
    waiter = threading.Thread(target=lambda: got.append(found.wait(range(1, 2), 60.0)))

    waiter.start()
    found.close()
    waiter.join(10.0)

    assert got == [None]


def test_old_outcomes_are_let_go_of() -> None:
    """The latest outcomes are kept, at least KEPT of them; what is older is unknown."""
    found, size = Results(), results.KEPT // 2
    for last in range(size, 5 * size + 1, size):
        found.note_pushed(last, Report(("indexed",) * size))

    assert found.wait(range(1, 3), 0.0) is None
    kept = found.wait(range(5 * size - results.KEPT + 1, 5 * size + 1), 0.0)
    assert kept and kept.indexed == results.KEPT
