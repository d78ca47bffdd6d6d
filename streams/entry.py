"""Entries of any feed format become Items: who they are, when they were, what they say."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from streams import dates
from streams.item import ID_CHARS, Item, Malformed
from streams.plain import line, plain
from streams.source import SourceSpec

#: Entries that are taken from one feed, the first ones; the largest real feeds have 1,000.
ENTRIES = 5_000
#: Longest link that is kept, in characters; longest raw entry kept with an error, in bytes.
URL_CHARS, RAW_BYTES = 2048, 65_536
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8}){0,4}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as its feed wrote it, whatever the format: markup, dates and links unjudged."""

    id: str = ""
    link: str = ""
    title: str = ""
    text: str = ""
    published: str = ""
    updated: str = ""
    language: str = ""
    withdrawn: bool = False
    #: Set when the entry cannot be read at all: what is wrong with it.
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the entries of one poll share."""

    spec: SourceSpec
    base: str
    observed: datetime
    language: str = field(default="")


def items_of(entries: Sequence[Entry], frame: Frame) -> tuple[Item | Malformed, ...]:
    """An Item or a Malformed of each of the first 5,000 entries, in order; their ids are unique.

    Entries that say the same under the same id are one. The same id with different content is
    told apart (`_tell_apart`). Of an entry and its withdrawal the newer counts (RFC 6721 §3).
    """
    made = [_item(entry, frame) for entry in entries[:ENTRIES]]
    live = _settle_withdrawals([item for item in made if isinstance(item, Item)])
    kept = _tell_apart(live)
    result: list[Item | Malformed] = []
    seen = {item.id for item in kept.values()}
    for item in made:
        final = kept.get(id(item)) if isinstance(item, Item) else item
        if final is None:
            continue
        if isinstance(final, Malformed) and final.id in seen:
            final = replace(final, id=f"{final.id}#{len(result)}")
        seen.add(final.id)
        result.append(final)
    return tuple(result)


def web_link(base: str, link: str) -> str:
    """`link` made absolute with `base`; empty unless it is an http or https address."""
    if not link or len(link) > URL_CHARS:
        return ""
    try:
        address = urljoin(base, link.strip())
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    return line(address, URL_CHARS).replace(" ", "%20")[:URL_CHARS]


def language_tag(*candidates: str | None) -> str:
    """The first candidate that looks like a language tag (RFC 5646), lower case; else empty."""
    for candidate in candidates:
        tag = (candidate or "").strip().replace("_", "-")
        if _LANGUAGE.fullmatch(tag):
            return tag.lower()
    return ""


def _item(entry: Entry, frame: Frame) -> Item | Malformed:
    """The Item that `entry` is, or a Malformed that says why it is none."""
    url = web_link(frame.base, entry.link)
    title = line(plain(entry.title))
    text = "" if entry.withdrawn else plain(entry.text)
    ident = line(entry.id, ID_CHARS + 1) or url
    if not ident and (title or text):
        ident = "sha256:" + _short(title, text, size=64)
    if entry.error or not ident:
        return _malformed(entry, frame, entry.error or "it has no id, link, title or text")
    published, updated = _clocks(entry, frame)
    try:
        return Item(
            source=frame.spec.name,
            id=ident,
            text=text,
            title=title,
            url=url,
            published=published.at,
            updated=updated,
            observed=frame.observed,
            withdrawn=entry.withdrawn,
            class_=frame.spec.class_,
            labels=frame.spec.labels,
            language=language_tag(frame.spec.language, entry.language, frame.language),
            region=frame.spec.region,
            licence=frame.spec.licence,
            may_quote=frame.spec.may_quote,
            published_raw=published.raw,
            date_quality=published.quality,
        )
    except ValueError as error:
        return _malformed(entry, frame, str(error))


def _clocks(entry: Entry, frame: Frame) -> tuple[dates.Dated, datetime | None]:
    """When the entry was published, and when this version was made if the feed says so.

    A version time that had to be assumed or pulled back would be a clock of ours: it would make
    a new version at every poll, so it does not count.
    """
    judged = dates.judge(entry.updated, observed=frame.observed, zone=frame.spec.zone)
    updated = judged.at if judged.quality in ("exact", "day") else None
    published = dates.judge(entry.published, observed=frame.observed, zone=frame.spec.zone)
    if published.quality == "assumed" and judged.quality != "assumed":
        published = judged
    return published, updated


def _malformed(entry: Entry, frame: Frame, error: str) -> Malformed:
    """A Malformed that keeps what the feed said."""
    raw = json.dumps(asdict(entry), ensure_ascii=False).encode("utf-8", "replace")[:RAW_BYTES]
    ident = line(entry.id or entry.link or entry.title, 200) or hashlib.sha256(raw).hexdigest()
    source = frame.spec.name
    return Malformed(source=source, id=ident, raw=raw, error=error, observed=frame.observed)


def _settle_withdrawals(items: Iterable[Item]) -> list[Item]:
    """Of an id that is both there and withdrawn, the newer of the two sides; the rest as it was."""
    items = list(items)
    gone: dict[str, datetime] = {}
    for item in items:
        if item.withdrawn:
            gone[item.id] = max(item.version_time, gone.get(item.id, item.version_time))
    back = {
        item.id
        for item in items
        if not item.withdrawn and item.id in gone and item.version_time > gone[item.id]
    }
    return [item for item in items if item.id not in gone or (item.id in back) != item.withdrawn]


def _tell_apart(items: Sequence[Item]) -> dict[int, Item]:
    """The items to keep, by `id()` of the item given, with ids that are unique.

    Of several entries with one id, *none* keeps it bare: a feed is a rolling window, so when the
    first of them leaves, the next would come under the bare id and pass for a new version of the
    one that left. So each gets the id, "#" and a digest of what tells it from the others: the
    link if all links differ, else link and title, else the text, too. The order in the feed does
    not count.
    """
    groups: dict[str, dict[tuple[str, ...], Item]] = {}
    for item in items:
        groups.setdefault(item.id, {}).setdefault(_says(item), item)
    kept: dict[int, Item] = {}
    for group in groups.values():
        same = list(group.values())
        tell = next((by for by in _TELLING if len({by(i) for i in same}) == len(same)), _says)
        for item in same:
            ident = f"{item.id[: ID_CHARS - 17]}#{_short(*tell(item))}"
            kept[id(item)] = replace(item, id=ident) if len(same) > 1 else item
    return kept


def _says(item: Item) -> tuple[str, ...]:
    """Link and content: entries that agree in these under one id are one."""
    return (item.url, item.digest)


_TELLING: tuple[Callable[[Item], tuple[str, ...]], ...] = (
    lambda item: (item.url,),
    lambda item: (item.url, item.title),
)


def _short(*parts: str, size: int = 16) -> str:
    """The first `size` hex digits of the sha256 of `parts`."""
    joined = "\0".join(parts).encode("utf-8", "replace")
    return hashlib.sha256(joined).hexdigest()[:size]
