"""Pushed items: durable before `put` returns, handed on in order, never more than fit."""

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from streams import Item, Malformed, Unavailable
from streams.inbox import Inbox
from tests.fakes import START, Clock, item, malformed

#: Seconds after which a wait in these tests counts as failed.
DEADLINE = 20.0

#: Puts one item after another, printing each number once `put` has returned.
PUSHER = """
import sys
from pathlib import Path
from datetime import datetime, UTC
from streams.inbox import Inbox
from streams.item import Item

at = datetime(2026, 3, 1, 12, tzinfo=UTC)
inbox = Inbox(Path(sys.argv[1]), now=lambda: at)
count = 0
while True:
    item = Item(source="wire", id=str(count), text="x", published=at, observed=at)
    print(inbox.put([item])[0], flush=True)
    count += 1
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The state database."""
    return tmp_path / "state.db"


@pytest.fixture
def inbox(path: Path) -> Iterator[Inbox]:
    """An empty inbox that holds six items and hands out two at a time."""
    with closing(Inbox(path, now=Clock(), max_pending=6, batch=2)) as inbox:
        yield inbox


def test_items_come_back_as_they_were_put(inbox: Inbox) -> None:
    """Items and malformed ones keep every field, in order."""
    put: list[Item | Malformed] = [item("1", labels=("desk",), updated=START), malformed("2")]

    numbers = inbox.put(put)

    assert list(numbers) == [1, 2]
    assert inbox.poll(0) == put
    assert inbox.pending == 2


def test_put_of_nothing_is_an_empty_range(inbox: Inbox) -> None:
    """An empty push takes no number."""
    assert list(inbox.put([])) == []
    assert list(inbox.put([item("1")])) == [1]


def test_the_same_batch_comes_until_it_is_committed(inbox: Inbox) -> None:
    """What is put in between waits for its turn."""
    inbox.put([item("1")])
    first = inbox.poll(0)
    inbox.put([item("2")])

    assert inbox.poll(0) == first
    inbox.commit()
    assert inbox.poll(0) == [item("2")]


def test_what_is_not_committed_comes_again_after_a_restart(path: Path) -> None:
    """Closing commits nothing; committed items do not return and numbers are never given twice."""
    with closing(Inbox(path, now=Clock(), batch=1)) as inbox:
        inbox.put([item("1"), item("2")])
        inbox.poll(0)
        inbox.commit()
        inbox.poll(0)

    with closing(Inbox(path, now=Clock(), batch=1)) as inbox:
        assert inbox.wait_for(1, 0)
        assert not inbox.wait_for(2, 0)
        assert inbox.poll(0) == [item("2")]
        inbox.commit()

    with closing(Inbox(path, now=Clock(), batch=1)) as inbox:
        assert inbox.wait_for(2, 0)
        assert not inbox.wait_for(3, 0)
        assert list(inbox.put([item("3")])) == [3]


def test_a_waiting_poll_wakes_when_something_is_put(inbox: Inbox) -> None:
    """The poll does not sit out its timeout."""
    with ThreadPoolExecutor(1) as pool:
        polled = pool.submit(inbox.poll, DEADLINE)
        inbox.put([item("1")])

        assert polled.result(DEADLINE / 2) == [item("1")]


def test_waiting_for_a_commit(inbox: Inbox) -> None:
    """A pusher who waits is told when its items are safe, and when they are not yet."""
    last = inbox.put([item("1"), item("2"), item("3")])[-1]
    inbox.poll(0)
    inbox.commit()

    assert not inbox.wait_for(last, 0.01)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(inbox.wait_for, last, DEADLINE)
        inbox.poll(0)
        inbox.commit()

        assert waiting.result(DEADLINE / 2)


def test_a_full_inbox_refuses_and_says_when_to_come_again(inbox: Inbox) -> None:
    """Nothing of a refused push is kept; room is made by commits."""
    inbox.put([item(str(number)) for number in range(5)])

    with pytest.raises(Unavailable, match="inbox is full: 5 items") as refused:
        inbox.put([item("6"), item("7")])

    assert refused.value.retry_after
    assert inbox.pending == 5
    inbox.poll(0)
    inbox.commit()
    assert len(inbox.put([item("6"), item("7")])) == 2


def test_an_empty_inbox_takes_a_push_of_any_size(inbox: Inbox) -> None:
    """A push larger than the limit is not refused for ever."""
    assert len(inbox.put([item(str(number)) for number in range(10)])) == 10


def test_a_full_disk_is_unavailable_and_loses_nothing(path: Path) -> None:
    """What was taken before stays, the refused push leaves no part of itself."""
    Inbox(path, now=Clock()).close()
    with closing(sqlite3.connect(path)) as database:
        pages = database.execute("PRAGMA page_count").fetchone()[0]
    with closing(Inbox(path, now=Clock())) as inbox:
        inbox.put([item("1")])
        inbox._connection.execute(f"PRAGMA max_page_count = {pages + 5}")

        with pytest.raises(Unavailable, match="full"):
            inbox.put([item("2"), item("3", text="x" * 200_000)])

        assert inbox.poll(0) == [item("1")]
        assert inbox.pending == 1
        assert list(inbox.put([item("4")])) == [2]


def test_a_closed_inbox_is_unavailable(inbox: Inbox) -> None:
    """Pushers are told, and a poll that waits ends at once."""
    with ThreadPoolExecutor(1) as pool:
        polled = pool.submit(inbox.poll, DEADLINE)
        inbox.close()

        with pytest.raises(Unavailable, match="closed"):
            polled.result(DEADLINE / 2)
    with pytest.raises(Unavailable, match="closed"):
        inbox.put([item("1")])


def test_many_threads_put_while_one_polls(path: Path) -> None:
    """Each item comes exactly once, and those of one thread in its order."""
    threads, each = 6, 25
    with closing(Inbox(path, now=Clock(), batch=8)) as inbox, ThreadPoolExecutor(threads) as pool:
        start = threading.Barrier(threads)

        def push(thread: int) -> list[int]:
            start.wait(DEADLINE)
            return [inbox.put([item(f"{thread}-{n}")])[0] for n in range(each)]

        pushed = [pool.submit(push, thread) for thread in range(threads)]
        found: list[str] = []
        while len(found) < threads * each and (batch := inbox.poll(DEADLINE)):
            found += [one.id for one in batch if isinstance(one, Item)]
            inbox.commit()
        numbers = [number for future in pushed for number in future.result(DEADLINE)]

    assert sorted(numbers) == list(range(1, threads * each + 1))
    assert len(found) == len(set(found)) == threads * each
    for thread in range(threads):
        mine = [id for id in found if id.startswith(f"{thread}-")]
        assert mine == [f"{thread}-{n}" for n in range(each)]


def test_what_put_acknowledged_survives_a_kill(path: Path) -> None:
    """After SIGKILL every item whose number was given is there, once, in order."""
    command = [sys.executable, "-c", PUSHER, str(path)]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as pusher:
        assert pusher.stdout
        given = [int(pusher.stdout.readline()) for _ in range(40)]
        pusher.send_signal(signal.SIGKILL)
        given += [int(line) for line in pusher.stdout if line.endswith("\n")]

    with closing(Inbox(path, now=Clock(), batch=100_000)) as inbox:
        found = [one.id for one in inbox.poll(0)]

    assert given == list(range(1, len(given) + 1))
    assert found[: len(given)] == [str(number - 1) for number in given]
    assert len(found) <= len(given) + 1
