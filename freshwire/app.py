"""The wiring: the only place that names concrete classes."""

import random
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from freshwire.clock import utc_now
from freshwire.config import Config
from indexer.deadletter import DeadLetterBox
from indexer.embedder import Embedder, HashingEmbedder
from indexer.follow import Follower
from indexer.pipeline import Pipeline
from indexer.store import Store
from query.ask import Asker
from query.quotes import Watch
from query.retriever import Retriever
from streams import Source, SourceSpec, Unavailable
from streams.article import Articles
from streams.catalogue import Catalogue
from streams.cursor import Cursors
from streams.defaults import default_feeds
from streams.fetch import Fetcher
from streams.inbox import Inbox
from streams.localfile import is_local, read_local
from streams.market import MarketSource
from streams.samples import sample_sources
from streams.subscription import FeedSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """An open index with what answers questions from it."""

    store: Store
    embedder: Embedder
    retriever: Retriever
    asker: Asker
    catalogue: Catalogue
    dead: DeadLetterBox


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """An open index with what brings items in."""

    reader: Reader
    pipeline: Pipeline
    inbox: Inbox
    open_source: Callable[[SourceSpec], Source]

    def follow(self, spec: SourceSpec) -> Follower:
        """One source, ready to be polled."""
        return Follower(spec, self.open_source(spec), now=utc_now, random=random.random)


def given_sources(config: Config) -> list[SourceSpec]:
    """The sources that the configuration names: the sample, the default list, its own."""
    return [
        *(sample_sources() if config.samples else ()),
        *(default_feeds() if config.default_feeds else ()),
        *(source.spec() for source in config.source),
    ]


def open_catalogue(config: Config) -> Catalogue:
    """Which sources there are; may be opened while a daemon runs."""
    return Catalogue(config.state, given_sources(config))


def open_dead_letters(config: Config) -> DeadLetterBox:
    """The dead letters; may be opened while a daemon runs."""
    return DeadLetterBox(config.state)


def make_embedder(config: Config) -> Embedder:
    """The configured embedder. Raises WrongModel, or Unavailable when its folder is no use."""
    if config.embedding.model == "hashing":
        return HashingEmbedder()
    from indexer.neural import NeuralEmbedder

    folder = config.models / config.embedding.model
    try:
        return NeuralEmbedder(folder)
    except OSError as error:
        raise Unavailable(f"the model folder {folder} cannot be used: {error}") from error


@contextmanager
def open_reader(config: Config) -> Iterator[Reader]:
    """The index of this home. Raises Locked while a daemon owns it, Unavailable, WrongModel."""
    from indexer.edge import EdgeStore

    with ExitStack() as stack:
        config.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        embedder = make_embedder(config)
        store = EdgeStore(config.index, dimension=embedder.dimension, now=utc_now)
        stack.callback(store.close)
        catalogue = open_catalogue(config)
        stack.callback(catalogue.close)
        dead = open_dead_letters(config)
        stack.callback(dead.close)
        _same_vectors(config, store, embedder)
        retriever = Retriever(store, embedder, now=utc_now)
        yield Reader(
            store=store,
            embedder=embedder,
            retriever=retriever,
            asker=Asker(retriever, store, watchlist=watchlist(catalogue.all())),
            catalogue=catalogue,
            dead=dead,
        )


def _same_vectors(config: Config, store: Store, embedder: Embedder) -> None:
    """Note which embedder made the index. Raises Unavailable when it was another one."""
    note = config.index / "embedder"
    try:
        made = note.read_text(encoding="utf-8").strip() if note.exists() else ""
        if made == embedder.name:
            return
        if made and any(store.count().values()):
            raise Unavailable(
                f"the index in {config.index} was made with {made}, and vectors of "
                f"{embedder.name} do not mix with it; configure the same embedding.model, or "
                "choose another FRESHWIRE_HOME"
            )
        note.write_text(embedder.name, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"{note} cannot be used: {error}") from error


@contextmanager
def open_worker(config: Config, *, stopping: threading.Event | None = None) -> Iterator[Worker]:
    """The index of this home, and all that brings items into it. Raises as `open_reader`."""
    from indexer.split import TokenSplitter

    stopping = stopping or threading.Event()
    with ExitStack() as stack:
        reader = stack.enter_context(open_reader(config))
        cursors = Cursors(config.state)
        stack.callback(cursors.close)
        if not any(reader.store.count().values()):
            # the index was deleted: with the old validators, a 304 would keep its items out
            for name in cursors.all():
                cursors.forget(name)
        inbox = Inbox(config.state, now=utc_now)
        stack.callback(inbox.close)
        settings = config.fetch
        fetcher = Fetcher(
            now=utc_now, allow_private=settings.allow_private, contact=settings.contact
        )
        stack.callback(fetcher.close)
        yield Worker(
            reader=reader,
            pipeline=Pipeline(
                reader.store,
                TokenSplitter(),
                reader.embedder,
                reader.dead,
                utc_now,
                stopping.is_set,
            ),
            inbox=inbox,
            open_source=source_opener(fetcher, cursors, stopping),
        )


def source_opener(
    fetcher: Fetcher, cursors: Cursors, stopping: threading.Event
) -> Callable[[SourceSpec], Source]:
    """What makes a Source of a spec."""
    articles = Articles(fetcher, now=utc_now, sleep=stopping.wait)

    def open_source(spec: SourceSpec) -> Source:
        if spec.kind == "market":

            def read(url: str) -> bytes:
                return (read_local(spec) if is_local(url) else fetcher.fetch(url)).body

            return MarketSource(spec, read=read, now=utc_now)
        return FeedSource(
            spec,
            fetcher=fetcher,
            cursors=cursors,
            now=utc_now,
            random=random.random,
            article=articles.full_text,
        )

    return open_source


def watchlist(specs: list[SourceSpec]) -> list[Watch]:
    """The instruments that the sources of quotes follow."""
    return [Watch(s.symbol, s.names, s.currency) for s in specs if s.kind == "market"]


def complain(sentence: str) -> None:
    """One sentence to the person at the terminal."""
    print(f"freshwire: {sentence}", file=sys.stderr)
