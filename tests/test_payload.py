"""Payloads: what is stored is what was given, whatever it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.chunk import PUBLIC, Chunk, point_id
from indexer.payload import (
    HELD_FIELDS,
    in_order,
    iso,
    key_of,
    mark_payload,
    to_chunk,
    to_held,
    to_payload,
)
from indexer.store import Held
from streams import ItemKey
from tests.fakes import START

texts = st.text(max_size=40)
instants = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
)
keys = st.builds(ItemKey, st.from_regex(r"[a-z0-9._-]{1,20}", fullmatch=True), texts)
figures = st.dictionaries(
    texts, st.one_of(texts, st.floats(allow_nan=False, allow_infinity=False)), max_size=3
)
chunks = st.builds(
    Chunk,
    key=keys,
    version=texts,
    ordinal=st.integers(0, 999),
    count=st.integers(1, 999),
    start=st.integers(0, 10**6),
    end=st.integers(0, 10**6),
    text=texts,
    digest=texts,
    title=texts,
    url=texts,
    published=instants,
    updated=st.none() | instants,
    observed=instants,
    indexed=st.none() | instants,
    superseded=st.none() | instants,
    valid_until=st.none() | instants,
    late=st.booleans(),
    kind=st.text(min_size=1, max_size=9),
    class_=texts,
    language=texts,
    labels=st.lists(texts, max_size=3).map(tuple).filter(lambda found: found != (PUBLIC,)),
    region=texts,
    licence=texts,
    may_quote=st.none() | st.integers(0, 10**6),
    figures=st.none() | figures,
    published_raw=texts,
    date_quality=st.sampled_from(["exact", "day", "assumed", "clamped"]),
    story=texts,
)
helds = st.builds(
    Held,
    texts,
    texts,
    st.none() | instants,
    instants,
    instants,
    st.just("withdrawn"),
    st.just(False),
)


@settings(max_examples=150, deadline=None)
@given(chunk=chunks)
def test_a_chunk_comes_back_as_it_went_in(chunk: Chunk) -> None:
    """Every field survives, clocks as the same instant; a property that has no exception."""
    assert chunk == to_chunk(to_payload(chunk))


@settings(max_examples=60, deadline=None)
@given(key=keys, held=helds)
def test_the_mark_of_a_withdrawal_comes_back(key: ItemKey, held: Held) -> None:
    """A mark's payload tells its state, clocks and version again."""
    payload = mark_payload(key, held)

    assert held == to_held(payload, closed=False)
    assert key == ItemKey(payload["source"], payload["id"])


@settings(max_examples=60, deadline=None)
@given(chunk=chunks)
def test_what_is_held_is_read_from_its_fields_alone(chunk: Chunk) -> None:
    """The few fields that `held` reads are enough, and say what the chunk says."""
    payload = {name: value for name, value in to_payload(chunk).items() if name in HELD_FIELDS}

    for closed in (False, True):
        held = to_held(payload, closed=closed)
        assert (chunk.version, chunk.digest, chunk.late) == (held.version, held.digest, held.late)
        assert (chunk.updated, chunk.published) == (held.updated, held.published)
        assert chunk.observed == held.observed
        assert ("closed" if closed else "current") == held.state


@given(at=instants)
def test_dates_are_written_in_utc(at: datetime) -> None:
    """The same instant, as RFC 3339 with an offset of zero, so that text order is time order."""
    assert iso(at).endswith("+00:00")
    assert at == datetime.fromisoformat(iso(at))


def test_versions_are_in_the_order_observed() -> None:
    """Ties are broken by name, so that the order never depends on the engine's."""
    held = [
        Held("b", "", None, START, START, "closed"),
        Held("a", "", None, START, START, "closed"),
        Held("z", "", None, START, START - timedelta(days=1), "current"),
    ]

    assert ["z", "a", "b"] == [version.version for version in in_order(held)]


def test_ids_hang_on_source_id_version_and_ordinal_alone() -> None:
    """Another text of the same place is the same point; another place is another point."""
    chunk = Chunk(
        key=ItemKey("wire", "a"), version="v1", ordinal=0, count=1, start=0, end=1, text="x",
        digest="d", title="", url="", published=START, updated=None, observed=START,
    )  # fmt: skip

    assert chunk.id == replace(chunk, text="y", observed=START + timedelta(1)).id
    others = {
        replace(chunk, ordinal=1).id,
        replace(chunk, version="v2").id,
        replace(chunk, key=ItemKey("wire", "b")).id,
        replace(chunk, key=ItemKey("wire2", "a")).id,
        key_of(chunk.key),
    }
    assert 5 == len(others - {chunk.id})
    assert str(point_id(chunk.key)) == key_of(chunk.key)
