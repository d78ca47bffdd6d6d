"""Adding a file of items, batch by batch: through the daemon, or into the index itself."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from freshwire.records import Record
from streams import Unavailable

if TYPE_CHECKING:
    from freshwire.app import Worker
    from query.client import Client

#: How often a daemon that has no room is asked again; it asks for some seconds each time.
TRIES = 120


class Counts(NamedTuple):
    """What became of one batch; `malformed` by place in the batch."""

    accepted: int
    unchanged: int
    ignored: int
    malformed: Sequence[tuple[int, str]]
    searchable: bool


class Taker(Protocol):
    """Where a batch goes."""

    def take(self, raw: Sequence[bytes]) -> Counts:
        """The batch is durable; what became of it. Raises Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Pushed:
    """Through the daemon; with `wait` a batch is searchable before the next one is sent."""

    client: "Client"
    wait: bool

    def take(self, raw: Sequence[bytes]) -> Counts:
        """Push the batch; while the daemon has no room, again after the time it asks for."""
        for left in reversed(range(TRIES)):
            try:
                answer = self.client.add(
                    b"\n".join(raw), self.wait, content_type="application/x-ndjson"
                )
            except Unavailable as error:
                if error.retry_after is None or not left:
                    raise
                time.sleep(min(60.0, max(0.1, error.retry_after.total_seconds())))
            else:
                break
        malformed = [(bad.index, bad.error) for bad in answer.malformed]
        return Counts(
            answer.accepted, answer.unchanged, answer.ignored, malformed, answer.searchable
        )


@dataclass(frozen=True, slots=True)
class Direct:
    """Into the index that this process has opened; searchable on return."""

    worker: "Worker"

    def take(self, raw: Sequence[bytes]) -> Counts:
        """Pump the batch; malformed items are told and not kept, as over HTTP."""
        from freshwire.clock import utc_now
        from freshwire.embedded import BatchSource, pumped
        from streams import Item
        from streams.record import decode, parse

        decoded = [decode(parse(line), observed=utc_now()) for line in raw]
        malformed = [
            (place, item.error) for place, item in enumerate(decoded) if not isinstance(item, Item)
        ]
        places = [place for place, item in enumerate(decoded) if isinstance(item, Item)]
        report = pumped(BatchSource([decoded[place] for place in places]), self.worker)
        malformed += [(places[at], error) for at, error in report.errors]
        return Counts(
            report.indexed + report.updated + report.withdrawn,
            report.unchanged,
            report.ignored,
            sorted(malformed),
            True,
        )


@dataclass(slots=True)
class Adding:
    """What became of all batches so far; `malformed` are places in the file and what is wrong."""

    taker: Taker
    accepted: int = 0
    unchanged: int = 0
    ignored: int = 0
    searchable: bool = True
    malformed: list[tuple[str, str]] = field(default_factory=list)

    def take(self, batch: Sequence[Record]) -> None:
        """Add one batch. Raises Unavailable, which says how far the file has come."""
        sound = [record for record in batch if not record.error]
        bad = {record.place: record.error for record in batch if record.error}
        if sound:
            try:
                counts = self.taker.take([record.raw for record in sound])
            except Unavailable as error:
                raise self._broken_off(error) from error
            self.accepted += counts.accepted
            self.unchanged += counts.unchanged
            self.ignored += counts.ignored
            self.searchable &= counts.searchable
            bad |= {sound[at].place: error for at, error in counts.malformed}
        self.malformed += [
            (record.place, bad[record.place]) for record in batch if record.place in bad
        ]

    def as_json(self) -> dict[str, Any]:
        """The counts by the names that the HTTP API has for them."""
        return {
            "accepted": self.accepted,
            "unchanged": self.unchanged,
            "ignored": self.ignored,
            "malformed": [{"place": place, "error": error} for place, error in self.malformed],
            "searchable": self.searchable,
        }

    def in_words(self) -> str:
        """The counts for a person."""
        state = "searchable now" if self.searchable else "safe, searchable in a moment"
        parts = [f"{self.accepted:,} accepted ({state})" if self.accepted else "0 accepted"]
        for name in ("unchanged", "ignored"):
            if count := getattr(self, name):
                parts.append(f"{count:,} {name}")
        if self.malformed:
            parts.append(f"{len(self.malformed):,} malformed")
        return ", ".join(parts) + "."

    def _broken_off(self, error: Unavailable) -> Unavailable:
        done = self.accepted + self.unchanged + self.ignored
        if not done:
            return error
        return Unavailable(
            f"{error}; {done:,} items went through before, and adding the file again changes "
            "nothing for them"
        )
