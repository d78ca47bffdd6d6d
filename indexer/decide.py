"""What an arriving item means for the index: pure, from what is held of its key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from indexer.payload import iso
from indexer.store import Held
from streams import Item

Outcome = Literal["indexed", "updated", "unchanged", "withdrawn", "ignored"]

#: Characters of the digest that name a version without `updated`.
DIGEST_CHARS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do with one item.

    `opens` names the version to write, "" for none; `late` means that it is written as closed.
    The versions in `closes` leave; `valid_until` is the version time of what replaces them (or,
    if late, what replaces this one). `shortens` are closed versions that end earlier than known.
    """

    outcome: Outcome
    opens: str = ""
    late: bool = False
    closes: tuple[str, ...] = ()
    valid_until: datetime | None = None
    shortens: tuple[tuple[str, datetime], ...] = ()
    marks: Held | None = None
    reason: str = ""


def decide(item: Item, held: Sequence[Held]) -> Decision:
    """The one right change for `item`; the same again, once it has been applied, is no change.

    Order of two versions: by `updated` when both have it, else by `observed`.
    """
    if any(version.state == "suppressed" for version in held):
        return Decision(outcome="ignored", reason="erased, and not to come back")
    if item.withdrawn:
        return _withdraw(item, held)
    return _open(item, held)


def _withdraw(item: Item, held: Sequence[Held]) -> Decision:
    current = [version for version in held if version.state == "current"]
    gone = tuple(version.version for version in current if not _after(version, item))
    mark = Held(
        version=iso(item.updated) if item.updated else "withdrawn",
        digest=item.digest,
        updated=item.updated,
        published=item.published,
        observed=item.observed,
        state="withdrawn",
    )
    if current and not gone:
        return Decision(outcome="ignored", reason="a newer version was published since")
    known = [version for version in held if version.state == "withdrawn"]
    if not gone and any(not _before(version, item) for version in known):
        return Decision(outcome="unchanged", reason="already withdrawn")
    return Decision(
        outcome="withdrawn" if gone or not known else "unchanged",
        closes=gone,
        valid_until=item.updated or item.observed,
        marks=mark,
    )


def _open(item: Item, held: Sequence[Held]) -> Decision:
    versions = [version for version in held if version.state in ("current", "closed")]
    current = [version for version in versions if version.state == "current"]
    same = [version for version in versions if _same(version, item)]
    if any(version.state == "current" for version in same):
        # two current versions are what a crash in the middle of a change leaves behind
        stale = tuple(v.version for v in current if v not in same and not _after(v, item))
        return Decision(outcome="unchanged", closes=stale, valid_until=item.version_time)
    marks = [version for version in held if version.state == "withdrawn"]
    newer = [version for version in current + marks if _after(version, item)]
    if _replayed(item, same, newer, versions + marks):
        return Decision(outcome="ignored", reason="this version was replaced before")
    name = _name(item, {version.version for version in versions})
    if newer:
        later = [version for version in versions + marks if _after(version, item)]
        return Decision(
            outcome="updated",
            opens=name,
            late=True,
            valid_until=max(item.version_time, min(_ends(version) for version in later)),
            shortens=_shortens(item, versions),
            reason="older than what is current",
        )
    return Decision(
        outcome="updated" if versions else "indexed",
        opens=name,
        closes=tuple(version.version for version in current),
        valid_until=item.version_time,
    )


def _replayed(
    item: Item, same: Sequence[Held], newer: Sequence[Held], held: Sequence[Held]
) -> bool:
    """Whether this closed version was only seen again: the stream, or a part of it, is replayed."""
    if any(version.observed >= item.observed for version in same):
        return True
    if newer and any(v.updated is not None and v.updated == item.updated for v in same):
        return True
    before = [v for v in held if v.observed <= item.observed and not v.late]
    return bool(before) and max(before, key=lambda v: v.observed) in same


def _shortens(item: Item, versions: Sequence[Held]) -> tuple[tuple[str, datetime], ...]:
    """The closed version before a late `item`, which now ends where `item` begins."""
    earlier = [v for v in versions if v.state == "closed" and not _after(v, item)]
    if not earlier:
        return ()
    forerunner = max(earlier, key=lambda v: (v.version_time, v.observed))
    return ((forerunner.version, item.version_time),)


def _ends(version: Held) -> datetime:
    """When `version` takes over from its forerunner."""
    if version.state == "withdrawn":
        return version.updated or version.observed
    return version.version_time


def _same(version: Held, item: Item) -> bool:
    """The same content at the same version time; a source that stops dating changes nothing."""
    if version.digest != item.digest:
        return False
    return version.updated == item.updated or version.updated is None or item.updated is None


def _after(version: Held, item: Item) -> bool:
    """`version` is newer than `item`."""
    if version.updated and item.updated and version.updated != item.updated:
        return version.updated > item.updated
    return version.observed > item.observed


def _before(version: Held, item: Item) -> bool:
    """`version` is older than `item`."""
    if version.updated and item.updated and version.updated != item.updated:
        return version.updated < item.updated
    return version.observed < item.observed


def _name(item: Item, taken: set[str]) -> str:
    """A name for a new version: `updated`, else the digest; numbered when it comes again."""
    base = iso(item.updated) if item.updated else item.digest[:DIGEST_CHARS]
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}.{number}"
    return name
