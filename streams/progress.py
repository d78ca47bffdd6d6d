"""What one poll changes in a source's cursor: pure, from the answer, its entries and the clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from streams.cadence import Signals, next_interval, publications
from streams.cursor import SEEN_ENTRIES, Cursor
from streams.feed import ParsedFeed
from streams.item import Item, Malformed
from streams.response import Gone, Response
from streams.source import SourceSpec, Unavailable

#: After so many failures in a row at a redirect's target the configured URL is tried again.
FAILURES_AT_NEW_URL = 5

Entry = Item | Malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Turns the cursor of one source into the next one."""

    spec: SourceSpec
    random: Callable[[], float]

    def url(self, cursor: Cursor) -> str:
        """Where to ask: the configured URL, or where a permanent redirect has led."""
        trusted = cursor.url and cursor.failures < FAILURES_AT_NEW_URL
        return cursor.url if trusted else self.spec.url

    def failed(self, cursor: Cursor, error: Unavailable, now: datetime) -> Cursor:
        """One failure more; the next poll comes after a backoff."""
        failures = cursor.failures + 1
        signals = Signals(
            failures=failures, retry_after=error.retry_after, fixed=self.spec.interval
        )
        return replace(
            cursor,
            failures=failures,
            last_error=str(error),
            next_poll=now + next_interval(signals, now=now, random=self.random),
            gone=cursor.gone or isinstance(error, Gone),
        )

    def unchanged(self, cursor: Cursor, answer: Response, now: datetime) -> Cursor:
        """After a 304: all that was known of the feed still holds."""
        held = replace(
            cursor,
            etag=answer.etag or cursor.etag,
            last_modified=answer.last_modified or cursor.last_modified,
        )
        return self._succeeded(held, answer, now, news=False)

    def read(
        self,
        cursor: Cursor,
        answer: Response,
        now: datetime,
        *,
        feed: ParsedFeed,
        unfinished: frozenset[str] = frozenset(),
    ) -> Cursor:
        """After a feed was read. `unfinished` are ids of entries to be seen as new once more.

        Without validators the next poll gets the whole feed, which those entries need.
        """
        entries = oldest_first(feed.entries)
        seen = {
            fingerprint(entry.id): "" if entry.id in unfinished else content(entry)
            for entry in entries[-SEEN_ENTRIES:]
        }
        news = not seen.keys() <= cursor.seen.keys()
        gap = bool(seen and cursor.seen) and seen.keys().isdisjoint(cursor.seen)
        held = replace(
            cursor,
            etag="" if unfinished else answer.etag,
            last_modified="" if unfinished else answer.last_modified,
            last_new=now if news else cursor.last_new,
            missed=cursor.missed + gap,
            ttl=feed.ttl,
            published=_dated(entries, now),
            seen=seen or cursor.seen,
        )
        return self._succeeded(held, answer, now, news=news)

    def _succeeded(self, cursor: Cursor, answer: Response, now: datetime, *, news: bool) -> Cursor:
        signals = Signals(
            published=cursor.published,
            previous=cursor.interval,
            news=news,
            ttl=cursor.ttl,
            fresh_for=answer.fresh_for,
            retry_after=answer.retry_after,
            fixed=self.spec.interval,
        )
        interval = next_interval(signals, now=now, random=self.random)
        asked = self.url(cursor)
        return replace(
            cursor,
            url=answer.permanent_url or ("" if asked == self.spec.url else asked),
            next_poll=now + interval,
            interval=interval,
            failures=0,
            last_error="",
            last_success=now,
            gone=False,
        )


def oldest_first(entries: Sequence[Entry]) -> Sequence[Entry]:
    """By version time; what has none comes last. Feeds put the newest first, so ties are turned."""
    return sorted(
        reversed(entries),
        key=lambda entry: entry.version_time if isinstance(entry, Item) else entry.observed,
    )


def fingerprint(text: str) -> str:
    """64 bits of the sha256, hex: two entries of a feed do not share one by accident."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def content(entry: Entry) -> str:
    """A fingerprint of what the entry says."""
    return entry.digest[:16] if isinstance(entry, Item) else sha256(entry.raw).hexdigest()[:16]


def _dated(entries: Sequence[Entry], now: datetime) -> tuple[datetime, ...]:
    times = (
        entry.published
        for entry in entries
        if isinstance(entry, Item) and entry.date_quality == "exact"
    )
    return tuple(publications(times, now=now))
