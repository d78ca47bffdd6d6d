"""What callers send, as JSON: checked, cleaned, and turned into what the inside is asked with.

A field that is not known is an error: a misspelled `as_of` must not mean now.
"""

from collections.abc import Container
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from query.ask import AskRequest
from query.instant import parse_instant
from query.recency import MAX_WEIGHT
from query.request import MAX_LIMIT, Recency, RecencySettings, SearchRequest
from streams import SourceSpec
from streams.naming import name_for

#: Longest half-life, in hours: a thousand years.
HALF_LIFE_HOURS = 8_766_000.0

#: Most names in one filter, most dead letters in one call.
NAMES, NUMBERS = 1_000, 10_000

#: SQLite numbers its rows in 64 bits.
LAST_NUMBER = 2**63 - 1


def readable(value: object) -> object:
    """A text as valid UTF-8 (JSON can hold half a surrogate pair); anything else as it is."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _instant(value: object, *, end: bool) -> object:
    if isinstance(value, str):
        return parse_instant(value, end=end)
    if value is None or (isinstance(value, datetime) and value.tzinfo):
        return value
    raise ValueError("write a time as a text, like 2026-03-12 or 2026-03-12T14:00:00Z")


def _described(part: str) -> WithJsonSchema:
    meaning = f"ISO 8601; UTC where no zone is given; a day, month or year means its {part}"
    examples = ["2026-03-12", "2026-03-12T14:00:00Z"]
    text = {"type": "string", "description": meaning, "examples": examples}
    return WithJsonSchema({"anyOf": [text, {"type": "null"}]})


From = Annotated[
    datetime | None, BeforeValidator(partial(_instant, end=False)), _described("first instant")
]
To = Annotated[
    datetime | None, BeforeValidator(partial(_instant, end=True)), _described("last instant")
]
Text = Annotated[str, BeforeValidator(readable)]
Word = Annotated[str, BeforeValidator(readable), StringConstraints(max_length=500)]
Words = Annotated[tuple[Word, ...], Field(max_length=NAMES)]
Number = Annotated[int, Field(ge=1, le=LAST_NUMBER)]


class Body(BaseModel):
    """Base of all that is sent to us."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class RecencyBody(Body):
    """One decay for every class."""

    half_life_hours: float = Field(gt=0, le=HALF_LIFE_HOURS, allow_inf_nan=False)
    weight: float = Field(ge=0, le=MAX_WEIGHT, allow_inf_nan=False)


class Asking(Body):
    """What a search and a question have in common: which items count, as of when."""

    as_of: To = None
    known_at: To = None
    since: From = None
    until: To = None
    sources: Words = ()
    kinds: Words = ()
    regions: Words = ()
    recency: Literal["auto", "off"] | RecencyBody = "auto"

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if self.since and self.until and self.since > self.until:
            raise ValueError("since is after until")
        return self

    def _recency(self) -> Recency:
        if not isinstance(self.recency, RecencyBody):
            return self.recency
        # a timedelta of less than a microsecond would be no half-life at all
        half_life = max(timedelta(hours=self.recency.half_life_hours), timedelta(microseconds=1))
        return RecencySettings(half_life, self.recency.weight)


class SearchBody(Asking):
    """`POST /search`."""

    query: Text
    limit: int = Field(default=10, ge=1, le=MAX_LIMIT)
    stories: bool = True
    explain: bool = False

    def request(self) -> SearchRequest:
        """The search."""
        return SearchRequest(
            query=self.query,
            limit=self.limit,
            as_of=self.as_of,
            known_at=self.known_at,
            since=self.since,
            until=self.until,
            sources=self.sources,
            kinds=self.kinds,
            regions=self.regions,
            recency=self._recency(),
            stories=self.stories,
            explain=self.explain,
        )


class AskBody(Asking):
    """`POST /ask`; with `stream` the answer comes as server-sent events."""

    question: Text
    stream: bool = False

    def request(self) -> AskRequest:
        """The question."""
        return AskRequest(
            question=self.question,
            as_of=self.as_of,
            known_at=self.known_at,
            since=self.since,
            until=self.until,
            sources=self.sources,
            kinds=self.kinds,
            regions=self.regions,
            recency=self._recency(),
        )


class SourceBody(Body):
    """`POST /sources`: a feed to follow, and what its items inherit from it."""

    url: str = Field(max_length=2_048)
    name: str = Field(default="", pattern=r"^[a-z0-9._-]{0,100}$")
    class_: str = Field(default="news", alias="class", pattern=r"^[a-z0-9._-]{1,64}$")
    labels: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1, max_length=64)], ...],
        Field(max_length=32),
    ] = ()
    language: str = Field(default="", max_length=50)
    region: str = Field(default="", max_length=50)
    licence: str = Field(default="", max_length=500)
    may_quote: int | None = Field(default=None, ge=0, le=10**9)
    full_text: bool = False
    zone: str = Field(default="UTC", max_length=64)
    interval_minutes: int | None = Field(default=None, ge=1, le=10_080)

    @field_validator("url")
    @classmethod
    def _web_address(cls, url: str) -> str:
        url = url.strip()
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            usable = False
        if not usable or any(letter.isspace() or not letter.isprintable() for letter in url):
            raise ValueError("must be an absolute http or https URL")
        return url

    def spec(self, taken: Container[str]) -> SourceSpec:
        """The source, named after its host if it has no name; `taken` are the names in use."""
        minutes = self.interval_minutes
        return SourceSpec(
            name=self.name or name_for(self.url, taken=taken),
            url=self.url,
            origin="added",
            class_=self.class_,
            labels=tuple(dict.fromkeys(self.labels)),
            language=self.language,
            region=self.region,
            licence=self.licence,
            may_quote=self.may_quote,
            full_text=self.full_text,
            zone=self.zone,
            interval=timedelta(minutes=minutes) if minutes else None,
        )


class ReplayBody(Body):
    """`POST /dead/replay`: these dead letters, or all of them."""

    numbers: Annotated[tuple[Number, ...], Field(max_length=NUMBERS)] = ()
    all: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.numbers) == self.all:
            raise ValueError("give either numbers or all: true")
        return self
