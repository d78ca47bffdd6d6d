"""For tests of feeds: small feeds to serve, and a source over them that can be built again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from streams.cursor import Cursors
from streams.fetch import Fetcher
from streams.source import Source, SourceSpec
from streams.subscription import FeedSource
from tests.fakes import START, Clock
from tests.local_server import LocalServer, Request, fetchers

Article = Callable[[str], str | None]


def feed(*entries: tuple[str, str], ttl: str = "") -> bytes:
    """An RSS feed of (guid, text) entries, one an hour, the newest (first) an hour before START."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{guid}</title>"
        f"<link>http://wire.example/{guid}</link><description>{text}</description>"
        f"<pubDate>{format_datetime(START - timedelta(hours=hour))}</pubDate></item>"
        for hour, (guid, text) in enumerate(entries, start=1)
    )
    return f"<rss version='2.0'><channel><title>Wire</title>{ttl}{items}</channel></rss>".encode()


def numbered(first: int, last: int) -> bytes:
    """A feed whose entries are called by the numbers from `last` down to `first`."""
    return feed(*((f"n{number}", f"text {number}") for number in range(last, first - 1, -1)))


@dataclass
class Bench:
    """A source over a scripted server, with a clock, and everything needed to build it again."""

    server: LocalServer
    fetcher: Fetcher
    folder: Path
    clock: Clock = field(default_factory=Clock)
    open: list[Cursors] = field(default_factory=list)

    def source(
        self, article: Callable[[str], str | None] | None = None, **facts: Any
    ) -> FeedSource:
        """The source as a new process would build it."""
        spec: dict[str, Any] = {"name": "wire", "url": self.server.url("/feed")} | facts
        self.open.append(Cursors(self.folder / "state.db"))
        return FeedSource(
            SourceSpec(**spec),
            fetcher=self.fetcher,
            cursors=self.open[-1],
            now=self.clock,
            random=lambda: 0.5,
            article=article,
        )

    def asked(self) -> list[Request]:
        """The requests so far."""
        return self.server.requests

    def after(self, source: FeedSource) -> timedelta:
        """How long until the next poll."""
        assert isinstance(source.next_poll, datetime)
        return source.next_poll - self.clock()


@contextmanager
def feed_bench(folder: Path) -> Iterator[Bench]:
    """A bench with its state in `folder`, whose files and connections are closed at the end."""
    with LocalServer() as server, fetchers() as build:
        bench = Bench(server, build(), folder)
        yield bench
        for cursors in bench.open:
            cursors.close()


def ids(source: Source) -> list[str]:
    """What a poll hands out, committed at once."""
    found = [entry.id for entry in source.poll(0)]
    source.commit()
    return found
