"""Market figures as of a time, from the quotes that are held and never from articles."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from indexer.chunk import Chunk
from indexer.store import Scope, Store
from query.ages import day_words, time_words
from query.calendar_words import spans
from query.words import terms

#: A quote is stale when no newer one came for this long: a long weekend and a day; for series
#: with wider steps, twice the step.
STALE_AFTER = timedelta(days=5)

#: Quotes that are looked through for those known at a time: what came late is skipped.
READ_BACK = 50

#: Most instruments that one question may name.
NAMED = 5

_LEVEL = re.compile(
    r"\bhow (?:much|high|low)\b|\b(?:prices?|quotes?|levels?|close[ds]?|closing|trad(?:es?|ing)"
    r"|stands?|worth|value|cost|figure|at)\b|^\W*(?:what|where)(?:'s|\u2019s| is| was)\b",
    re.IGNORECASE,
)

#: What asks for more than a figure, though it be made of common words.
_NO_LEVEL = re.compile(r"\b(?:how|who|when|which|news|happen\w*|about)\b", re.IGNORECASE)

#: Any day will do: where a date stands does not depend on when it is read.
_READ_AT = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Watch:
    """An instrument that is followed, and the names by which people ask for it."""

    symbol: str
    names: tuple[str, ...] = ()
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The newest figure at or before a time; `change` in percent, None without a previous one."""

    symbol: str
    name: str
    close: float
    currency: str
    at: datetime
    age: timedelta
    previous: float | None
    change: float | None
    stale: bool
    chunk: Chunk


def named(question: str, watchlist: Iterable[Watch]) -> list[Watch]:
    """The watched instruments that a question names, at most NAMED, in the watchlist's order.

    Names count in any case, symbols as written: "IT" is a symbol, "it" is not.
    """
    return [
        watch
        for watch in watchlist
        if _holds(question, watch.symbol, exact=True)
        or any(_holds(question, name, exact=False) for name in watch.names)
    ][:NAMED]


def asks_level(question: str, watches: Iterable[Watch] = ()) -> bool:
    """Whether the question is after the figure itself and not its causes.

    So it is when it holds nothing but names of `watches` and dates.
    """
    if re.search(r"\b(?:why|how come)\b", question, re.I):
        return False
    return bool(_LEVEL.search(question)) or _only_names(question, watches)


def _only_names(question: str, watches: Iterable[Watch]) -> bool:
    names = [name for watch in watches for name in (watch.symbol, *watch.names) if name.strip()]
    if not names or _NO_LEVEL.search(question):
        return False
    for span in reversed(list(spans(question, _READ_AT))):
        question = f"{question[: span.start]} {question[span.end :]}"
    for name in sorted(names, key=len, reverse=True):
        spaced = r"\s+".join(re.escape(word) for word in name.split())
        question = re.sub(rf"(?<![\w&]){spaced}(?![\w&])", " ", question, flags=re.IGNORECASE)
    return not terms(question)


def quotes_of(
    store: Store,
    watches: Iterable[Watch],
    *,
    as_of: datetime,
    scope: Scope,
    known_at: datetime | None = None,
) -> tuple[Quote, ...]:
    """The newest quote of each instrument published up to `as_of`; absent where there is none.

    With `known_at`, only what this index had observed by then.
    """
    limit = 2 if known_at is None else READ_BACK
    found = []
    for watch in watches:
        chunks = store.quotes(watch.symbol, as_of=as_of, limit=limit, scope=scope)
        known = [one for one in chunks if known_at is None or one.observed <= known_at]
        found.append(_quote(watch, known[:2], as_of))
    return tuple(quote for quote in found if quote is not None)


def sentence(quote: Quote) -> str:
    """The figure in words: its source's own, with what it measures and when, and its change."""
    words = quote.chunk.text.strip().rstrip(".")
    if not words:
        at = day_words(quote.at) if quote.chunk.date_quality == "day" else time_words(quote.at)
        words = f"{quote.name} stood at {quote.close:,.10g} {quote.currency}".rstrip() + f" on {at}"
    if quote.change is None:
        return f"{words}."
    return f"{words}; {quote.change:+.2f} percent against the quote before."


def _quote(watch: Watch, chunks: Sequence[Chunk], as_of: datetime) -> Quote | None:
    if not chunks:
        return None
    newest = chunks[0]
    close = _figure(newest)
    if close is None:
        return None
    previous = _figure(chunks[1]) if len(chunks) > 1 else None
    step = newest.published - chunks[1].published if len(chunks) > 1 else timedelta(0)
    age = as_of - newest.published
    return Quote(
        symbol=watch.symbol,
        name=watch.names[0] if watch.names else watch.symbol,
        close=close,
        currency=str((newest.figures or {}).get("currency") or watch.currency),
        at=newest.published,
        age=age,
        previous=previous,
        change=None if not previous else round((close / previous - 1) * 100, 4),
        stale=age > max(STALE_AFTER, 2 * step),
        chunk=newest,
    )


def _figure(chunk: Chunk) -> float | None:
    value = (chunk.figures or {}).get("close")
    return float(value) if isinstance(value, int | float) else None


def _holds(question: str, name: str, *, exact: bool) -> bool:
    if not name.strip():
        return False
    spaced = r"\s+".join(re.escape(word) for word in name.split())
    flags = 0 if exact else re.IGNORECASE
    return bool(re.search(rf"(?<![\w&]){spaced}(?![\w&])", question, flags))
