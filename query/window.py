"""Which windows a search tries, narrowest first, and what was searched in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from indexer.store import Decay
from query.ages import span_words, time_words
from query.intent import Intent
from query.request import SearchRequest, Window


@dataclass(frozen=True, slots=True)
class Attempt:
    """One search: its bounds, the time from which recency counts, its weight's multiplier.

    `undated` looks for the question without its period.
    """

    since: datetime | None
    until: datetime | None
    at: datetime
    multiplier: float
    reason: str = ""
    undated: bool = False


def attempts(request: SearchRequest, meant: Intent, asked: datetime) -> tuple[Attempt, ...]:
    """The windows to try: the question's period, all up to its end, all. Never empty.

    Up to its end, because "the rate in June 2021" may have been set in March 2020. The caller's
    own bounds are the only ones tried where given.
    """
    period, reason = meant.period, _reason(request, meant)
    at = min(asked, request.until) if request.until else asked
    whole = Attempt(request.since, request.until, at, meant.recency, reason)
    if period is None or request.since or request.until:
        return (whole,)
    tries = [whole]
    if period.until is not None:
        dated = f"recency counts from the end of {period.words!r}"
        tries.insert(0, Attempt(None, period.until, min(asked, period.until), 1.0, dated, True))
    if period.since is not None:
        end = min(asked, period.until) if period.until else asked
        tries.insert(0, Attempt(period.since, period.until, end, meant.recency, reason))
    return tuple(tries)


def describe(
    request: SearchRequest,
    chosen: Attempt,
    tries: Sequence[Attempt],
    decays: Mapping[str, Decay],
) -> Window:
    """What was searched, as fields and in words."""
    named = _named(tries)
    note = ""
    if named and chosen is not tries[0]:
        period = _bounds(tries[0])
        instead = f"everything {_bounds(chosen)}" if chosen.until else "all times"
        note = f"nothing that fits was published {period}; searched {instead} instead"
    end = chosen.until or chosen.at
    words = f"items {_bounds(chosen) if chosen.since else 'up to ' + time_words(end)}"
    if request.known_at:
        words += f", as known at {time_words(request.known_at)}"
    if request.sources:
        words += f", from {', '.join(request.sources)}"
    words += f"; {_weights(decays)}"
    return Window(
        at=chosen.at,
        since=chosen.since,
        until=chosen.until,
        as_of=request.as_of,
        known_at=request.known_at,
        question=_bounds(tries[0]) if named else "",
        narrowed=bool(named) and chosen is tries[0],
        recency=chosen.reason,
        note=note,
        words=words,
    )


def _named(tries: Sequence[Attempt]) -> bool:
    return len(tries) > 1


def _bounds(attempt: Attempt) -> str:
    if attempt.since and attempt.until:
        return f"from {time_words(attempt.since)} to {time_words(attempt.until)}"
    if attempt.since:
        return f"since {time_words(attempt.since)}"
    return f"up to {time_words(attempt.until)}" if attempt.until else "at any time"


def _weights(decays: Mapping[str, Decay]) -> str:
    fading = sorted((d.half_life, d.weight, name) for name, d in decays.items() if d.weight > 0)
    if not fading:
        return "no weight on recency"
    if len({(half_life, weight) for half_life, weight, _ in fading}) == 1:
        return f"weight on the last {span_words(fading[0][0])}"
    parts = (f"{span_words(half_life)} ({name})" for half_life, _, name in fading)
    return f"weight on the last {', '.join(parts)}"


def _reason(request: SearchRequest, meant: Intent) -> str:
    if request.recency == "auto":
        return meant.reason
    return "recency is off" if request.recency == "off" else "weight and half-life as asked for"
