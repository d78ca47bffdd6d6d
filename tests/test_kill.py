"""Nothing lost, nothing twice: a real daemon, killed at random moments while items stream in."""

import json
import os
import random
import re
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.error import URLError

from freshwire.app import utc_now
from indexer.deadletter import DeadLetterBox
from indexer.edge import EdgeStore
from indexer.store import EVERYTHING
from streams import ItemKey
from tests.daemon_process import DaemonProcess, until
from tests.fakes import START
from tests.scratch import scratch

KILLS = 30
BATCHES = 60
BATCH = 25
#: Items that are pushed, and entries that the feed has over time.
KEYS, ENTRIES = 250, 60

#: Every fourth daemon is killed within so many seconds of its start (ready takes about 0.4), the
#: others within so many of being ready, when the items that wait for it all come in.
LIFE_SECONDS, BUSY_SECONDS = 0.6, 0.08

WORDS = ("copper", "zinc", "rates", "storm", "merger", "verdict", "harvest", "launch")


@dataclass
class Stream:
    """What flows in: batches to push, and the states of a feed, one for each batch."""

    batches: list[list[dict[str, Any]]] = field(default_factory=list)
    feeds: list[list[dict[str, Any]]] = field(default_factory=list)

    @property
    def last(self) -> dict[ItemKey, str]:
        """The text that counts in the end, "" for what was withdrawn."""
        texts: dict[ItemKey, str] = {}
        for batch, entries in zip(self.batches, self.feeds, strict=True):
            for record in batch:
                texts[ItemKey("wire", record["id"])] = record["text"]
            for entry in entries:
                texts[ItemKey("feed", entry["id"])] = entry["content_text"]
        return texts


def make_stream(chance: random.Random) -> Stream:
    """New items, corrections with and without a date, withdrawals, texts that change back."""
    stream, versions = Stream(), dict.fromkeys(range(KEYS), 0)
    entries: dict[int, dict[str, Any]] = {}
    for number in range(BATCHES):
        batch: list[dict[str, Any]] = []
        # no key twice in a batch, so that one sent again for want of an answer is in order
        for key in chance.sample(range(KEYS), BATCH):
            versions[key] += 1
            record: dict[str, Any] = {
                "source": "wire",
                "id": f"item/{key}",
                "text": text(chance, f"item {key} version {versions[key] % 3}"),
                "published": "2024-01-01T00:00:00Z",
            }
            if key % 2:  # half of the items have dated versions
                record["updated"] = f"2024-02-01T{versions[key]:02}:00:00Z"
            if chance.random() < 0.05:
                record |= {"withdrawn": True, "text": ""}
            batch.append(record)
        stream.batches.append(batch)
        for key in range(number, number + 3):
            entry: dict[str, Any] = {
                "id": f"entry-{key % ENTRIES}",
                "content_text": text(chance, f"entry {key % ENTRIES} state {number}"),
                "date_published": "2024-01-01T00:00:00Z",
            }
            if key % 2:
                entry["date_modified"] = f"2024-03-{1 + number // 24:02}T{number % 24:02}:00:00Z"
            entries.pop(key % ENTRIES, None)
            entries[key % ENTRIES] = entry
        # a rolling window: what leaves it is not deleted
        stream.feeds.append(list(entries.values())[-20:])
    return stream


def text(chance: random.Random, head: str) -> str:
    """A few sentences, sometimes enough for several passages."""
    chosen = head.split()[-1]  # equal for equal versions, so that a text can change back
    sentences = [f"{head}: {word} {chosen}." for word in WORDS]
    return " ".join(sentences * (6 if "item 7" in head else 1))


