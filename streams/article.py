"""The full text behind a feed's link: robots.txt obeyed, each host asked at its own pace."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import trafilatura

from streams.charset import decode
from streams.fetch import BadStatus, Fetcher, Refused
from streams.response import Response
from streams.source import Unavailable

log = logging.getLogger(__name__)
T = TypeVar("T")

#: The name that robots.txt files may address (RFC 9309 §2.2.1).
ROBOT_NAME = "Freshwire"

#: How long a robots.txt holds (RFC 9309 §2.4: not over 24 h), and how long its absence by error.
ROBOTS_LIFE = timedelta(hours=12)
ROBOTS_RETRY = timedelta(minutes=30)

#: Bytes of a robots.txt that are read (RFC 9309 §2.5: at least 500 KiB).
ROBOTS_BYTES = 512_000

#: Between two articles from one host, unless its Crawl-delay says more.
CRAWL_DELAY = timedelta(seconds=2)

#: A host that wants longer pauses, or has a longer queue here, is left for a later poll.
CRAWL_WAIT_MAX = timedelta(seconds=30)

#: Hosts of which rules and pace are remembered.
HOSTS = 1_000

#: Bytes of a page that are looked at; the extraction takes about a second per MB.
PAGE_BYTES = 3_000_000


class _Rules(NamedTuple):
    """A host's robots.txt; no `parser`: it could not be had, which forbids all until `expires`."""

    parser: RobotFileParser | None
    expires: datetime


class Articles:
    """Fetches articles for all sources; may be used by several threads.

    `sleep(seconds)` waits for a host's turn.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], object],
    ) -> None:
        self._fetcher = fetcher
        self._now = now
        self._sleep = sleep
        self._lock = threading.Lock()
        self._rules: OrderedDict[str, _Rules] = OrderedDict()
        self._next: OrderedDict[str, datetime] = OrderedDict()

    def full_text(self, url: str) -> str | None:
        """The article's text without menus, adverts and comments.

        None when there is none to be had: not HTML, no text, not found, forbidden by robots.txt.
        Raises Unavailable when a later try may succeed.
        """
        parser = self._rules_for(url)
        if parser is None or not _allowed(parser, url):
            return None
        self._wait_for_turn(url, _delay(parser))
        try:
            page = self._fetcher.fetch(url)
        except Refused:
            return None
        except BadStatus as error:
            if _is_passing(error):
                raise
            return None
        moved_to = self._rules_for(page.url)
        return extract(page) if moved_to is not None and _allowed(moved_to, page.url) else None

    def _rules_for(self, url: str) -> RobotFileParser | None:
        """The rules of the URL's host, None for what is no URL. Raises Unavailable."""
        origin = _origin(url)
        if origin is None:
            return None
        with self._lock:
            held = self._rules.get(origin)
        if held is None or self._now() >= held.expires:
            held = self._fetch_rules(origin)
            with self._lock:
                _remember(self._rules, origin, held)
        if held.parser is None:
            raise Unavailable(f"{origin}/robots.txt cannot be had now")
        return held.parser

    def _fetch_rules(self, origin: str) -> _Rules:
        """RFC 9309 §2.3.1: 4xx allows everything, 5xx and no answer forbid everything."""
        parser = RobotFileParser()
        try:
            body = self._fetcher.fetch(f"{origin}/robots.txt").body[:ROBOTS_BYTES]
        except Unavailable as error:
            if not isinstance(error, BadStatus) or _is_passing(error):
                wait = max(error.retry_after or ROBOTS_RETRY, ROBOTS_RETRY)
                return _Rules(None, self._now() + wait)
            body = b""
        try:
            parser.parse(body.decode("ascii", "ignore").splitlines())
        except ValueError as error:  # e.g. a rule "//[", which the library takes for a host
            log.warning("robots.txt not understood host=%s error=%s next=forbidden", origin, error)
            parser = RobotFileParser()
            parser.parse(["User-agent: *", "Disallow: /"])
        return _Rules(parser, self._now() + ROBOTS_LIFE)

    def _wait_for_turn(self, url: str, delay: timedelta) -> None:
        """Return when the host may be asked again. Raises Unavailable when that is too far off."""
        host = _origin(url) or ""
        with self._lock:
            now = self._now()
            wait = max(self._next.get(host, now) - now, timedelta(0))
            if wait > 2 * CRAWL_WAIT_MAX:  # longer than any queue: the clock was set back
                wait = timedelta(0)
            if wait > CRAWL_WAIT_MAX or delay > CRAWL_WAIT_MAX:
                raise Unavailable(f"{host} has been asked for enough articles for now")
            _remember(self._next, host, now + wait + delay)
        if wait:
            self._sleep(wait.total_seconds())


def extract(page: Response) -> str | None:
    """The main text of an HTML page; None when there is none. Never raises."""
    kind = page.content_type.lower()
    if (kind and "html" not in kind) or len(page.body) > PAGE_BYTES:
        return None
    html = decode(page.body, page.content_type) if page.charset else page.body
    try:
        text = trafilatura.extract(html, include_comments=False)
    except Exception as error:  # the page is hostile and the library promises no exception type
        log.warning("article not extracted url=%s error=%r next=feed's own text", page.url, error)
        return None
    return str(text) if text else None


def _origin(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else None


def _allowed(parser: RobotFileParser, url: str) -> bool:
    try:
        return parser.can_fetch(ROBOT_NAME, url)
    except ValueError:  # the library unquotes the URL first, and what comes out may be none
        return False


def _is_passing(error: BadStatus) -> bool:
    """Whether a later try may succeed: too many requests, or the server's own trouble."""
    return error.status == 429 or error.status >= 500


def _delay(parser: RobotFileParser) -> timedelta:
    wanted = min(int(parser.crawl_delay(ROBOT_NAME) or 0), 86_400)
    return max(timedelta(seconds=wanted), CRAWL_DELAY)


def _remember(held: "OrderedDict[str, T]", key: str, value: T) -> None:
    """`key` is the newest of at most `HOSTS` keys."""
    held[key] = value
    held.move_to_end(key)
    if len(held) > HOSTS:
        held.popitem(last=False)
