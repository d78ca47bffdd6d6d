"""Where each source is up to: kept over restarts, apart from all others."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.cursor import ERROR_CHARS, Cursor, Cursors
from streams.source import Unavailable

NOW = datetime(2026, 3, 1, 12, 0, 0, 123, tzinfo=UTC)

FULL = Cursor(
    asked_url="https://wire.example/feed",
    url="https://new.example/feed",
    etag='W/"a"',
    last_modified="Sun, 01 Mar 2026 11:00:00 GMT",
    next_poll=NOW + timedelta(minutes=5),
    interval=timedelta(minutes=5, microseconds=7),
    failures=3,
    last_error="wire.example answered 503 Service Unavailable",
    last_success=NOW,
    last_new=NOW - timedelta(hours=1),
    missed=2,
    gone=True,
    ttl=timedelta(hours=1),
    published=(NOW - timedelta(days=1), NOW),
    seen={"0123456789abcdef": "fedcba9876543210"},
)

times = st.none() | st.datetimes(timezones=st.just(UTC))
spans = st.none() | st.timedeltas(timedelta(0), timedelta(days=1))
texts = st.text(st.characters(codec="utf-8"), max_size=20)
cursors = st.builds(
    Cursor,
    etag=texts,
    last_error=texts,
    next_poll=times,
    interval=spans,
    last_new=times,
    ttl=spans,
    published=st.lists(st.datetimes(timezones=st.just(UTC)), max_size=3).map(tuple),
    seen=st.dictionaries(texts, texts, max_size=3),
    gone=st.booleans(),
)


def test_unknown_source_has_never_been_polled(tmp_path: Path) -> None:
    """A source nobody knows starts with nothing."""
    held = Cursors(tmp_path / "state.db")

    assert held.load("wire") == Cursor()
    assert held.all() == {}
    held.close()


def test_cursor_survives_a_restart(tmp_path: Path) -> None:
    """What was saved is there for the next process, field by field."""
    first = Cursors(tmp_path / "state.db")
    first.save("wire", Cursor())
    first.save("wire", FULL)
    first.save("other", Cursor(etag="x"))
    first.close()

    second = Cursors(tmp_path / "state.db")

    assert second.load("wire") == FULL
    assert list(second.all()) == ["other", "wire"]
    second.close()


@settings(max_examples=60, deadline=None)
@given(cursors)
def test_every_cursor_comes_back_as_it_was(cursor: Cursor) -> None:
    """Saving and loading changes nothing."""
    with TemporaryDirectory() as folder:
        held = Cursors(Path(folder) / "state.db")

        held.save("wire", cursor)

        assert held.load("wire") == cursor
        held.close()


def test_forgotten_source_starts_afresh(tmp_path: Path) -> None:
    """After forgetting, the source counts as never polled; others stay."""
    held = Cursors(tmp_path / "state.db")
    held.save("wire", FULL)
    held.save("other", FULL)

    held.forget("wire")
    held.forget("nobody")

    assert (held.load("wire"), held.load("other")) == (Cursor(), FULL)
    held.close()


def test_hostile_error_text_is_storable(tmp_path: Path) -> None:
    """A lone surrogate or a novel in an error message breaks nothing."""
    held = Cursors(tmp_path / "state.db")

    held.save("wire", replace(FULL, last_error="\ud800" + "x" * 9_000))

    assert len(held.load("wire").last_error) == ERROR_CHARS
    held.close()


def test_unusable_file_is_unavailable(tmp_path: Path) -> None:
    """A file that is no database, or closed already, is said to be unavailable."""
    (tmp_path / "state.db").write_bytes(b"no database at all" * 100)
    held = Cursors(tmp_path / "good.db")
    held.close()
    held.close()

    with pytest.raises(Unavailable, match="state database"):
        held.save("wire", FULL)
    with pytest.raises(Unavailable, match="state database"):
        Cursors(tmp_path / "state.db")
