"""What a poll changes: the next poll, failures, gaps, where the feed is now."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from streams.fetch import Gone
from streams.source import Unavailable
from tests.feed_bench import Bench, feed, feed_bench, ids, numbered
from tests.local_server import Reply


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench whose files and connections are closed after the test."""
    with feed_bench(tmp_path) as opened:
        yield opened


def test_next_poll_follows_the_pace_of_the_feed(bench: Bench) -> None:
    """Hourly entries: half an hour, also after answers of 304 meanwhile."""
    bench.server.script(
        "/feed", Reply(body=numbered(1, 8), headers={"ETag": '"a"'}), Reply(status=304)
    )
    source = bench.source()
    assert source.next_poll is None and source.due(bench.clock())

    ids(source)

    assert bench.after(source) == timedelta(minutes=30)
    assert not source.due(bench.clock.advance(minutes=29))
    assert source.due(bench.clock.advance(minutes=1))
    ids(source)
    assert bench.after(source) == timedelta(minutes=30)


def test_wishes_of_feed_and_server_are_heard(bench: Bench) -> None:
    """<ttl> and max-age lengthen the interval."""
    slow = feed(("a", "x"), ("b", "y"), ttl="<ttl>120</ttl>")
    cached = Reply(body=slow, headers={"Cache-Control": "max-age=10800"})
    bench.server.script("/feed", Reply(body=slow), cached)
    source = bench.source()

    ids(source)
    assert bench.after(source) == timedelta(hours=2)
    ids(source)
    assert bench.after(source) == timedelta(hours=3)


def test_operators_interval_is_kept(bench: Bench) -> None:
    """A configured interval is used as it is."""
    bench.server.script("/feed", Reply(body=numbered(1, 8)))
    source = bench.source(interval=timedelta(minutes=7))

    ids(source)

    assert bench.after(source) == timedelta(minutes=7)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(status: int, bench: Bench) -> None:
    """The server's own time counts, over a restart, and ends with the next success."""
    bench.server.script(
        "/feed", Reply(status=status, headers={"Retry-After": "7200"}), Reply(body=numbered(1, 3))
    )
    source = bench.source()

    with pytest.raises(Unavailable) as caught:
        source.poll(0)

    assert caught.value.retry_after == timedelta(hours=2)
    source = bench.source()
    assert bench.after(source) == timedelta(hours=2)
    assert (source.cursor.failures, str(status) in source.cursor.last_error) == (1, True)
    assert ids(source) == ["n1", "n2", "n3"]
    assert (source.cursor.failures, source.cursor.last_error) == (0, "")


def test_failures_back_off_and_keep_what_was_known(bench: Bench) -> None:
    """5, 10, 20 minutes; validators and remembered entries stay."""
    bench.server.script(
        "/feed", Reply(body=numbered(1, 3), headers={"ETag": '"a"'}), Reply(status=500)
    )
    source = bench.source()
    ids(source)

    waits = []
    for _ in range(3):
        with pytest.raises(Unavailable):
            source.poll(0)
        waits.append(bench.after(source) / timedelta(minutes=1))

    assert waits == [5, 10, 20]
    assert source.cursor.etag == '"a"' and len(source.cursor.seen) == 3


def test_gap_is_counted_when_nothing_of_the_last_poll_is_left(bench: Bench) -> None:
    """A rolling window that rolled too far may have taken items with it."""
    bench.server.script(
        "/feed",
        Reply(body=numbered(1, 5)),
        Reply(body=numbered(5, 9)),
        Reply(body=feed()),
        Reply(body=numbered(11, 15)),
        Reply(body=numbered(11, 15)),
    )
    source = bench.source()

    missed = []
    for _ in range(5):
        ids(source)
        missed.append(source.cursor.missed)

    assert missed == [0, 0, 0, 1, 1]


def test_permanent_redirect_is_kept(bench: Bench) -> None:
    """After 301 the new address is asked, by later processes too, the old one no more."""
    bench.server.script("/feed", Reply(status=301, headers={"Location": "/new"}))
    bench.server.script("/new", Reply(body=numbered(1, 3)))
    ids(bench.source())

    ids(bench.source())
    ids(bench.source())

    assert [request.path for request in bench.asked()] == ["/feed", "/new", "/new", "/new"]


def test_redirect_to_no_feed_is_not_kept(bench: Bench) -> None:
    """A parked domain that redirects everything for ever does not take the feed over."""
    bench.server.script("/feed", Reply(status=301, headers={"Location": "/parked"}))
    bench.server.script("/parked", Reply(body=b"<html>For sale</html>"))
    source = bench.source()

    with pytest.raises(Unavailable):
        source.poll(0)
    assert source.cursor.url == ""


def test_dead_redirect_falls_back_to_the_configured_url(bench: Bench) -> None:
    """When the new address fails again and again, the configured one gets its chance."""
    bench.server.script(
        "/feed", Reply(status=301, headers={"Location": "/new"}), Reply(body=numbered(1, 4))
    )
    bench.server.script("/new", Reply(body=numbered(1, 3)), Reply(status=404))
    source = bench.source()
    ids(source)
    for _ in range(5):
        with pytest.raises(Unavailable):
            source.poll(0)

    assert ids(source)[-1] == "n4"
    assert source.cursor.url == ""


def test_410_ends_polling_until_asked(bench: Bench) -> None:
    """A feed that is gone is never due again; polled by hand it may come back."""
    bench.server.script("/feed", Reply(status=410), Reply(body=numbered(1, 3)))
    source = bench.source()

    with pytest.raises(Gone):
        source.poll(0)

    assert source.cursor.gone and source.next_poll is None
    assert not bench.source().due(bench.clock.advance(days=99))
    assert ids(source) == ["n1", "n2", "n3"]
    assert not source.cursor.gone and source.next_poll is not None


def test_another_url_under_the_same_name_starts_afresh(bench: Bench) -> None:
    """Validators of one feed are not sent to another."""
    bench.server.script("/feed", Reply(body=numbered(1, 3), headers={"ETag": '"a"'}))
    bench.server.script("/other", Reply(body=numbered(7, 9)))
    ids(bench.source())

    source = bench.source(url=bench.server.url("/other"))

    assert ids(source) == ["n7", "n8", "n9"]
    assert "if-none-match" not in bench.asked()[1].headers
    assert source.cursor.missed == 0
