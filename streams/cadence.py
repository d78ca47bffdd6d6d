"""When to ask a source again: pure, so that every wish and every bound can be tested."""

import itertools
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(hours=24)

#: Bound of an interval that the operator fixed: a slip of the pen must not hammer a server.
SHORTEST_FIXED = timedelta(seconds=10)

#: First interval of a source of which nothing is known yet.
FIRST = timedelta(hours=1)

#: Newest publications that count; older ones say little about today.
PUBLICATIONS = 20

#: Items closer together than this were published in one go.
BURST = timedelta(minutes=5)

#: Polls per usual gap between publications: 2 finds an item after a quarter of the gap on average.
POLLS_PER_GAP = 2

#: A source that has been silent for n times this is taken to be slowing down.
SILENCE_SHARE = 4

#: Without dates: the interval after a poll with news, and after one without, against the last.
FASTER, SLOWER = 0.5, 1.5

#: Largest deviation to either side, so that sources do not fall into step.
JITTER = 0.1

#: 5 min * 2**9 is over 24 h; more doublings would only overflow.
DOUBLINGS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What is known about one source right after a poll."""

    #: event times of its recent items, in any order, as far as the source dates them exactly
    published: tuple[datetime, ...] = ()
    #: the last interval, and whether this poll brought anything new
    previous: timedelta | None = None
    news: bool = False
    #: the feed's own wish: RSS <ttl> or sy:updatePeriod
    ttl: timedelta | None = None
    #: the server's: max-age or Expires
    fresh_for: timedelta | None = None
    #: the server's demand: Retry-After
    retry_after: timedelta | None = None
    #: failed polls in a row, 0 after a success
    failures: int = 0
    #: the operator's word; replaces adaptation and wishes, not Retry-After
    fixed: timedelta | None = None


def next_interval(signals: Signals, *, now: datetime, random: Callable[[], float]) -> timedelta:
    """The time to the next poll, 5 min to 24 h (a fixed one: 10 s to 24 h), jittered by ±10 %.

    Never less than Retry-After (up to 24 h). `random` gives [0, 1).
    """
    shortest = SHORTEST if signals.fixed is None else SHORTEST_FIXED
    if signals.failures > 0:
        wanted = backoff(signals.fixed or SHORTEST, signals.failures)
    elif signals.fixed is not None:
        wanted = signals.fixed
    else:
        wishes = (adapted(signals, now=now), signals.ttl, signals.fresh_for)
        wanted = max(wish for wish in wishes if wish is not None)
    factor = 1 - JITTER + 2 * JITTER * random()
    jittered = _clamp(_clamp(wanted, shortest) * factor, shortest)
    return max(jittered, min(signals.retry_after or timedelta(0), LONGEST))


def backoff(first: timedelta, failures: int) -> timedelta:
    """`first` after one failure in a row, doubled with every further one, at most 24 h."""
    return min(first, LONGEST) * 2 ** min(failures - 1, DOUBLINGS) if failures else first


def adapted(signals: Signals, *, now: datetime) -> timedelta:
    """The interval that fits how often the source publishes; not clamped yet.

    Half the median gap between its publications, longer when it has been silent since; with fewer
    than two dated publications it follows whether polls bring anything.
    """
    times = publications(signals.published, now=now)
    if len(times) < 2:
        step = FASTER if signals.news else SLOWER
        return _clamp(signals.previous, SHORTEST) * step if signals.previous else FIRST
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(times)]
    usual = timedelta(seconds=statistics.median(gaps))
    return max(usual, (now - times[-1]) / SILENCE_SHARE) / POLLS_PER_GAP


def publications(published: Iterable[datetime], *, now: datetime) -> list[datetime]:
    """The newest separate publications up to `now`, oldest first; a burst counts once."""
    separate: list[datetime] = []
    for time in sorted((time for time in published if time <= now), reverse=True):
        if not separate or separate[-1] - time >= BURST:
            separate.append(time)
        if len(separate) == PUBLICATIONS:
            break
    return separate[::-1]


def _clamp(interval: timedelta, shortest: timedelta) -> timedelta:
    return min(max(interval, shortest), LONGEST)
