"""Whoever a name leads to: nothing but addresses of the public net is reached."""

import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import httpcore
import pytest

from streams.address import GuardedBackend, is_public
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


class Dialler(httpcore.NetworkBackend):
    """Notes which address is dialled, and connects to 127.0.0.1 in its place."""

    def __init__(self) -> None:
        self.dialled: list[str] = []

    def connect_tcp(self, host: str, port: int, *rest: Any) -> httpcore.NetworkStream:
        """A connection to the same port of this machine."""
        self.dialled.append(host)
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", port, *rest)


class Names:
    """A resolver with scripted answers, the last for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)

    def __call__(self, host: str, port: int) -> Sequence[str]:
        """The next answer."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


PRIVATE = """
0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1 172.31.255.255
192.0.0.1 192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1
255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1
64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1::1 3fff::1 fc00::1 fd12::1
fe80::1 fe80::1%1 fec0::1 ff02::1 not-an-address
""".split()


def guarded(names: Names, dialler: httpcore.NetworkBackend | None = None) -> GuardedBackend:
    """A backend that refuses private addresses, with scripted names."""
    return GuardedBackend(resolve=names, backend=dialler)


@pytest.mark.parametrize("address", PRIVATE)
def test_name_that_leads_to_a_private_address_is_refused(address: str, build: Build) -> None:
    """Also when a public address stands beside it; nothing is dialled."""
    dialler = Dialler()

    for answers in ([address], ["93.184.216.34", address]):
        fetcher = build(backend=guarded(Names(answers), dialler))
        with pytest.raises(Refused, match="not an address of the public net"):
            fetcher.fetch("http://feeds.example/")
    assert dialler.dialled == []


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111"])
def test_public_addresses_are_let_through(address: str) -> None:
    """Ordinary hosts next to the forbidden blocks are reachable."""
    assert is_public(address)


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f.1", "[::1]", "0"])
def test_every_spelling_of_this_machine_is_refused(host: str, build: Build) -> None:
    """The system's resolver understands old spellings; what they lead to is judged."""
    with pytest.raises(Unavailable):
        build(allow_private=False).fetch(f"http://{host}:9/")
    if host in ("localhost", "127.1"):
        with pytest.raises(Refused):
            build(allow_private=False).fetch(f"http://{host}:9/")


def test_redirect_to_a_private_address_is_refused(server: LocalServer, build: Build) -> None:
    """A public host cannot send us to the machine's own network."""
    dialler = Dialler()
    names = Names(["93.184.216.34"], ["127.0.0.1"])
    server.script(
        "/feed", Reply(status=302, headers={"Location": server.url("/x", host="in.example")})
    )

    with pytest.raises(Refused):
        build(backend=guarded(names, dialler)).fetch(server.url("/feed", host="out.example"))
    assert dialler.dialled == ["93.184.216.34"]
    assert len(server.requests) == 1


def test_rebinding_wins_nothing(server: LocalServer, build: Build) -> None:
    """The judged address is the dialled one; a changed answer is judged again."""
    dialler = Dialler()
    names = Names(["93.184.216.34"], ["127.0.0.1"])
    server.script("/feed", Reply(body=b"x", headers={"Connection": "close"}))
    fetcher = build(backend=guarded(names, dialler))

    assert fetcher.fetch(server.url("/feed", host="feeds.example")).body == b"x"
    assert dialler.dialled == ["93.184.216.34"]
    assert server.requests[0].headers["host"] == f"feeds.example:{server.port}"
    with pytest.raises(Refused):
        fetcher.fetch(server.url("/feed", host="feeds.example"))


def test_tls_asks_for_the_name_not_the_address(build: Build) -> None:
    """The server name of the handshake is the host of the URL."""
    hello: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            connection, _ = listener.accept()
            with connection:
                hello.append(connection.recv(4096))

        thread = threading.Thread(target=listen)
        thread.start()
        port = listener.getsockname()[1]
        backend = guarded(Names(["93.184.216.34"]), Dialler())
        with pytest.raises(Unavailable):
            build(backend=backend, limits=SHORT).fetch(f"https://feeds.example:{port}/")
        thread.join(timeout=10)

    assert b"feeds.example" in hello[0]


def test_second_address_is_tried_when_the_first_fails(build: Build) -> None:
    """A host with a broken route under one address is reached under the other."""

    class Broken(Dialler):
        def connect_tcp(self, host: str, port: int, *rest: Any) -> httpcore.NetworkStream:
            """No route to one address."""
            if host == "2606:4700::1":
                raise httpcore.ConnectError("no route")
            return super().connect_tcp(host, port, *rest)

    with LocalServer() as server:
        server.script("/feed", Reply(body=b"x"))
        backend = guarded(Names(["2606:4700::1", "93.184.216.34"]), Broken())

        answer = build(backend=backend).fetch(server.url("/feed", host="feeds.example"))

    assert answer.body == b"x"