class Run:
    """The stream into one daemon, which is killed now and then."""

    def __init__(self, folder: Path, stream: Stream, chance: random.Random, kills: int) -> None:
        self.stream = stream
        self.kills = 0
        self._planned = kills
        self._chance = chance
        self._feed = folder / "feed.json"
        self._home = folder / "home"
        self._home.mkdir()
        (self._home / "freshwire.toml").write_text(
            f'[[source]]\nname = "feed"\nurl = "{self._feed.as_uri()}"\n'
        )
        self._publish([])
        self._daemon = DaemonProcess(self._home)
        self._done = threading.Event()

    def index(self) -> dict[str, Any]:
        """What the index holds at the end, without the clocks of ours."""
        with self._daemon as daemon:
            killer = threading.Thread(target=self._kill_again_and_again)
            killer.start()
            try:
                for number in range(BATCHES):
                    self._step(number)
            finally:
                self._done.set()
                killer.join()
            # pushed items go in one after the other: once the last is searchable, all are
            last = {"source": "last", "id": "1", "text": "last", "published": "2024-01-01"}
            self._insist("/items?wait=true", last)
            daemon.signal(15)
            assert 0 == daemon.ended(20), daemon.output[-3_000:]
            self.replays = len(re.findall(r"source=inbox.* unchanged=[1-9]", daemon.output))
        return self._read()

    def _step(self, number: int) -> None:
        """One state of the feed is polled and one batch acknowledged, however long it takes."""
        wanted = number * self._planned // BATCHES
        until(lambda: self.kills >= wanted or self._done.is_set(), 60, f"kill {wanted}")
        self._publish(self.stream.feeds[number])
        self._insist("/items", self.stream.batches[number])
        self._insist("/sources/feed/poll", {})

    def _publish(self, entries: list[dict[str, Any]]) -> None:
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": entries}
        fresh = self._feed.with_suffix(".new")
        fresh.write_text(json.dumps(feed))
        fresh.replace(self._feed)

    def _insist(self, path: str, body: object) -> None:
        """Send until it is acknowledged."""

        def acknowledged() -> bool:
            try:
                status, answer = self._daemon.post(path, body, seconds=20)
            except (URLError, OSError, ValueError):
                return False
            assert status in (200, 202, 503), answer
            return status != 503 and not answer.get("error")

        until(acknowledged, 60, f"an answer to {path}")

    def _kill_again_and_again(self) -> None:
        lives = 0
        while self.kills < self._planned:
            seconds = LIFE_SECONDS
            if self._chance.random() < 0.75:
                until(lambda before=lives: self._lives > before, 60, "ready")  # type: ignore[misc]
                seconds = BUSY_SECONDS
            self._done.wait(self._chance.uniform(0.0, seconds))
            self._daemon.kill()
            self.kills += 1
            lives = self._lives
            self._daemon.start()

    @property
    def _lives(self) -> int:
        """How often a daemon has become ready."""
        return self._daemon.output.count("INFO ready")

    def _read(self) -> dict[str, Any]:
        dead = DeadLetterBox(self._home / "state.db")
        store = EdgeStore(self._home / "index", dimension=384, now=utc_now)
        state: dict[str, Any] = {"count": dict(store.count()), "dead": dead.count()}
        for key in self.stream.last:
            chunks = [
                replace(
                    chunk,
                    observed=START,
                    indexed=None,
                    superseded=START if chunk.superseded else None,
                    # without a date of its own a withdrawal ends a version when it was observed
                    valid_until=chunk.valid_until if chunk.updated else None,
                )
                for chunk in store.history(key, EVERYTHING)
            ]
            state["/".join(key)] = sorted(chunks, key=lambda chunk: (chunk.version, chunk.ordinal))
            state["held " + "/".join(key)] = {
                held._replace(observed=START) for held in store.held([key])[key]
            }
        store.close()
        dead.close()
        return state


def test_killed_at_thirty_moments_the_index_is_that_of_a_run_without() -> None:
    """1,500 pushes and a changing feed, retried until acknowledged: every version is there."""
    seed = int(os.environ.get("FRESHWIRE_TEST_SEED") or random.SystemRandom().randrange(10**6))
    print(f"FRESHWIRE_TEST_SEED={seed}")
    chance = random.Random(seed)
    stream = make_stream(chance)
    assert 500 <= sum(len(batch) for batch in stream.batches)

    with scratch() as folder, scratch() as calm:
        killed = Run(folder, stream, chance, KILLS)
        got = killed.index()
        expected = Run(calm, stream, chance, 0).index()

    print(killed.replays, "batches came again")
    assert KILLS <= killed.kills
    assert 0 == got["dead"]
    for key, wanted in stream.last.items():
        chunks = [chunk for chunk in got["/".join(key)] if not chunk.superseded]
        assert wanted == "".join(chunk.text for chunk in chunks), key
    different = [name for name in expected if expected[name] != got[name]]
    assert {name: expected[name] for name in different} == {name: got[name] for name in different}
