"""What stands before every route: who calls by which name, with what kind of body, how large.

A web page that somebody opens elsewhere must not reach this service through his browser: not
under a name of its own (DNS rebinding: Host), not with a form or a script (Origin, Content-Type).
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from query.problem import problem

#: Largest body of pushed items, and of any other request, in bytes.
ITEMS_BYTES, OTHER_BYTES = 32_000_000, 1_000_000

#: By these names only this machine itself can call.
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})

#: Types that no HTML form can send.
_JSON = ("json", "ndjson", "x-ndjson", "jsonl", "x-jsonlines", "jsonlines", "json-lines")
_JSON_SUFFIXES = ("+json", "json-seq")


class Guard:
    """ASGI middleware; answers with a problem document what must not reach a route."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = LOCAL | {host.strip("[]").lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403, 413, 415 or 421."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = ITEMS_BYTES if scope["path"] == "/items" else OTHER_BYTES
        refusal = self._refusal(scope["method"], headers, limit)
        if refusal:
            await problem(*refusal)(scope, receive, send)
            return
        await self._app(scope, _capped(receive, limit), _hardened(send))

    def _refusal(self, method: str, headers: Headers, limit: int) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if not self._known(f"//{host}"):
            return 421, (
                f"the name {host[:100]!r} is not one of this Freshwire's; "
                "if it should be, add it to hosts in [service] of the configuration"
            )
        if method in ("GET", "HEAD", "OPTIONS"):
            return None
        origin = headers.get("origin")
        if origin is not None and _authority(origin) != host.lower():
            return 403, f"pages of {origin[:100]!r} may not change anything here"
        length = headers.get("content-length", "")
        if length.isdigit() and (len(length) > 15 or int(length) > limit):
            return 413, _too_large(limit)
        kind = headers.get("content-type")
        empty = length in ("", "0") and "transfer-encoding" not in headers
        if (kind is not None or not empty) and not _is_json(kind or ""):
            return 415, "send application/json, or application/x-ndjson for items"
        return None

    def _known(self, address: str) -> bool:
        """Whether the host of an address is one of ours."""
        if "*" in self._hosts:
            return True
        try:
            return (urlsplit(address).hostname or "").rstrip(".") in self._hosts
        except ValueError:
            return False


def _authority(origin: str) -> str:
    """Host and port of a page, "" where it has none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    main, _, sub = kind.partition("/")
    return main == "application" and (sub in _JSON or sub.endswith(_JSON_SUFFIXES))


def _too_large(limit: int) -> str:
    return f"the body is larger than {limit:,} bytes; send it in parts"


def _capped(receive: Receive, limit: int) -> Receive:
    """`receive`, which refuses a body that turns out larger than it may be."""
    size = 0

    async def read() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise HTTPException(413, _too_large(limit))
        return message

    return read


def _hardened(send: Send) -> Send:
    """`send`, with headers that keep answers from being guessed at, kept or passed on."""

    async def write(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("X-Content-Type-Options", "nosniff")
            headers.setdefault("Referrer-Policy", "no-referrer")
            headers.setdefault("Cache-Control", "no-store")
            headers.setdefault("Content-Security-Policy", "default-src 'none'")
        await send(message)

    return write
