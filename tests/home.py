"""A whole small Freshwire in this process: real index, real threads, hashed vectors, own folder."""

import random
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import uvicorn

from indexer.daemon import Daemon
from indexer.deadletter import DeadLetterBox
from indexer.edge import EdgeStore
from indexer.embedder import HashingEmbedder
from indexer.pipeline import Pipeline
from query.ask import Asker
from query.retriever import Retriever
from query.service import Desk, create_app
from streams import Source, SourceSpec
from streams.catalogue import Catalogue
from streams.cursor import Cursors
from streams.fetch import Fetcher
from streams.inbox import Inbox
from streams.subscription import FeedSource
from tests.fakes import SentenceSplitter

FEED = """<?xml version="1.0"?>
<rss version="2.0"><channel><title>Wire</title><link>http://wire.example/</link>
{items}</channel></rss>"""
ENTRY = (
    "<item><guid>{id}</guid><title>{title}</title><description>{text}</description>"
    "<pubDate>Thu, 12 Mar 2026 14:00:00 GMT</pubDate></item>"
)


def wall() -> datetime:
    """The wall clock: the scheduler's threads run by it."""
    return datetime.now(UTC)


def write_feed(path: Path, **entries: str) -> SourceSpec:
    """A feed file with one entry for each id and text, and the source that reads it."""
    items = "".join(
        ENTRY.format(id=id, title=f"Title of {id}", text=text) for id, text in entries.items()
    )
    path.write_text(FEED.format(items=items))
    return SourceSpec(name=path.stem, url=path.as_uri())


class Fragile(HashingEmbedder):
    """Fails at texts with the word "unembeddable" in them."""

    def embed(self, texts: Sequence[str]):  # type: ignore[no-untyped-def]
        """As the hashing embedder, or ValueError."""
        if any("unembeddable" in text for text in texts):
            raise ValueError("this text cannot be embedded")
        return super().embed(texts)


@dataclass(frozen=True, kw_only=True)
class Home:
    """The desk and its server at `url`; `daemon` is None where nothing is taken in."""

    desk: Desk
    daemon: Daemon | None
    url: str
    http: httpx.Client


@contextmanager
def open_home(
    folder: Path, *sources: SourceSpec, writes: bool = True, hosts: Sequence[str] = ()
) -> Iterator[Home]:
    """A Freshwire in `folder` that follows `sources`; all threads have ended afterwards."""
    with ExitStack() as stack:
        embedder, state = Fragile(), folder / "state.db"
        store = EdgeStore(folder / "index", dimension=embedder.dimension, now=wall)
        stack.callback(store.close)
        dead = DeadLetterBox(state)
        stack.callback(dead.close)
        retriever = Retriever(store, embedder, now=wall)
        daemon = None
        if writes:
            stopping = threading.Event()
            pipeline = Pipeline(
                store, SentenceSplitter(), embedder, dead, wall, stopping=stopping.is_set
            )
            daemon = stack.enter_context(_daemon(state, pipeline, sources, stopping))
        desk = Desk(
            retriever=retriever,
            asker=Asker(retriever, store),
            store=store,
            daemon=daemon,
            dead=dead,
            now=wall,
            version="1.2.3",
            home=folder,
            hosts=hosts,
        )
        url = stack.enter_context(served(desk))
        http = stack.enter_context(httpx.Client(base_url=url, trust_env=False, timeout=30.0))
        yield Home(desk=desk, daemon=daemon, url=url, http=http)


@contextmanager
def _daemon(
    state: Path, pipeline: Pipeline, sources: Sequence[SourceSpec], stopping: threading.Event
) -> Iterator[Daemon]:
    with ExitStack() as stack:
        cursors = Cursors(state)
        stack.callback(cursors.close)
        catalogue = Catalogue(state, sources)
        stack.callback(catalogue.close)
        inbox = Inbox(state, now=wall)
        stack.callback(inbox.close)
        fetcher = Fetcher(now=wall)
        stack.callback(fetcher.close)

        def open_source(spec: SourceSpec) -> Source:
            return FeedSource(
                spec, fetcher=fetcher, cursors=cursors, now=wall, random=random.random
            )

        daemon = Daemon(
            pipeline=pipeline,
            catalogue=catalogue,
            inbox=inbox,
            open_source=open_source,
            random=random.random,
            stopping=stopping,
        )
        daemon.start()
        stack.callback(daemon.close, 10.0)
        yield daemon


@contextmanager
def served(desk: Desk) -> Iterator[str]:
    """The address of a real server for `desk`, on a free port."""
    config = uvicorn.Config(
        create_app(desk), log_config=None, lifespan="off", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as port:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [port]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{port.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)
