"""The shapes of a body: one object, an array, lines; broken and hostile ones are bad items."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import Item, Malformed
from streams.record import decode, decode_many

NOW = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
GOOD = {"source": "newsroom", "id": "42", "text": "A text."}


@settings(max_examples=150)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_body_raises(body: bytes) -> None:
    """Bytes of any sort become a list of items and reasons."""
    for sort in ("application/json", "application/x-ndjson", ""):
        made = decode_many(body, sort, observed=NOW)

        assert all(isinstance(each, Item | Malformed) for each in made)


def test_an_array_an_object_and_lines_are_all_taken() -> None:
    """The three shapes of a body give the same items, whatever the content type says of lines."""
    one = json.dumps(GOOD).encode()
    two = [decode(GOOD, observed=NOW)] * 2

    assert decode_many(one, "application/json", observed=NOW) == two[:1]
    assert decode_many(b"[" + one + b"," + one + b"]", "", observed=NOW) == two
    for sort in ("application/x-ndjson", "application/jsonl; charset=utf-8", "application/json"):
        assert decode_many(one + b"\r\n\n" + one + b"\n", sort, observed=NOW) == two
    assert decode_many(b" \n", "application/json", observed=NOW) == []
    assert decode_many(b"[]", "application/json", observed=NOW) == []


def test_bad_items_stay_in_their_places() -> None:
    """The good items of a call go through, the others are told by position."""
    body = b"\n".join([json.dumps(GOOD).encode(), b'{"source": ', b"[]", json.dumps(GOOD).encode()])

    made = decode_many(body, "application/x-ndjson", observed=NOW)

    assert [isinstance(each, Item) for each in made] == [True, False, False, True]
    assert isinstance(made[1], Malformed)
    assert made[1].error.startswith("line 2: not JSON: ")
    assert made[1].raw == b'{"source":'


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"a": NaN}', "not usable JSON: NaN is not a JSON number"),
        (b'{"a": -Infinity}', "not usable JSON: -Infinity is not"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not usable JSON: "),
        (b"[" * 200_000, "not usable JSON: nested too deeply"),
        (b'{"a": "\xff"}', "not UTF-8: byte 8"),
        (b"{", "not JSON: "),
        (b'"text"', "an item is a JSON object, this is a text"),
    ],
)
def test_hostile_json_is_one_bad_item(body: bytes, error: str) -> None:
    """What no parser should read is refused with a reason."""
    made = decode_many(body, "application/json", observed=NOW)

    assert len(made) == 1
    assert isinstance(made[0], Malformed)
    assert made[0].error.startswith(error)


def test_of_a_name_given_twice_the_last_counts() -> None:
    """Duplicate names do not raise."""
    body = b'{"source": "a", "source": "b", "id": "1", "text": "x"}'

    made = decode_many(body, "application/json", observed=NOW)

    assert isinstance(made[0], Item)
    assert made[0].source == "b"
