"""Work on the index in this process, when no daemon runs: the same pump, one source at a time."""

from collections.abc import Sequence

from freshwire.app import Worker
from indexer import Report
from indexer.pump import Breaker, pump_once
from streams import Item, Malformed, Source


class BatchSource:
    """One batch as a Source; empty once it is committed."""

    name = "added"

    def __init__(self, items: Sequence[Item | Malformed]) -> None:
        self._items = list(items)

    def poll(self, timeout: float) -> list[Item | Malformed]:
        """The batch; `timeout` does not matter, nothing more will come."""
        return list(self._items)

    def commit(self) -> None:
        """Forget the batch."""
        self._items = []

    def close(self) -> None:
        """Nothing to let go of."""


def pumped(source: Source, worker: Worker) -> Report:
    """All that the source had is safe; what became of it. Raises Unavailable."""
    breaker = Breaker()
    report = Report()
    while (more := pump_once(source, worker.pipeline, breaker=breaker)).outcomes:
        report += more
    return report
