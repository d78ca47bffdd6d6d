"""An Item holds only what every later stage can handle."""

from datetime import datetime

import pytest

from tests.fakes import START, item


@pytest.mark.parametrize("field", ["title", "text", "url", "id", "region", "licence", "language"])
def test_half_a_surrogate_pair_is_refused(field: str) -> None:
    """No store and no answer can hold it; the error names the field."""
    fields = {"id": "a", "text": "text"} | {field: "x\ud800"}

    with pytest.raises(ValueError, match=f"{field} is not valid Unicode"):
        item(**fields)  # type: ignore[arg-type]


def test_labels_and_figures_are_checked_too() -> None:
    """Half a pair in a label, or a figure that is no number, is refused."""
    with pytest.raises(ValueError, match="labels"):
        item("a", labels=("\udfff",))
    with pytest.raises(ValueError, match="figure close is nan"):
        item("a", kind="quote", figures={"symbol": "VIX", "close": float("nan")})


def test_a_time_without_zone_is_refused() -> None:
    """Naive times have no place among clocks."""
    with pytest.raises(ValueError, match="published has no time zone"):
        item("a", published=datetime(2026, 1, 1))  # noqa: DTZ001 - the fault that is tested


def test_source_and_id_have_their_forms() -> None:
    """A source is named in lower case, an id has one to 2,048 characters."""
    with pytest.raises(ValueError, match="source"):
        item("a", source="The Wire")
    with pytest.raises(ValueError, match="id must have"):
        item("")
    with pytest.raises(ValueError, match="id must have"):
        item("x" * 2049)


def test_the_digest_is_of_title_and_text_alone() -> None:
    """Clocks and links are not content; a word that moves from title to text is."""
    one = item("a", "text", title="title")

    assert one.digest == item("b", "text", title="title", minute=9, url="https://x.org").digest
    assert one.digest != item("a", "title text").digest
    assert START == one.published
