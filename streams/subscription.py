"""One feed as a Source: fetched politely, parsed, handed out until committed.

cursor | fetch | parse | full text | entries until commit | cursor
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from streams.cursor import Cursor, Cursors
from streams.feed import ParsedFeed, parse
from streams.fetch import Fetcher
from streams.item import Item
from streams.localfile import is_local, read_local
from streams.progress import Entry, Progress, content, fingerprint, oldest_first
from streams.response import Response
from streams.source import SourceSpec, Unavailable

log = logging.getLogger(__name__)

#: Articles fetched in one poll; the other entries keep the feed's own text until the next.
ARTICLES_PER_POLL = 20


@dataclass(frozen=True, slots=True)
class _Pending:
    """Handed out, not yet committed; `cursor` holds once it is."""

    entries: Sequence[Entry]
    cursor: Cursor


class FeedSource:
    """A Source over one RSS, Atom, RDF or JSON feed.

    `article(url)` gives the full text of an item, None where there is none, or raises
    Unavailable; it is used when the spec says `full_text`. One thread polls and commits, any may
    ask `due`, `next_poll` and `cursor`.
    """

    def __init__(
        self,
        spec: SourceSpec,
        *,
        fetcher: Fetcher,
        cursors: Cursors,
        now: Callable[[], datetime],
        random: Callable[[], float],
        article: Callable[[str], str | None] | None = None,
    ) -> None:
        self._spec = spec
        self._fetcher = fetcher
        self._cursors = cursors
        self._now = now
        self._progress = Progress(spec=spec, random=random)
        self._article = article if spec.full_text else None
        self._pending: _Pending | None = None
        held = cursors.load(spec.name)
        self._cursor = held if held.asked_url == spec.url else Cursor(asked_url=spec.url)

    @property
    def name(self) -> str:
        """The source's name."""
        return self._spec.name

    @property
    def cursor(self) -> Cursor:
        """Where the source is up to: its health, its next poll, its gaps."""
        return self._cursor

    @property
    def next_poll(self) -> datetime | None:
        """When the source wants to be polled again; None: at once, or never when it is gone."""
        return None if self._cursor.gone else self._cursor.next_poll

    def due(self, now: datetime) -> bool:
        """Whether the time of the next poll has come."""
        at = self._cursor.next_poll
        return not self._cursor.gone and (at is None or now >= at)

    def poll(self, timeout: float) -> Sequence[Entry]:
        """What the feed holds, oldest first, whether due or not; empty when it has not changed.

        `timeout` is not needed: a fetch has limits of its own. Raises Unavailable, with the
        failure and the time of the next try already saved.
        """
        if self._pending is not None:
            return self._pending.entries
        try:
            answer = self._fetch()
            feed = None if answer.status == 304 else self._parse(answer)
        except Unavailable as error:
            self._save(self._progress.failed(self._cursor, error, self._now()))
            raise
        if feed is None:
            self._save(self._progress.unchanged(self._cursor, answer, self._now()))
            return ()
        entries, unfinished = self._with_articles(oldest_first(feed.entries))
        cursor = self._progress.read(
            self._cursor, answer, self._now(), feed=feed, unfinished=unfinished
        )
        if cursor.missed > self._cursor.missed:
            log.warning("may have missed items source=%s gaps=%d", self.name, cursor.missed)
        if entries:
            self._pending = _Pending(entries, cursor)
        else:
            self._save(cursor)
        return entries

    def commit(self) -> None:
        """The last poll is safe: its validators, entries and next poll survive a restart."""
        if self._pending is not None:
            self._save(self._pending.cursor)
            self._pending = None

    def close(self) -> None:
        """Nothing to let go of: fetcher and cursors are shared."""

    def _fetch(self) -> Response:
        """The feed's answer. Raises Unavailable."""
        cursor = self._cursor
        if is_local(self._spec.url):
            return read_local(self._spec, etag=cursor.etag)
        url = self._progress.url(cursor)
        return self._fetcher.fetch(url, etag=cursor.etag, last_modified=cursor.last_modified)

    def _parse(self, answer: Response) -> ParsedFeed:
        """The feed in the answer. Raises NotAFeed."""
        return parse(
            answer.body,
            spec=self._spec,
            content_type=answer.content_type,
            base_url=answer.url,
            observed=self._now(),
        )

    def _save(self, cursor: Cursor) -> None:
        self._cursors.save(self._spec.name, cursor)
        self._cursor = cursor

    def _with_articles(self, entries: Sequence[Entry]) -> tuple[Sequence[Entry], frozenset[str]]:
        """The entries with full text where it is to be had, and the ids of those to try again.

        Entries that the last poll had already are left out: handed out again they would need
        their article again, or seem to have changed back to the feed's own text.
        """
        if self._article is None:
            return entries, frozenset()
        seen = self._cursor.seen
        fresh = [entry for entry in entries if seen.get(fingerprint(entry.id)) != content(entry)]
        full: list[Entry] = []
        unfinished: set[str] = set()
        budget = ARTICLES_PER_POLL
        for entry in reversed(fresh):  # the newest first: they are what is asked about
            if isinstance(entry, Item) and entry.url and not entry.withdrawn:
                try:
                    if budget <= 0:
                        raise Unavailable("enough articles for one poll")
                    budget -= 1
                    entry = _longer(entry, self._article(entry.url))
                except Unavailable as error:
                    unfinished.add(entry.id)
                    log.info("article put off source=%s url=%s: %s", self.name, entry.url, error)
            full.append(entry)
        return full[::-1], frozenset(unfinished)


def _longer(item: Item, text: str | None) -> Item:
    """The item with the article's text, unless the feed's own says more (paywalls, stubs)."""
    return replace(item, text=text) if text and len(text) > len(item.text) else item
