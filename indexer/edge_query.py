"""Freshwire's filters and ranking formula in the words of Qdrant Edge."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import qdrant_edge as engine

from indexer.chunk import PUBLIC
from indexer.payload import iso, key_of
from indexer.store import Decay, Filters, Scope, Search
from streams import ItemKey

DENSE = "dense"
KEYWORDS = "keywords"
LANES = (DENSE, KEYWORDS)

#: Rescoring the best 2×limit with the original vectors: recall@10 1.000 on 26,607 vectors.
SEARCH_PARAMS = engine.SearchParams(
    quantization=engine.QuantizationSearchParams(rescore=True, oversampling=2.0)
)

Condition = engine.FieldCondition | engine.IsEmptyCondition


def matches(field: str, values: Iterable[str]) -> engine.FieldCondition:
    """The field is one of the values."""
    return engine.FieldCondition(field, match=engine.MatchAny(list(values)))


def between(
    field: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    after: datetime | None = None,
) -> engine.FieldCondition:
    """The date lies in [since, until], and past `after`."""
    return engine.FieldCondition(
        field,
        range=engine.RangeDateTime(
            gte=iso(since) if since else None,
            lte=iso(until) if until else None,
            gt=iso(after) if after else None,
        ),
    )


def visible(scope: Scope) -> list[Condition]:
    """What the caller may see: unlabelled items and those with one of his labels."""
    if scope.labels is None:
        return []
    return [matches("labels", sorted(scope.labels | {PUBLIC}))]


def conditions(filters: Filters, scope: Scope, *, closed: bool) -> list[Condition]:
    """The conditions on current chunks or, with `closed`, on closed ones."""
    wanted = visible(scope)
    for field, values in (
        ("source", filters.sources),
        ("kind", filters.kinds),
        ("region", filters.regions),
    ):
        if values:
            wanted.append(matches(field, values))
    if filters.since or filters.until:
        wanted.append(between("published", since=filters.since, until=filters.until))
    if filters.as_of:
        wanted.append(between("version_time", until=filters.as_of))
        if closed:
            wanted.append(between("valid_until", after=filters.as_of))
    if filters.known_at:
        wanted.append(between("observed", until=filters.known_at))
        if closed:
            wanted.append(between("superseded", after=filters.known_at))
    return wanted


def as_filter(wanted: Sequence[Condition]) -> engine.Filter | None:
    """All of the conditions; None when there are none, which is the fast case."""
    return engine.Filter(must=list(wanted)) if wanted else None


def version_filter(key: ItemKey, versions: Sequence[str]) -> engine.Filter:
    """The chunks of these versions of one item."""
    return engine.Filter(must=[matches("key", [key_of(key)]), matches("version", versions)])


def ranked(
    search: Search, keywords: engine.SparseVector, wanted: Sequence[Condition]
) -> engine.QueryRequest:
    """The whole search as one request: both lanes, their mix, and the decay per class."""
    lanes = [lane(search, keywords, name, wanted) for name in (DENSE, KEYWORDS)]
    defaults = {"$score[0]": 0.0, "$score[1]": 0.0}
    return engine.QueryRequest(
        limit=search.limit,
        prefetches=lanes,
        query=engine.Formula(_score(search), defaults),
        with_payload=True,
    )


def lane(
    search: Search, keywords: engine.SparseVector, name: str, wanted: Sequence[Condition]
) -> engine.Prefetch:
    """One lane's best candidates."""
    dense = name == DENSE
    return engine.Prefetch(
        limit=search.candidates,
        query=engine.Query.Nearest(search.vector.tolist() if dense else keywords, using=name),
        params=SEARCH_PARAMS if dense else None,
        filter=as_filter(wanted),
    )


def raw_lane(
    search: Search, keywords: engine.SparseVector, name: str, wanted: Sequence[Condition]
) -> engine.QueryRequest:
    """One lane alone, ids and scores, to explain a hit."""
    dense = name == DENSE
    return engine.QueryRequest(
        limit=search.candidates,
        query=engine.Query.Nearest(search.vector.tolist() if dense else keywords, using=name),
        params=SEARCH_PARAMS if dense else None,
        filter=as_filter(wanted),
        with_payload=False,
    )


def _score(search: Search) -> engine.Expression:
    """The formula of `indexer.store.Search`; `query.recency` is its oracle."""
    x = engine.Expression
    cosine = x.Max([x.Constant(0.0), x.Variable("$score[0]")])
    bm25 = x.Variable("$score[1]")
    saturated = x.Div(bm25, x.Sum([bm25, x.Constant(search.saturation)]), None)
    relevance = x.Sum(
        [
            x.Mult([x.Constant(search.mix), cosine]),
            x.Mult([x.Constant(1.0 - search.mix), saturated]),
        ]
    )
    faded = [
        _fading(class_, decay, search.now)
        for class_, decay in sorted(search.decays.items())
        if decay.weight > 0
    ]
    return x.Mult([relevance, x.Sum([x.Constant(1.0), *faded])]) if faded else relevance


def _fading(class_: str, decay: Decay, now: datetime) -> engine.Expression:
    """-w·(1-0.5^(age/half_life)) for the chunks of one class, 0 for all others."""
    x = engine.Expression
    left = x.Decay(
        engine.DecayKind.Exp,
        x.DatetimeKey("published"),
        x.Datetime(iso(now)),
        0.5,
        decay.half_life.total_seconds(),
    )
    of_class = engine.FieldCondition("class", match=engine.MatchValue(class_))
    lost = x.Sum([x.Constant(1.0), x.Neg(left)])
    return x.Mult([x.Constant(-decay.weight), x.Condition(of_class), lost])
