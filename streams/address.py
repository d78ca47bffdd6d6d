"""Which addresses of the net may be reached, and connections that reach no other.

A name is resolved once per connection, every answer is judged, and the socket goes to the judged
address itself; so a name that changes its answer between check and use (DNS rebinding) wins
nothing. Host header, SNI and certificate check keep the name.
"""

import ipaddress
import math
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore

from streams.source import Unavailable

#: IPv4 blocks that are not the public unicast net (IANA special-purpose registry, RFC 6890;
#: 224.0.0.0/4 multicast, 240.0.0.0/4 reserved and broadcast).
FORBIDDEN_V4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 "
        "192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 "
        "198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
    ).split()
)

#: Global unicast, the only IPv6 block that is let through (RFC 4291 §2.4). Outside of it are
#: ::1, ::ffff:0:0/96 (mapped IPv4), 64:ff9b::/96 (NAT64), fc00::/7, fe80::/10 and ff00::/8.
PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")

#: Blocks within it that lead elsewhere: protocol assignments with Teredo, documentation, 6to4.
FORBIDDEN_V6 = tuple(
    ipaddress.IPv6Network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)

#: Addresses of one name that are tried, one after another, before giving up.
ADDRESSES_TRIED = 4

Resolve = Callable[[str, int], Sequence[str]]
SocketOptions = Iterable[tuple[Any, ...]]

_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)


class Refused(Unavailable):
    """The address may not be reached: a private network, a scheme or a form not allowed."""


def is_public(address: str) -> bool:
    """Whether `address` (IPv4 or IPv6, as text) is an ordinary host of the public net."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return not any(parsed in block for block in FORBIDDEN_V4)
    return parsed in PUBLIC_V6 and not any(parsed in block for block in FORBIDDEN_V6)


def resolve(host: str, port: int) -> list[str]:
    """The addresses of `host` in the system's order. Raises OSError or ValueError."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Within the block every connection of this thread fails once `seconds` have passed."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to judged addresses only, within the deadline of `limited`.

    Resolving takes as long as the system's resolver does (its own timeouts); all else is bounded.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        resolve: Resolve = resolve,
        backend: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._backend = backend or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.NetworkStream:
        """A stream to `host`. Raises Refused, httpcore.ConnectError or ConnectTimeout."""
        error: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._judged(host, port)[:ADDRESSES_TRIED]:
            left = _left(timeout, httpcore.ConnectTimeout)
            try:
                stream = self._backend.connect_tcp(
                    address, port, left, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failure:
                error = failure
            else:
                return _TimedStream(stream)
        raise error

    def _judged(self, host: str, port: int) -> Sequence[str]:
        """All addresses of `host`; one forbidden address among them refuses the name."""
        try:
            addresses = self._resolve(host, port)
        except (OSError, ValueError, OverflowError) as error:
            raise httpcore.ConnectError(f"{host} cannot be resolved") from error
        if not self._allow_private:
            for address in addresses:
                if not is_public(address):
                    raise Refused(
                        f"{host} leads to {address}, which is not an address of the public net"
                    )
        return addresses


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every step also ends at the deadline, however slowly bytes drip in."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """At most `max_bytes` bytes. Raises httpcore.ReadTimeout."""
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of `buffer` is sent. Raises httpcore.WriteTimeout."""
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """The connection is closed."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The stream under TLS. Raises httpcore.ConnectError or ConnectTimeout."""
        left = _left(timeout, httpcore.ConnectTimeout)
        try:
            return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, left))
        except ValueError as error:  # a name that no certificate can have, such as ".example"
            raise httpcore.ConnectError(str(error)) from error

    def get_extra_info(self, info: str) -> Any:
        """Whatever the socket tells about itself."""
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, expired: type[Exception]) -> float | None:
    """Seconds that the next step may take; `expired` is raised when there are none."""
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise expired("the total time is used up")
    if timeout is None:
        return None if math.isinf(left) else left
    return min(timeout, left)
