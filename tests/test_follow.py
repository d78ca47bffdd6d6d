"""A followed source: its next poll, its health, what a poll brought."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from indexer.embedder import HashingEmbedder
from indexer.follow import REREAD, Follower
from indexer.pipeline import Pipeline
from indexer.pump import IN_A_ROW, Breaker, Broken
from streams import SourceSpec, Unavailable
from streams.cursor import Cursor, Cursors
from streams.fetch import Fetcher
from streams.subscription import FeedSource
from tests.fakes import START, Clock, LetterList, ListSource, SentenceSplitter, item, malformed
from tests.memory_store import MemoryStore
from tests.scratch import scratch

SPEC = SourceSpec(name="wire", url="https://example.org/vix.csv", kind="market")


class Choking(HashingEmbedder):
    """Fails on every text."""

    def embed(self, texts: object) -> object:  # type: ignore[override]
        """Raises RuntimeError."""
        raise RuntimeError("the model choked")


def pipeline(clock: Clock, embedder: HashingEmbedder | None = None) -> Pipeline:
    """A pipeline into an index of its own."""
    embedder = embedder or HashingEmbedder(16)
    return Pipeline(MemoryStore(clock), SentenceSplitter(), embedder, LetterList(), clock)


def follower(source: ListSource, clock: Clock, spec: SourceSpec = SPEC) -> Follower:
    """A follower whose waits are the longest."""
    return Follower(spec, source, now=clock, random=lambda: 1.0)


@pytest.fixture
def cursors() -> Iterator[Cursors]:
    """Where feeds are up to."""
    with scratch() as folder:
        opened = Cursors(folder / "state.db")
        yield opened
        opened.close()


def feed(cursors: Cursors, clock: Clock, url: str) -> tuple[Follower, Fetcher]:
    """A follower of a real feed."""
    spec = SourceSpec(name="wire", url=url)
    fetcher = Fetcher(now=clock, allow_private=False, contact="")
    source = FeedSource(spec, fetcher=fetcher, cursors=cursors, now=clock, random=lambda: 0.5)
    return Follower(spec, source, now=clock, random=lambda: 1.0), fetcher


def test_a_source_never_polled_is_due_now_and_waits() -> None:
    """Before its first poll there is nothing to say about its health."""
    clock = Clock()
    state = follower(ListSource([]), clock).state()

    assert ("waiting", START, None, 0, "") == (
        state.health, state.next_poll, state.last_success, state.failures, state.error,
    )  # fmt: skip


def test_a_file_is_read_to_its_end_in_one_poll() -> None:
    """All its batches count, and the next poll is a day later, or when the spec says."""
    clock = Clock()
    source = ListSource([[item("a"), item("b")], [item("c"), malformed("x")]])
    followed = follower(source, clock)

    poll = followed.poll(pipeline(clock), Breaker())

    assert ("wire", 3, 1, "") == (poll.name, poll.report.indexed, poll.report.dead, poll.error)
    state = followed.state()
    assert ("ok", START, START) == (state.health, state.last_success, state.last_new)
    assert START + REREAD == state.next_poll

    hourly = follower(ListSource([]), clock, replace(SPEC, interval=timedelta(hours=1)))
    hourly.poll(pipeline(clock), Breaker())
    assert START + timedelta(hours=1) == hourly.next_poll


def test_a_poll_without_news_is_a_success_but_brings_nothing_new() -> None:
    """`last_new` stays where it was."""
    clock = Clock()
    index, followed = pipeline(clock), follower(ListSource([[item("a")], [], [item("a")]]), clock)
    followed.poll(index, Breaker())
    clock.advance(hours=5)

    followed.poll(index, Breaker())

    state = followed.state()
    assert (START, START + timedelta(hours=5)) == (state.last_new, state.last_success)


def test_a_source_that_cannot_be_polled_is_tried_again_later_and_later() -> None:
    """It says why; waits grow; its own wish counts when it is longer; a success clears all."""
    clock = Clock()
    wish = Unavailable("busy", retry_after=timedelta(minutes=10))
    followed = follower(ListSource([Unavailable("down"), Unavailable("down"), wish]), clock)
    index = pipeline(clock)

    for failures, wait, words in (
        (1, timedelta(seconds=1), "down"),
        (2, timedelta(seconds=2), "down"),
        (3, timedelta(minutes=10), "busy"),
    ):
        poll = followed.poll(index, Breaker())
        state = followed.state()
        assert (words, "failing", words) == (poll.error, state.health, state.error)
        assert (failures, clock() + wait) == (state.failures, state.next_poll)

    followed.poll(index, Breaker())
    state = followed.state()
    assert ("ok", 0, "") == (state.health, state.failures, state.error)


def test_a_source_whose_items_break_is_suspended() -> None:
    """Failing, with the way to its dead letters, and tried again after a minute."""
    clock = Clock()
    followed = follower(ListSource([[item(str(n)) for n in range(IN_A_ROW)]]), clock)

    poll = followed.poll(pipeline(clock, Choking(16)), Breaker())

    assert "freshwire dead list" in poll.error
    state = followed.state()
    assert ("failing", START + timedelta(minutes=1)) == (state.health, state.next_poll)


def test_what_is_broken_everywhere_is_not_waited_out() -> None:
    """Broken is no failure of the source: it goes through, to end the process."""
    clock, breaker = Clock(), Breaker()
    index = pipeline(clock, Choking(16))
    for name in ("one", "two"):
        source = ListSource([[item(str(n), source=name) for n in range(9)]])
        follower(source, clock).poll(index, breaker)

    with pytest.raises(Broken):
        follower(ListSource([[item(str(n), source="three") for n in range(9)]]), clock).poll(
            index, breaker
        )


def test_a_bug_in_a_source_goes_through() -> None:
    """Only Unavailable is waited out."""
    clock = Clock()

    with pytest.raises(ZeroDivisionError):
        follower(ListSource([ZeroDivisionError()]), clock).poll(pipeline(clock), Breaker())


def test_a_clock_that_was_fast_and_is_set_back_delays_no_poll() -> None:
    """A next poll that lies further ahead than any plan is due now."""
    clock = Clock()
    followed = follower(ListSource([[item("a")]]), clock)
    clock.advance(days=300)
    followed.poll(pipeline(clock), Breaker())

    clock.advance(days=-300)

    assert clock() == followed.next_poll


def test_two_threads_take_turns() -> None:
    """A poll that the operator asks for waits for the one that runs; nothing is indexed twice."""
    clock, index = Clock(), pipeline(Clock())
    inside, crowded = [], []

    class Slow(ListSource):
        def poll(self, timeout: float) -> object:  # type: ignore[override]
            inside.append(1)
            crowded.extend(inside[1:])
            threading.Event().wait(0.002)
            batch = super().poll(timeout)
            inside.pop()
            return batch

    followed = follower(Slow([[item(str(n))] for n in range(20)]), clock)
    threads = [threading.Thread(target=lambda: followed.poll(index, Breaker())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [] == crowded
    assert 20 == index.store.count()["current"]


def test_a_feed_keeps_its_own_time_of_the_next_poll(cursors: Cursors) -> None:
    """What its cursor says holds, also when it could not be fetched, and after a restart."""
    clock = Clock()
    followed, fetcher = feed(cursors, clock, "http://127.0.0.1:9/feed")  # refused: private

    poll = followed.poll(pipeline(clock), Breaker())

    state = followed.state()
    assert poll.error == state.error != ""
    assert "failing" == state.health
    saved = cursors.load("wire")
    assert saved.next_poll and state.next_poll and state.next_poll >= saved.next_poll > START
    again, other = feed(cursors, clock, "http://127.0.0.1:9/feed")
    assert "failing" == again.state().health
    fetcher.close()
    other.close()


def test_a_feed_that_is_gone_is_polled_no_more(cursors: Cursors) -> None:
    """It has no next poll, and its state says so."""
    url = "https://example.org/feed"
    cursors.save("wire", Cursor(asked_url=url, gone=True, last_error="410 Gone"))

    followed, fetcher = feed(cursors, Clock(), url)

    state = followed.state()
    assert ("gone", None, "410 Gone") == (state.health, state.next_poll, state.error)
    fetcher.close()
