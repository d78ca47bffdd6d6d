"""A scripted HTTP server on 127.0.0.1 for tests: a path answers with its replies in order.

`server.script("/feed", Reply(body=b"..."), Reply(status=304))`: the first request gets the body,
all later ones 304. `server.requests` are what came in, `server.busiest` the most at one time.
"""

import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

from streams.fetch import Fetcher

#: Seconds after which a held reply goes on by itself, so that a broken test ends.
HELD_SECONDS = 20.0


#: The time in fetchers, where it matters only for a Retry-After without a Date beside it.
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

Build = Callable[..., Fetcher]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer; `hold` keeps its body back until set, `drip` is the pause between two bytes.

    A Content-Length is added unless `headers` has one.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hold: threading.Event | None = None
    drip: float = 0.0


class Request(NamedTuple):
    """What a client asked; header names are lower case."""

    path: str
    headers: Mapping[str, str]


class LocalServer:
    """Listens while the block runs; held replies end with it."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.busiest = 0
        self.changed = threading.Condition()
        self._active = 0
        self._scripts: defaultdict[str, list[Reply]] = defaultdict(list)
        self._closing = threading.Event()
        handler = type("Handler", (_Handler,), {"owner": self})
        self._http = _Quiet(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=5)

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return int(self._http.server_address[1])

    def url(self, path: str, *, host: str = "127.0.0.1") -> str:
        """The address of `path`, under any name that leads here."""
        return f"http://{host}:{self.port}{path}"

    def script(self, path: str, *replies: Reply) -> None:
        """From now on `path` answers with `replies`, the last one for ever."""
        with self.changed:
            self._scripts[path] = list(replies)

    def wait_for_requests(self, count: int) -> None:
        """Return once `count` requests have come; fail after some seconds."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.requests) >= count, HELD_SECONDS)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Write the next reply of the path to the client."""
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self.changed:
            self.requests.append(Request(handler.path, headers))
            self._active += 1
            self.busiest = max(self.busiest, self._active)
            replies = self._scripts.get(handler.path) or [Reply(status=404)]
            reply = replies.pop(0) if len(replies) > 1 else replies[0]
            self.changed.notify_all()
        try:
            self._write(handler, reply)
        except ConnectionError:
            handler.close_connection = True  # the client has hung up, as some tests want
        finally:
            with self.changed:
                self._active -= 1
                self.changed.notify_all()

    def _write(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        handler.send_response(reply.status)
        lengthless = reply.status in (204, 304)
        if not lengthless and "Content-Length" not in reply.headers:
            handler.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        waited = 0.0
        while reply.hold and not reply.hold.wait(0.02) and waited < HELD_SECONDS:
            waited += 0.02
            if self._closing.is_set():
                return
        if not reply.drip:
            handler.wfile.write(reply.body)
            return
        for byte in reply.body:
            handler.wfile.write(bytes([byte]))
            if self._closing.wait(reply.drip):
                return


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is expected; anything else is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    owner: LocalServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.owner.answer(self)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing; a failing test shows its requests itself."""


@contextmanager
def fetchers() -> Iterator[Build]:
    """A function that builds fetchers which may reach 127.0.0.1; the block's end closes them."""
    built: list[Fetcher] = []

    def build(**arguments: Any) -> Fetcher:
        chosen: dict[str, Any] = {"now": lambda: NOW, "allow_private": True} | arguments
        built.append(Fetcher(**chosen))
        return built[-1]

    yield build
    for fetcher in built:
        fetcher.close()
