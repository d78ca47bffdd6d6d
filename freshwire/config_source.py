"""One [[source]] of the configuration."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator

from streams.item import SOURCE_NAME
from streams.source import SourceSpec


class Section(BaseModel):
    """Part of the configuration: fixed once read, and without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class SourceConfig(Section):
    """One [[source]]."""

    name: str
    url: str
    kind: Literal["feed", "market"] = "feed"
    class_: Literal["breaking", "news", "analysis", "reference"] = Field("news", alias="class")
    labels: tuple[str, ...] = ()
    language: str = ""
    region: str = ""
    licence: str = ""
    may_quote: int | None = Field(None, ge=0)
    full_text: bool = False
    zone: str = "UTC"
    interval_minutes: float | None = Field(None, ge=1, le=7 * 24 * 60)
    symbol: str = ""
    names: tuple[str, ...] = ()
    currency: str = ""
    columns: Mapping[str, str] = Field(default_factory=dict)

    @field_validator("name")
    @classmethod
    def _named(cls, name: str) -> str:
        if not SOURCE_NAME.fullmatch(name):
            raise ValueError("a source name has 1 to 100 of the characters a-z 0-9 . _ -")
        return name

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{zone!r} is no time zone like Europe/Berlin") from None
        return zone

    def spec(self) -> SourceSpec:
        """The source as the indexer knows it."""
        values = self.model_dump(exclude={"interval_minutes", "columns"})
        minutes = self.interval_minutes
        return SourceSpec(
            **values,
            columns=tuple(self.columns.items()),
            interval=timedelta(minutes=minutes) if minutes else None,
        )
