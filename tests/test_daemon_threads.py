"""The daemon's threads in this process: started, asked, stopped."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from freshwire.app import utc_now
from indexer.daemon import Daemon
from indexer.embedder import HashingEmbedder
from indexer.pipeline import Pipeline
from streams import Source, SourceSpec
from streams.catalogue import Catalogue
from streams.inbox import Inbox
from tests.daemon_process import until
from tests.fakes import LetterList, ListSource, SentenceSplitter, item
from tests.memory_store import MemoryStore
from tests.scratch import scratch


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the daemon's state is."""
    with scratch() as made:
        yield made


def spec(name: str, origin: str = "config") -> SourceSpec:
    """A source that is read to its end."""
    url = f"https://example.org/{name}.csv"
    return SourceSpec(name=name, url=url, kind="market", origin=origin, symbol=name)  # type: ignore[arg-type]


@contextmanager
def opened(
    folder: Path,
    specs: list[SourceSpec],
    open_source: Callable[[SourceSpec], Source],
    *,
    now: Callable[[], datetime] = utc_now,
) -> Iterator[Daemon]:
    """A daemon on an index in memory; closed afterwards."""
    with ExitStack() as stack:
        catalogue = Catalogue(folder / "state.db", specs)
        stack.callback(catalogue.close)
        inbox = Inbox(folder / "state.db", now=utc_now)
        stack.callback(inbox.close)
        stopping = threading.Event()
        daemon = Daemon(
            pipeline=Pipeline(
                MemoryStore(utc_now), SentenceSplitter(), HashingEmbedder(16), LetterList(),
                now, stopping.is_set,
            ),
            catalogue=catalogue,
            inbox=inbox,
            open_source=open_source,
            random=lambda: 0.5,
            stopping=stopping,
        )  # fmt: skip
        stack.callback(lambda: daemon.close(5.0))
        yield daemon


def test_the_sample_is_read_before_it_is_ready(folder: Path) -> None:
    """On an empty index, ready means that the sample answers; then come the others."""
    events: list[str] = []

    class Noting(ListSource):
        def commit(self) -> None:
            super().commit()
            events.append(self.name)

    def open_source(wanted: SourceSpec) -> Source:
        return Noting([[item("a", source=wanted.name)]], name=wanted.name)

    with opened(folder, [spec("other"), spec("shipped", "sample")], open_source) as daemon:
        assert not daemon.ready
        daemon.start()
        until(lambda: daemon.ready, 10, "ready")
        assert "shipped" == events[0]
        until(lambda: "other" in events, 10, "the other source")

        assert daemon.close(5.0)
        assert daemon.wait(0)


@pytest.mark.parametrize("reading", range(1, 6))
def test_stopping_waits_for_no_thread_that_waits_for_it(folder: Path, reading: int) -> None:
    """Stopped while a thread is at any of its readings of the clock, all are done soon after."""
    readings = iter(range(1, 1_000))
    reached, stopped = threading.Event(), threading.Event()

    def now() -> datetime:
        if threading.current_thread() is not threading.main_thread() and next(readings) == reading:
            reached.set()
            stopped.wait(5)
            threading.Event().wait(0.2)  # the stop gets as far as it can
        return utc_now()

    specs = [spec("one"), spec("two")]
    with opened(folder, specs, lambda one: ListSource([], name=one.name), now=now) as daemon:
        daemon.start()
        assert reached.wait(10)
        stopped.set()

        assert daemon.close(5.0)


def test_a_source_is_added_polled_and_removed_while_it_runs(folder: Path) -> None:
    """What is added is followed at once; what is removed is unknown from then on."""

    def open_source(wanted: SourceSpec) -> Source:
        return ListSource([[item("a", source=wanted.name)]], name=wanted.name)

    with opened(folder, [], open_source) as daemon:
        daemon.start()
        daemon.add(spec("new"))
        until(lambda: daemon.totals().get("indexed", 0) == 1, 10, "its first poll")

        poll = daemon.poll("new")

        assert poll and ("new", "") == (poll.name, poll.error)
        assert ["new"] == [state.spec.name for state in daemon.sources()]
        assert daemon.remove("new")
        assert not daemon.remove("new")
        assert daemon.poll("new") is None
        assert [] == daemon.sources()


def test_a_bug_comes_out_where_the_daemon_is_waited_for(folder: Path) -> None:
    """With its own type and words; the other threads stop."""
    source = ListSource([ZeroDivisionError("a bug")])

    with opened(folder, [spec("s")], lambda wanted: source) as daemon:
        daemon.start()

        with pytest.raises(ZeroDivisionError, match="a bug"):
            daemon.wait(10)
        assert daemon.stopping


def test_who_pushes_hears_what_became_of_each_item(folder: Path) -> None:
    """Outcomes in the order of the push; None when the daemon stops before."""
    with opened(folder, [], lambda wanted: ListSource([])) as daemon:
        numbers = daemon.intake.push([item("a"), item("b")])
        assert daemon.intake.wait_for(numbers, 0.01) is None
        daemon.start()

        report = daemon.intake.wait_for(numbers, 10)
        assert report and ("indexed", "indexed") == report.outcomes
        again = daemon.intake.wait_for(daemon.intake.push([item("b"), item("c")]), 10)
        assert again and ("unchanged", "indexed") == again.outcomes

        assert daemon.close(5.0)
        late = daemon.intake.push([item("d")])
        assert daemon.intake.wait_for(late, 10) is None
        assert 1 == daemon.intake.pending
