"""What became of items: counts of all since the start, and each of the latest pushed ones."""

import threading
from collections import Counter, deque
from collections.abc import Mapping

from indexer.report import Report

#: Pushed items whose outcome is kept for who waits for it, at least; 8 bytes each.
KEPT = 200_000


class Results:
    """Written by the threads that pump, read by any."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._totals: Counter[str] = Counter()
        #: inbox number of the first item of a batch, and the batch's report
        self._pushed: deque[tuple[int, Report]] = deque()
        self._kept = 0
        self._last = 0
        self._closed = False

    def count(self, report: Report) -> None:
        """Take note of a batch."""
        with self._changed:
            self._totals.update(report.outcomes)

    def note_pushed(self, last: int, report: Report) -> None:
        """Take note of a batch of pushed items, whose numbers end with `last`."""
        with self._changed:
            self._totals.update(report.outcomes)
            self._last = last
            size = len(report.outcomes)
            self._pushed.append((last - size + 1, report))
            self._kept += size
            while self._kept - len(self._pushed[0][1].outcomes) >= KEPT:
                self._kept -= len(self._pushed.popleft()[1].outcomes)
            self._changed.notify_all()

    def wait(self, numbers: range, seconds: float) -> Report | None:
        """What became of these pushed items, in order; None if that is open after `seconds`.

        None, too, when so many came after them that nobody knows any more.
        """
        if not numbers:
            return Report()
        with self._changed:
            self._changed.wait_for(lambda: self._last >= numbers[-1] or self._closed, seconds)
            if self._last < numbers[-1] or self._pushed[0][0] > numbers[0]:
                return None
            return self._cut(numbers)

    def totals(self) -> Mapping[str, int]:
        """How many items ended in each outcome since the start."""
        with self._changed:
            return dict(self._totals)

    def close(self) -> None:
        """Nothing more will come: wake who waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _cut(self, numbers: range) -> Report:
        """The outcomes and errors of these numbers alone."""
        found = Report()
        for first, report in self._pushed:
            start = max(numbers[0] - first, 0)
            stop = min(numbers[-1] + 1 - first, len(report.outcomes))
            if start < stop:
                found += Report(
                    report.outcomes[start:stop],
                    errors=tuple(
                        (place - start, error)
                        for place, error in report.errors
                        if start <= place < stop
                    ),
                )
        return found
