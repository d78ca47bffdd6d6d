"""Stand-ins with a small language of their own: items, sources, clocks, crashes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from indexer.chunk import Passage
from indexer.report import DeadLetter
from streams import Item, Malformed

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def item(id: str, text: str = "", *, minute: int = 0, **rest: Any) -> Item:
    """An item of source "wire", published and observed `minute` minutes after START."""
    at = START + timedelta(minutes=minute)
    facts: dict[str, Any] = {"source": "wire", "published": at, "observed": at} | rest
    return Item(id=id, text=text or f"text of {id}", **facts)


def malformed(id: str, error: str = "no text") -> Malformed:
    """A malformed item of source "wire"."""
    return Malformed(source="wire", id=id, raw=id.encode(), error=error, observed=START)


@dataclass
class Clock:
    """A clock that moves when it is told to."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> datetime:
        """Move on by e.g. `hours=3`; the new time."""
        self.at += timedelta(**by)
        return self.at


class SentenceSplitter:
    """Cuts after every full stop; covers all of the text."""

    def split(self, text: str) -> list[Passage]:
        passages, start = [], 0
        while start < len(text):
            end = text.find(".", start) + 1 or len(text)
            passages.append(Passage(start, end, text[start:end]))
            start = end
        return passages


@dataclass
class ListSource:
    """A source that hands out scripted batches; an exception in the script is raised once."""

    script: list[Sequence[Item | Malformed] | Exception]
    name: str = "wire"
    committed: int = 0

    def poll(self, timeout: float) -> Sequence[Item | Malformed]:
        if not self.script:
            return []
        first = self.script[0]
        if isinstance(first, Exception):
            self.script.pop(0)
            raise first
        return first

    def commit(self) -> None:
        if self.script:
            self.script.pop(0)
            self.committed += 1

    def close(self) -> None:
        pass


@dataclass
class LetterList:
    """Dead letters in a list."""

    letters: list[DeadLetter] = field(default_factory=list)

    def put(self, letters: Sequence[DeadLetter]) -> None:
        self.letters += letters
