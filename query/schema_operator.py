"""What an operator gets, as JSON: sources, polls, pushed items, dead letters, the status."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import Field

from query.wire import CLASS, Wire

if TYPE_CHECKING:
    from indexer import Report
    from indexer.deadletter import Buried
    from indexer.follow import Poll, SourceState


class BadItem(Wire):
    """A pushed item that was not taken, by its place in the request (from 0)."""

    index: int
    error: str


class AddResponse(Wire):
    """What became of pushed items: the three counts and `malformed` add up to what was sent.

    Unless waited for, `unchanged` and `ignored` are 0 and `searchable` is false: the items are
    safe and wait to be indexed. `accepted` counts withdrawals, too.
    """

    accepted: int
    unchanged: int = 0
    ignored: int = 0
    malformed: list[BadItem] = Field(default_factory=list)
    searchable: bool = False


class SourceView(Wire):
    """A source and how it is doing; `health` is waiting, ok, failing or gone."""

    name: str
    url: str
    kind: str
    origin: str
    class_: str = Field(validation_alias=CLASS, serialization_alias="class")
    labels: list[str]
    language: str
    region: str
    health: str
    last_success: datetime | None
    last_new: datetime | None
    next_poll: datetime | None
    failures: int
    error: str
    missed: int

    @classmethod
    def of(cls, state: SourceState) -> SourceView:
        """The state as it is sent."""
        spec = state.spec
        return cls(
            name=spec.name,
            url=spec.url,
            kind=spec.kind,
            origin=spec.origin,
            class_=spec.class_,
            labels=list(spec.labels),
            language=spec.language,
            region=spec.region,
            health=state.health,
            last_success=state.last_success,
            last_new=state.last_new,
            next_poll=state.next_poll,
            failures=state.failures,
            error=state.error,
            missed=state.missed,
        )


class SourceList(Wire):
    """Every source, by name."""

    sources: list[SourceView]


class PollResult(Wire):
    """What one poll brought, once it is committed; `error` is "" unless it could not be polled.

    `malformed` went to the dead letters; `missed` counts gaps, in which items may be lost.
    """

    name: str
    new: int
    updated: int
    unchanged: int
    withdrawn: int
    ignored: int
    malformed: int
    missed: int
    error: str

    @classmethod
    def of(cls, poll: Poll) -> PollResult:
        """The poll as it is sent."""
        report = poll.report
        return cls(
            name=poll.name,
            new=report.indexed,
            updated=report.updated,
            unchanged=report.unchanged,
            withdrawn=report.withdrawn,
            ignored=report.ignored,
            malformed=report.dead,
            missed=poll.missed,
            error=poll.error,
        )


class PollList(Wire):
    """The polls of every source, by name."""

    polls: list[PollResult]


class DeadView(Wire):
    """A dead letter; `raw` is the item as it came, null in lists. `times`: how often it came."""

    number: int
    source: str
    id: str
    malformed: bool
    error: str
    at: datetime
    observed: datetime
    times: int
    raw: str | None = None

    @classmethod
    def of(cls, letter: Buried, *, with_raw: bool = False) -> DeadView:
        """The letter as it is sent; bytes that are no UTF-8 are replaced."""
        return cls(
            number=letter.number,
            source=letter.source,
            id=letter.id,
            malformed=letter.malformed,
            error=letter.error,
            at=letter.at,
            observed=letter.observed,
            times=letter.times,
            raw=letter.raw.decode("utf-8", "replace") if with_raw else None,
        )


class DeadList(Wire):
    """The latest dead letters first; `count` is how many are kept in all."""

    letters: list[DeadView]
    count: int


class DeadReplay(Wire):
    """What became of replayed dead letters; those in `dead` stay, the others are gone."""

    replayed: int
    indexed: int
    updated: int
    unchanged: int
    withdrawn: int
    ignored: int
    dead: int

    @classmethod
    def of(cls, report: Report) -> DeadReplay:
        """The report as it is sent."""
        counts = {name: getattr(report, name) for name in cls.model_fields if name != "replayed"}
        return cls(replayed=len(report.outcomes), **counts)


class DeadDrop(Wire):
    """How many dead letters were removed."""

    dropped: int


class Removed(Wire):
    """The source that is no longer followed; what it brought stays searchable."""

    removed: str


class Health(Wire):
    """The process answers."""

    status: str
    version: str


class Ready(Wire):
    """Whether questions can be answered, and if not, what is missing."""

    ready: bool
    missing: list[str]


class ProblemView(Wire):
    """Something that is wrong, and what the operator can do about it."""

    what: str
    do: str


class NewestItem(Wire):
    """The item that was published last."""

    source: str
    id: str
    title: str
    published: datetime
    date_quality: str
    indexed: datetime | None
    age_seconds: float


class Status(Wire):
    """Is it well, how fresh is it, what is wrong, what to do.

    `points` per part of the index; `sources` per health; `failing` are the sources that are.
    """

    ready: bool
    version: str
    at: datetime
    uptime_seconds: float
    home: str
    points: dict[str, int]
    pending: int
    dead_letters: int
    sources: dict[str, int]
    failing: list[SourceView]
    next_poll: datetime | None
    newest: NewestItem | None
    problems: list[ProblemView]
