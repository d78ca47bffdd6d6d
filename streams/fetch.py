"""Polite HTTP: conditional, bounded in bytes and time, one request per host, public hosts only."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy

import httpcore
import httpx

from streams.address import GuardedBackend, Refused, limited
from streams.decompress import ACCEPTED, unpack
from streams.response import (
    HEADER_CHARS,
    BadStatus,
    Gone,
    Response,
    charset,
    fresh_for,
    phrase,
    retry_after,
    user_agent,
    validator,
)
from streams.source import Unavailable

__all__ = ["BadStatus", "Fetcher", "Gone", "Limits", "Refused", "Response"]

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.8, */*;q=0.5"
)

PERMANENT = frozenset({301, 308})
REDIRECTS = frozenset({301, 302, 303, 307, 308})

_FAILURES = (
    httpx.HTTPError,
    httpx.InvalidURL,  # of a Location, which httpx reads although it is not to follow it
    httpx.StreamError,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one fetch may take."""

    connect_seconds: float = 10
    read_seconds: float = 20
    #: for the whole fetch with all redirects, without the wait for the host's turn
    total_seconds: float = 60
    #: wait for other requests to the same host
    turn_seconds: float = 120
    #: of the body, packed and unpacked
    body_bytes: int = 10_000_000
    redirects: int = 8


@dataclass(frozen=True, slots=True)
class _Moved:
    location: str
    permanent: bool


class _Transport(httpx.BaseTransport):
    """httpx over a connection pool whose sockets are guarded; no proxy, no environment."""

    def __init__(self, backend: GuardedBackend) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(), keepalive_expiry=5, network_backend=backend
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer with its body still to be read. Raises httpcore's exceptions."""
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), request=request
        )

    def close(self) -> None:
        """All connections are closed."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class Fetcher:
    """Fetches for all sources; may be used by several threads at once.

    Cookies are not kept, the environment's proxies are ignored. `contact` (a URL or mail address
    of the operator) goes into the User-Agent. `backend` replaces the one that is built from
    `allow_private`.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        allow_private: bool = False,
        contact: str = "",
        limits: Limits = Limits(),
        backend: GuardedBackend | None = None,
    ) -> None:
        self._now = now
        self._limits = limits
        self._busy: set[str] = set()
        self._free = threading.Condition()
        self.user_agent = user_agent(contact)
        self._client = httpx.Client(
            transport=_Transport(backend or GuardedBackend(allow_private=allow_private)),
            trust_env=False,
            timeout=httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds),
            headers={
                "User-Agent": self.user_agent,
                "Accept": ACCEPT,
                "Accept-Encoding": ACCEPTED,
            },
        )
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def fetch(self, url: str, *, etag: str = "", last_modified: str = "") -> Response:
        """The answer to a GET, conditional when a validator is given (RFC 9110 §13.1).

        Raises Gone on 410, BadStatus on any other refusal (with the server's Retry-After),
        Refused for an address that may not be reached, Unavailable for all other trouble.
        """
        headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in headers.items() if value}
        target, permanent, left = _target(url), True, self._limits.total_seconds
        for hop in range(self._limits.redirects + 1):
            with self._turn(target.host):
                started = time.monotonic()
                answer = self._exchange(target, headers, left, hop > 0 and permanent)
                left -= time.monotonic() - started
            if isinstance(answer, Response):
                return answer
            permanent = permanent and answer.permanent
            target = _target(answer.location, base=target)
        raise Unavailable(f"{_target(url).host} redirects more than {self._limits.redirects} times")

    def close(self) -> None:
        """All connections are closed."""
        self._client.close()

    @contextmanager
    def _turn(self, host: str) -> Iterator[None]:
        """Within the block no other request goes to `host`."""
        with self._free:
            if not self._free.wait_for(lambda: host not in self._busy, self._limits.turn_seconds):
                raise Unavailable(f"{host} was busy with our other requests for too long")
            self._busy.add(host)
        try:
            yield
        finally:
            with self._free:
                self._busy.discard(host)
                self._free.notify_all()

    def _exchange(
        self, target: httpx.URL, headers: dict[str, str], seconds: float, permanent: bool
    ) -> Response | _Moved:
        """One request and its answer, within `seconds`, every failure translated."""
        try:
            with (
                limited(seconds),
                self._client.stream("GET", target, headers=headers) as answer,
            ):
                return self._read(answer, bool(headers), str(target) if permanent else "")
        except (httpcore.TimeoutException, httpx.TimeoutException) as error:
            raise Unavailable(f"{target.host} did not answer in time") from error
        except _FAILURES as error:
            raise Unavailable(_unreached(target.host, str(error))) from error

    def _read(
        self, answer: httpx.Response, conditional: bool, permanent_url: str
    ) -> Response | _Moved:
        """What the answer means, its body unpacked. Raises BadStatus and Unavailable."""
        status, headers = answer.status_code, answer.headers
        if status in REDIRECTS and headers.get("location"):
            return _Moved(headers["location"], status in PERMANENT)
        wait, body = retry_after(headers, self._now()), b""
        if 200 <= status < 300:
            coding = headers.get("content-encoding", "")
            body = unpack(answer.iter_raw(), coding, limit=self._limits.body_bytes)
        elif status != 304 or not conditional:
            message = f"{answer.request.url.host} answered {phrase(status)}"
            kind = Gone if status == 410 else BadStatus
            raise kind(message, status=status, retry_after=wait)
        content_type = headers.get("content-type", "")[:HEADER_CHARS]
        return Response(
            status=status,
            url=str(answer.request.url),
            body=body,
            content_type=content_type,
            charset=charset(content_type),
            etag=validator(headers.get("etag", "")),
            last_modified=validator(headers.get("last-modified", "")),
            fresh_for=fresh_for(headers),
            retry_after=wait,
            permanent_url=permanent_url,
        )


def _target(url: str, *, base: httpx.URL | None = None) -> httpx.URL:
    """`url` (relative to `base`) without fragment. Raises Refused unless it is plain http(s)."""
    try:
        target = (base.join(url) if base else httpx.URL(url)).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:
        raise Refused(f"{url[:200]!r} is not a URL: {error}") from error
    if target.scheme not in ("http", "https"):
        raise Refused(f"{url[:200]!r} is neither http nor https")
    if not target.host or (target.port or 0) > 65_535:
        raise Refused(f"{url[:200]!r} names no host or an impossible port")
    if target.userinfo:
        raise Refused(f"the URL for {target.host} holds a user name or password")
    return target


def _unreached(host: str, why: str) -> str:
    """The failure in words, the host named once."""
    return why if why.startswith(f"{host} ") else f"{host} cannot be reached: {why}"
