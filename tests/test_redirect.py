"""Redirects: followed a few times, judged on every hop, kept when permanent."""

from collections.abc import Iterator

import pytest

from streams.fetch import Limits, Refused
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


def test_permanent_redirects_tell_the_new_url(server: LocalServer, build: Build) -> None:
    """301 and 308 all the way: the new address is worth keeping."""
    server.script("/a", Reply(status=301, headers={"Location": "/b"}))
    server.script("/b", Reply(status=308, headers={"Location": server.url("/c")}))
    server.script("/c", Reply(body=b"feed"))

    answer = build().fetch(server.url("/a"))

    assert answer.body == b"feed"
    assert answer.url == answer.permanent_url == server.url("/c")


@pytest.mark.parametrize("statuses", [(302, 301), (301, 307), (303, 303)])
def test_one_temporary_hop_keeps_the_old_url(
    statuses: tuple[int, int], server: LocalServer, build: Build
) -> None:
    """A single temporary redirect on the way, and the old address stays the address."""
    server.script("/a", Reply(status=statuses[0], headers={"Location": "/b"}))
    server.script("/b", Reply(status=statuses[1], headers={"Location": "/c"}))
    server.script("/c", Reply(body=b"feed"))

    answer = build().fetch(server.url("/a"))

    assert (answer.url, answer.permanent_url) == (server.url("/c"), "")


def test_redirect_loop_ends(server: LocalServer, build: Build) -> None:
    """Redirects in a circle are followed a few times and then given up."""
    server.script("/a", Reply(status=302, headers={"Location": "/b"}))
    server.script("/b", Reply(status=302, headers={"Location": "/a"}))

    with pytest.raises(Unavailable, match="redirects more than 8 times"):
        build().fetch(server.url("/a"))
    assert len(server.requests) == 9


@pytest.mark.parametrize(
    "location",
    [
        "ftp://feeds.example/a",
        "file:///etc/passwd",
        "http://user:pw@h/",
        "http://a:99999/",
    ],
)
def test_redirect_to_anything_but_plain_http_is_refused(
    location: str, server: LocalServer, build: Build
) -> None:
    """Schemes, credentials and broken URLs are refused on every hop."""
    server.script("/a", Reply(status=302, headers={"Location": location}))

    with pytest.raises(Refused):
        build().fetch(server.url("/a"))


@pytest.mark.parametrize("location", ["//", "data:,x", "http://[", "http://\x7f/", "\u00e9" * 9])
def test_nonsense_as_location_is_unavailable(
    location: str, server: LocalServer, build: Build
) -> None:
    """A redirect that cannot be understood is the server's failure, not ours."""
    server.script("/a", Reply(status=302, headers={"Location": location}))

    with pytest.raises(Unavailable):
        build(limits=SHORT).fetch(server.url("/a"))
