"""Decide, split, embed, write: the one path of an item into the index.

batch | decide against held(keys) | split | embed what is new | store.write
            |                         `- breaks: alone to the dead letters, the rest goes on
            `- unchanged: stops here, nothing is embedded
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from indexer.chunk import Passage, Splitter, chunks_of
from indexer.decide import decide
from indexer.embedder import Embedder
from indexer.report import DeadLetter, DeadLetters, Outcome, Report
from indexer.store import Held, Store
from indexer.turns import Turns
from indexer.work import Work, groups
from streams import Item, ItemKey, Malformed, Unavailable

log = logging.getLogger(__name__)

#: Items that are decided together, in one look at the index.
PART_ITEMS = 256


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Everything an item needs on its way; `process` may be called from several threads.

    Once `stopping` is true, `process` raises Unavailable after the write it is at, so that what
    is left of the batch comes again at the next start.
    """

    store: Store
    splitter: Splitter
    embedder: Embedder
    dead: DeadLetters
    now: Callable[[], datetime]
    stopping: Callable[[], bool] = lambda: False
    turns: Turns = field(default_factory=Turns)

    def process(self, batch: Sequence[Item | Malformed]) -> Report:
        """Make all of the batch safe, in the store or in the dead letters. Raises Unavailable."""
        report = Report()
        for part in _parts(batch):
            with self.turns.take({item.source for item in part}):
                report += self._process_part(part)
        return report

    def _process_part(self, batch: Sequence[Item | Malformed]) -> Report:
        """Process items of different keys."""
        keys = [item.key for item in batch if isinstance(item, Item)]
        held = self.store.held(keys) if keys else {}
        outcomes: list[Outcome] = []
        works: list[Work] = []
        for place, item in enumerate(batch):
            if isinstance(item, Malformed):
                outcomes.append("dead")
                continue
            decision = decide(item, held.get(item.key, ()))
            outcomes.append(decision.outcome)
            log.debug("decided source=%s id=%r as=%s", item.source, item.id, decision.outcome)
            if decision.opens or decision.closes or decision.marks:
                works.append(Work(place, item, decision))
        for work in works:
            _guarded(work, lambda work=work: self._split(work, held))  # type: ignore[misc]
        embedded = reused = 0
        whole = [work for work in works if not work.error]
        for group in groups(whole, self.embedder.texts_per_write):
            if self.stopping():
                raise Unavailable("Freshwire is stopping; the rest comes again at the next start")
            missing = sum(len(work.missing) for work in group)
            embedded += missing
            reused += sum(len(work.chunks) for work in group if work.searched) - missing
            self._embed(group)
            self.store.write([work.change(self.now()) for work in group if not work.error])
        return self._bury(batch, outcomes, works, (embedded, reused))

    def _split(self, work: Work, held: Mapping[ItemKey, Sequence[Held]]) -> None:
        """The chunks that the decision opens, and those of their vectors that are held already."""
        decision, item = work.decision, work.item
        if not decision.opens:
            return
        work.chunks = chunks_of(item, decision.opens, self.splitter if work.searched else _WHOLE)
        if decision.late:
            ends = decision.valid_until
            work.chunks = [
                replace(chunk, late=True, superseded=item.observed, valid_until=ends)
                for chunk in work.chunks
            ]
        if work.searched:
            for version in held.get(item.key, ()):
                if version.state == "current":
                    work.vectors |= self.store.vectors(item.key, version.version)

    def _embed(self, group: Sequence[Work]) -> None:
        """Embed what the group lacks, in one go; if that breaks, one by one, to find which."""
        texts = [text for work in group for text in work.missing]
        if not texts:
            return
        try:
            rows = iter(self.embedder.embed(texts))
        except Unavailable:
            raise
        except Exception:
            log.exception("embedding failed texts=%d, now one item at a time", len(texts))
            for work in group:
                _guarded(work, lambda work=work: self._embed_alone(work))  # type: ignore[misc]
            return
        for work in group:
            work.vectors |= {text: next(rows) for text in work.missing}

    def _embed_alone(self, work: Work) -> None:
        missing = work.missing
        if missing:
            work.vectors |= dict(zip(missing, self.embedder.embed(missing), strict=True))

    def _bury(
        self,
        batch: Sequence[Item | Malformed],
        outcomes: list[Outcome],
        works: Sequence[Work],
        embedded: tuple[int, int],
    ) -> Report:
        """Put what is dead where it is safe, and say what became of all."""
        broken = {work.place: work.error for work in works if work.error}
        letters: list[DeadLetter] = []
        errors: list[tuple[int, str]] = []
        for place, item in enumerate(batch):
            error = item.error if isinstance(item, Malformed) else broken.get(place)
            if error is not None:
                outcomes[place] = "dead"
                errors.append((place, error))
                letters.append(DeadLetter(what=item, error=error, at=self.now()))
        if letters:
            self.dead.put(letters)
        trials = tuple((work.item.source, bool(work.error)) for work in works)
        return Report(tuple(outcomes), *embedded, tuple(errors), trials)


def _guarded(work: Work, step: Callable[[], None]) -> None:
    """Run one item's step; what breaks it is noted on the work, which ends in the dead letters."""
    try:
        step()
    except Unavailable:
        raise
    except Exception as error:
        log.exception("item broke source=%s id=%r", work.item.source, work.item.id)
        work.error = f"{type(error).__name__}: {error}"


class _Whole:
    """A quote is one point, whatever its text."""

    def split(self, text: str) -> list[Passage]:
        """All of it."""
        return [Passage(0, len(text), text)]


_WHOLE = _Whole()


def _parts(batch: Sequence[Item | Malformed]) -> Iterator[list[Item | Malformed]]:
    """The batch, cut where a key comes again: its versions are decided one after another.

    And after PART_ITEMS, so that others of the same source get their turn during a long batch.
    """
    part: list[Item | Malformed] = []
    keys: set[ItemKey] = set()
    for item in batch:
        if isinstance(item, Item):
            if item.key in keys or len(part) >= PART_ITEMS:
                yield part
                part, keys = [], set()
            keys.add(item.key)
        part.append(item)
    if part:
        yield part
