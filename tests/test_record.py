"""The JSON shape of an item: tolerant, exact about what is wrong, and there and back again."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import Item, Malformed
from streams.plain import clean, line
from streams.record import decode, encode, parse

NOW = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
GOOD: dict[str, object] = {
    "source": "newsroom",
    "id": "42",
    "title": "A title",
    "text": "A text.",
    "url": "https://example.org/42",
    "published": "2026-03-12T10:00:00Z",
}

lines = st.text(max_size=30).map(line)
names = st.from_regex(r"[a-z0-9._-]{1,12}", fullmatch=True)
times = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=NOW.replace(tzinfo=None),
    timezones=st.just(UTC),
)
figures = st.dictionaries(
    lines.filter(bool), lines | st.floats(allow_nan=False, allow_infinity=False), max_size=4
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)


@st.composite
def items(draw: st.DrawFn) -> Item:
    """Any item that a source can make."""
    observed = draw(times)
    return Item(
        source=draw(names),
        id=draw(lines.filter(bool)),
        text=draw(st.text(max_size=80).map(clean)),
        published=min(draw(times), observed),
        observed=observed,
        title=draw(lines),
        url=draw(st.sampled_from(["", "https://example.org/a?b=c#d", "http://[::1]/x"])),
        updated=draw(st.none() | times),
        withdrawn=draw(st.booleans()),
        kind=draw(names),
        class_=draw(names),
        language=draw(lines),
        labels=tuple(draw(st.lists(lines.filter(bool), max_size=3, unique=True))),
        region=draw(lines),
        licence=draw(lines),
        may_quote=draw(st.none() | st.integers(0, 10**9)),
        figures=draw(st.none() | figures),
        published_raw=draw(st.text(st.characters(codec="utf-8"), max_size=30)),
        date_quality=draw(st.sampled_from(["exact", "day", "assumed", "clamped"])),
    )


def good(**changes: object) -> Item:
    """The item of GOOD with some fields changed; None leaves one out."""
    made = decode(GOOD | changes, observed=NOW)
    assert isinstance(made, Item), made
    return made


@settings(max_examples=150)
@given(items())
def test_an_item_survives_its_record(item: Item) -> None:
    """Written as JSON and read again, an item is the same in every field."""
    written = json.dumps(encode(item))

    assert decode(parse(written.encode()), observed=NOW, trust_observed=True) == item


@settings(max_examples=150)
@given(values, st.dictionaries(st.sampled_from([*GOOD, "labels", "figures", "updated"]), values))
def test_decoding_never_raises(value: object, fields: dict[str, object]) -> None:
    """Whatever is pushed becomes an Item or a Malformed."""
    for each in (value, GOOD | fields):
        made = decode(each, observed=NOW, trust_observed=True)

        assert isinstance(made, Malformed) or made.published <= made.observed <= NOW


def test_what_is_given_is_taken_over() -> None:
    """All fields of a push arrive in the item."""
    item = good(
        updated="2026-03-12T11:00:00+00:00",
        kind="filing",
        **{"class": "breaking"},
        labels=["desk"],
        language="en",
        region="us",
        licence="CC0-1.0",
        may_quote=300,
        figures={"close": 16, "currency": "USD", "open": None},
    )

    assert item.key == ("newsroom", "42")
    assert (item.title, item.text, item.url) == ("A title", "A text.", "https://example.org/42")
    assert item.published == NOW - timedelta(hours=2)
    assert item.updated == NOW - timedelta(hours=1)
    assert (item.kind, item.class_, item.labels) == ("filing", "breaking", ("desk",))
    assert (item.language, item.region, item.licence) == ("en", "us", "CC0-1.0")
    assert (item.may_quote, item.figures) == (300, {"close": 16.0, "currency": "USD"})
    assert (item.date_quality, item.observed) == ("exact", NOW)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"source": None}, "source: missing"),
        ({"source": "News Room"}, "source: 'News Room' is not of the form [a-z0-9._-]+"),
        ({"source": 7}, "source: must be a text, is a number"),
        ({"id": "x" * 2049}, "id: has 2,049 characters, at most 2,048"),
        ({"id": True}, "id: must be a text, is true or false"),
        ({"id": 10**100}, "id: the number is too long"),
        ({"title": ["a"]}, "title: must be a text, is an array"),
        ({"text": ""}, "text: missing or empty"),
        ({"text": None}, "text: missing or empty"),
        ({"text": "\u202e\x00"}, "text: missing or empty"),
        ({"text": "x" * 1_000_001}, "text: has 1,000,001 characters, at most 1,000,000"),
        ({"url": "javascript:alert(1)"}, "url: 'javascript:alert(1)' is not an absolute http"),
        ({"url": "/relative"}, "url: '/relative' is not"),
        ({"url": "http://[bad"}, "url: 'http://[bad' is not"),
        ({"url": "https://a b/"}, "url: 'https://a b/' is not"),
        ({"published": {}}, "published: must be a date like 2026-03-12T14:00:00Z, is an object"),
        ({"published": float("inf")}, "published: the number is no time"),
        ({"withdrawn": "false"}, "withdrawn: must be true or false, is a text"),
        ({"kind": "Two Words"}, "kind: 'Two Words' is not of the form"),
        ({"class": 1}, "class: must be a text"),
        ({"labels": 5}, "labels: must be an array of texts, is a number"),
        ({"labels": ["ok", ""]}, "labels[1]: must be a text of 1 to 64"),
        ({"labels": ["x" * 65]}, "labels[0]: must be a text of 1 to 64"),
        ({"labels": ["x"] * 33}, "labels: 33 are given, at most 32"),
        ({"may_quote": -1}, "may_quote: must be a whole number"),
        ({"figures": [1]}, "figures: must be an object"),
        ({"figures": {"close": float("nan")}}, "figures.close: must be a finite number"),
        ({"figures": {"close": 10**400}}, "figures.close: must be a finite number"),
        ({"figures": {"close": True}}, "figures.close: must be a number or a text"),
        ({"schema": 2}, "schema: 2 is newer than 1"),
        ({"withdrawn": True, "id": None, "url": None}, "id: missing; a withdrawal needs"),
    ],
)
def test_a_bad_field_is_named(change: dict[str, Any], error: str) -> None:
    """The reason begins with the field and says what would be right; the raw item is kept."""
    made = decode(GOOD | change, observed=NOW)

    assert isinstance(made, Malformed)
    assert made.error.startswith(error)
    assert made.raw
    assert made.observed == NOW


def test_a_bad_item_keeps_its_key() -> None:
    """What can be read of source and id stays with the reason."""
    made = decode(GOOD | {"text": 5}, observed=NOW)
    lost = decode({"source": "Not Good"}, observed=NOW)

    assert isinstance(made, Malformed)
    assert (made.source, made.id) == ("newsroom", "42")
    assert isinstance(lost, Malformed)
    assert (lost.source, lost.id) == ("unknown", "")
    assert json.loads(made.raw) == GOOD | {"text": 5}


@pytest.mark.parametrize("value", [None, True, 5, "text", [GOOD]])
def test_only_an_object_is_an_item(value: object) -> None:
    """Anything else is malformed, not a crash."""
    made = decode(value, observed=NOW)

    assert isinstance(made, Malformed)
    assert made.error.startswith("an item is a JSON object, this is ")


def test_unknown_fields_are_ignored() -> None:
    """A sender may pass on more than is asked for."""
    assert good(author="A. Writer", nested={"a": [1]}) == good()


def test_what_hides_or_reorders_text_is_removed() -> None:
    """Control characters, overrides, tag characters and lone surrogates do not get in."""
    item = good(title="Tit\u202ele\n two", text="a\x00b\r\nc\u2066d\U000e0041e\ud800", id="4\x072")

    assert item.title == "Title two"
    assert item.text.startswith("ab\ncde")
    assert item.id == "42"
    json.dumps(encode(item), ensure_ascii=False).encode()


def test_an_item_without_id_is_known_by_its_url_else_by_its_content() -> None:
    """The same push twice is the same item; whole numbers are ids, too."""
    bare = good(id=None, url=None)

    assert good(id=None).id == "https://example.org/42"
    assert bare.id == bare.digest
    assert good(id=7).id == "7"


def test_a_withdrawal_needs_no_text() -> None:
    """The key is enough to withdraw an item."""
    made = decode({"source": "newsroom", "id": "42", "withdrawn": True}, observed=NOW)

    assert isinstance(made, Item)
    assert made.withdrawn
    assert made.text == ""


def test_a_default_source_fills_in_but_does_not_override() -> None:
    """The source of the item counts before that of the call."""
    missing = decode(GOOD | {"source": ""}, observed=NOW, source="desk")
    named = decode(GOOD, observed=NOW, source="desk")

    assert isinstance(missing, Item)
    assert isinstance(named, Item)
    assert (missing.source, named.source) == ("desk", "newsroom")


@pytest.mark.parametrize(
    ("published", "at", "quality"),
    [
        (1773309600, NOW - timedelta(hours=2), "exact"),
        (1773309600000, NOW - timedelta(hours=2), "exact"),
        (1773309600.0, NOW - timedelta(hours=2), "exact"),
        ("2026-03-11", datetime(2026, 3, 11, tzinfo=UTC), "day"),
        ("2030-01-01T00:00:00Z", NOW, "clamped"),
        ("some day", NOW, "assumed"),
        (None, NOW, "assumed"),
        ("", NOW, "assumed"),
    ],
)
def test_dates_are_judged(published: object, at: datetime, quality: str) -> None:
    """Epoch numbers, days, the future and nonsense are told apart, never refused."""
    item = good(published=published)

    assert (item.published, item.date_quality) == (at, quality)


def test_an_updated_time_that_cannot_be_relied_on_does_not_name_a_version() -> None:
    """Future and unreadable version times count as not given."""
    assert good(updated="2030-01-01T00:00:00Z").updated is None
    assert good(updated="soon").updated is None
    assert good(published=None, updated="2026-03-11T00:00:00Z").published == datetime(
        2026, 3, 11, tzinfo=UTC
    )


def test_observed_is_believed_only_when_told_to_and_never_from_the_future() -> None:
    """A pusher cannot claim that we saw an item earlier; a replay can."""
    early = GOOD | {"observed": "2026-03-12T11:00:00+00:00"}
    late = GOOD | {"observed": "2026-03-13T11:00:00+00:00"}
    told = [
        decode(early, observed=NOW, trust_observed=True),
        decode(late, observed=NOW, trust_observed=True),
        decode(early, observed=NOW),
    ]

    assert [made.observed for made in told] == [NOW - timedelta(hours=1), NOW, NOW]


def test_a_pusher_cannot_claim_how_good_a_date_is() -> None:
    """Quality and raw date are ours to say."""
    item = good(published="2030-01-01", date_quality="exact", published_raw="x")

    assert (item.date_quality, item.published_raw) == ("clamped", "2030-01-01")
