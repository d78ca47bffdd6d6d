"""What every Source promises, shown on each of them."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest

from streams import Item, Malformed, Source, SourceSpec
from streams.cursor import Cursors
from streams.fetch import Fetcher
from streams.inbox import Inbox
from streams.market import MarketSource
from streams.record import encode
from streams.replay import ReplaySource
from streams.subscription import FeedSource
from tests.fakes import START, Clock, item, malformed

COUNT = 5
ITEMS = [item(str(number), minute=number) for number in range(COUNT)]

Build = Callable[[Path, ExitStack], Source]


def replay(folder: Path, stack: ExitStack) -> Source:
    """A file of JSON lines in batches of two."""
    path = folder / "items.jsonl"
    path.write_text("".join(json.dumps(encode(each)) + "\n" for each in ITEMS))
    return ReplaySource(path, name="replay", now=Clock(START + timedelta(hours=1)), batch=2)


def inbox(folder: Path, stack: ExitStack) -> Source:
    """Pushed items in batches of two."""
    source = Inbox(folder / "state.db", now=Clock(START + timedelta(hours=1)), batch=2)
    source.put(ITEMS)
    return source


def market(folder: Path, stack: ExitStack) -> Source:
    """A CSV, newest day first, in batches of two."""
    rows = "".join(f"2026-02-0{day},{day}.5\n" for day in range(COUNT, 0, -1))
    spec = SourceSpec(
        name="market",
        url="file:///quotes.csv",
        kind="market",
        symbol="X",
        columns=(("date", "Day"), ("close", "Price")),
    )
    body = f"Day,Price\n{rows}".encode()
    return MarketSource(spec, read=lambda _: body, now=Clock(), batch=2)


def feed(folder: Path, stack: ExitStack) -> Source:
    """An Atom file, newest entry first."""
    entries = "".join(
        f"<entry><id>{day}</id><title>Entry {day}</title><content>Text {day}</content>"
        f"<updated>2026-02-0{day}T12:00:00Z</updated></entry>"
        for day in range(COUNT, 0, -1)
    )
    path = folder / "feed.atom"
    path.write_text(f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>')
    clock = Clock()
    return FeedSource(
        SourceSpec(name="feed", url=path.as_uri()),
        fetcher=stack.enter_context(closing(Fetcher(now=clock))),
        cursors=stack.enter_context(closing(Cursors(folder / "cursors.db"))),
        now=clock,
        random=lambda: 0.5,
    )


@pytest.fixture(params=[replay, inbox, market, feed], ids=lambda build: build.__name__)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Source]:
    """A source of each kind that has five items, oldest first."""
    build: Build = request.param
    with ExitStack() as stack:
        yield stack.enter_context(closing(build(tmp_path, stack)))


def drained(source: Source) -> list[Item]:
    """All that the source still has, committed batch by batch."""
    found: list[Item] = []
    while batch := source.poll(0):
        found += [each for each in batch if isinstance(each, Item)]
        source.commit()
        assert len(found) <= COUNT
    return found


def test_polling_twice_without_a_commit_hands_out_the_same(source: Source) -> None:
    """What is not committed comes again, unchanged."""
    first = source.poll(0)

    assert first
    assert source.poll(0) == first
    assert source.poll(0) == first


def test_a_commit_moves_on_and_nothing_is_lost_or_repeated(source: Source) -> None:
    """After a commit other items come, until each has come once."""
    found = drained(source)

    assert len(found) == COUNT
    assert len({each.key for each in found}) == COUNT


def test_items_come_oldest_first(source: Source) -> None:
    """The order of publication holds within and across batches."""
    found = drained(source)

    assert sorted(found, key=lambda each: each.published) == found


def test_an_exhausted_source_is_empty_after_the_timeout(source: Source) -> None:
    """Nothing new is an empty poll, not an error; committing it is harmless."""
    drained(source)

    assert not source.poll(0.01)
    source.commit()
    assert not source.poll(0.01)


def test_a_commit_before_any_poll_skips_nothing(source: Source) -> None:
    """Only what was handed out can be committed."""
    source.commit()

    assert len(drained(source)) == COUNT


def test_items_carry_aware_clocks_and_a_source(source: Source) -> None:
    """Every item is dated, and not in its own future."""
    for each in drained(source):
        assert each.source
        assert each.published.utcoffset() == timedelta(0)
        assert each.published <= each.observed


def test_closing_twice_is_harmless(source: Source) -> None:
    """The second close does nothing."""
    source.poll(0)
    source.close()
    source.close()


def test_malformed_items_take_part(tmp_path: Path) -> None:
    """Bad items are handed out and committed like good ones."""
    bad: list[Item | Malformed] = [malformed("bad"), ITEMS[0]]
    with closing(Inbox(tmp_path / "state.db", now=Clock(), batch=2)) as source:
        source.put(bad)

        assert source.poll(0) == bad
        source.commit()
        assert source.poll(0) == []
