"""Fetching: conditional, bounded in bytes and time, one request per host at a time."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from streams.fetch import BadStatus, Gone, Limits, Refused
from streams.source import Unavailable
from tests.local_server import Build, LocalServer, Reply, fetchers

SHORT = Limits(connect_seconds=1, read_seconds=1, total_seconds=1, turn_seconds=5)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    """A scripted server."""
    with LocalServer() as running:
        yield running


@pytest.fixture
def build() -> Iterator[Build]:
    """Builds fetchers that are closed after the test."""
    with fetchers() as built:
        yield built


def test_answer_carries_body_and_what_its_headers_say(server: LocalServer, build: Build) -> None:
    """Body, validators, charset and freshness arrive; the User-Agent says who asks."""
    headers = {
        "Content-Type": 'text/xml; charset="ISO-8859-1"',
        "ETag": 'W/"a"',
        "Last-Modified": "Sun, 01 Mar 2026 11:00:00 GMT",
        "Cache-Control": "public, max-age=600",
    }
    server.script("/feed", Reply(body=b"<rss/>", headers=headers))

    answer = build(contact="ops@wire.example").fetch(server.url("/feed#part"))

    assert (answer.status, answer.body, answer.url) == (200, b"<rss/>", server.url("/feed"))
    assert (answer.etag, answer.last_modified) == ('W/"a"', "Sun, 01 Mar 2026 11:00:00 GMT")
    assert answer.charset == "iso-8859-1"
    assert answer.fresh_for == timedelta(minutes=10)
    agent = server.requests[0].headers["user-agent"]
    assert agent.startswith("Freshwire/") and "ops@wire.example" in agent


def test_validators_make_the_request_conditional(server: LocalServer, build: Build) -> None:
    """ETag and Last-Modified are sent back, and 304 is an answer."""
    server.script("/feed", Reply(status=304, headers={"ETag": '"b"'}))

    answer = build().fetch(server.url("/feed"), etag='"a"', last_modified="yesterday")

    assert (answer.status, answer.body, answer.etag) == (304, b"", '"b"')
    sent = server.requests[0].headers
    assert (sent["if-none-match"], sent["if-modified-since"]) == ('"a"', "yesterday")


def test_304_without_a_condition_is_a_failure(server: LocalServer, build: Build) -> None:
    """A server that says "unchanged" to somebody who has nothing is not believed."""
    server.script("/feed", Reply(status=304))

    with pytest.raises(BadStatus, match="304"):
        build().fetch(server.url("/feed"))


def test_large_body_is_refused(server: LocalServer, build: Build) -> None:
    """A body over the limit is not read to its end."""
    server.script("/feed", Reply(body=bytes(300_000)))

    with pytest.raises(Unavailable, match="larger than"):
        build(limits=Limits(body_bytes=100_000)).fetch(server.url("/feed"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feed",
        "file:///etc/passwd",
        "gopher://x/",
        "http://",
        "http://a:b@c/",
        "http://a:99999/",
    ],
)
def test_url_must_be_plain_http(url: str, build: Build) -> None:
    """Nothing but http and https to a named host, without credentials."""
    with pytest.raises(Refused):
        build().fetch(url)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 429, 500, 503, 599])
def test_refusals_say_the_status(status: int, server: LocalServer, build: Build) -> None:
    """Each refusal is Unavailable, names the host and keeps the server's Retry-After."""
    server.script("/feed", Reply(status=status, headers={"Retry-After": "120"}))

    with pytest.raises(BadStatus, match=f"127.0.0.1 answered {status}") as caught:
        build().fetch(server.url("/feed"))
    assert caught.value.retry_after == timedelta(minutes=2)
    assert not isinstance(caught.value, Gone)


def test_410_is_gone(server: LocalServer, build: Build) -> None:
    """410 is told apart: the feed was taken away for good."""
    server.script("/feed", Reply(status=410))

    with pytest.raises(Gone):
        build().fetch(server.url("/feed"))


def test_slow_headers_and_slow_bodies_hit_the_deadline(server: LocalServer, build: Build) -> None:
    """A byte every 50 ms never breaks the read timeout, but the total one."""
    server.script("/drip", Reply(body=bytes(10_000), drip=0.05))
    server.script("/hold", Reply(body=b"x", hold=threading.Event()))
    fetcher = build(limits=Limits(read_seconds=5, total_seconds=0.4))

    for path in ("/drip", "/hold"):
        started = time.monotonic()
        with pytest.raises(Unavailable, match="did not answer in time"):
            fetcher.fetch(server.url(path))
        assert time.monotonic() - started < 3


def test_cut_off_body_is_unavailable(server: LocalServer, build: Build) -> None:
    """Fewer bytes than announced are no answer."""
    headers = {"Content-Length": "1000", "Connection": "close"}
    server.script("/feed", Reply(body=b"<rss>", headers=headers))

    with pytest.raises(Unavailable, match="cannot be reached"):
        build(limits=SHORT).fetch(server.url("/feed"))


def test_closed_port_is_unavailable(build: Build) -> None:
    """Nobody there: one clear sentence."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    with pytest.raises(Unavailable, match="cannot be reached"):
        build().fetch(f"http://127.0.0.1:{port}/")


def test_one_request_per_host_at_a_time(server: LocalServer, build: Build) -> None:
    """Five threads, one host: the requests come one after another."""
    go = threading.Event()
    server.script("/feed", Reply(body=b"x", hold=go))
    fetcher = build()
    threads = [
        threading.Thread(target=fetcher.fetch, args=(server.url("/feed"),)) for _ in range(5)
    ]

    for thread in threads:
        thread.start()
    server.wait_for_requests(1)
    go.set()
    for thread in threads:
        thread.join(timeout=10)

    assert (len(server.requests), server.busiest) == (5, 1)


def test_turn_of_a_busy_host_is_not_waited_for_endlessly(server: LocalServer, build: Build) -> None:
    """When another request holds the host too long, the second one gives up."""
    go = threading.Event()
    server.script("/feed", Reply(body=b"x", hold=go))
    fetcher = build(limits=Limits(turn_seconds=0.1))
    holder = threading.Thread(target=fetcher.fetch, args=(server.url("/feed"),))
    holder.start()
    server.wait_for_requests(1)

    with pytest.raises(Unavailable, match="busy"):
        fetcher.fetch(server.url("/feed"))
    go.set()
    holder.join(timeout=10)


def test_cookies_are_not_kept(server: LocalServer, build: Build) -> None:
    """What one answer sets, no later request carries."""
    server.script("/feed", Reply(body=b"x", headers={"Set-Cookie": "id=1"}))
    fetcher = build()

    fetcher.fetch(server.url("/feed"))
    fetcher.fetch(server.url("/feed"))

    assert "cookie" not in server.requests[1].headers


def test_proxies_of_the_environment_are_ignored(
    server: LocalServer, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would resolve names itself, past the check of addresses."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.script("/feed", Reply(body=b"x"))

    assert build().fetch(server.url("/feed")).body == b"x"


def test_a_name_without_address_is_said_once(build: Build) -> None:
    """The failure names the host once; .invalid never resolves (RFC 6761)."""
    with pytest.raises(Unavailable) as failure:
        build().fetch("http://feeds.invalid/rss")

    assert str(failure.value) == "feeds.invalid cannot be resolved"
