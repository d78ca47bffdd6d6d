"""What only Qdrant Edge has to cope with: large versions cut in two by a crash, and a full disk."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from indexer import edge
from indexer.chunk import chunks_of
from indexer.edge import EdgeStore
from indexer.store import Change
from streams import Item, Unavailable
from tests.fakes import START, Clock, SentenceSplitter, item


class _Crash(BaseException):
    """The process ends here."""


def _opening(what: Item, version: str, closes: tuple[str, ...] = ()) -> Change:
    chunks = chunks_of(what, version, SentenceSplitter())
    vectors = np.ones((len(chunks), 8), np.float32)
    return Change(
        key=what.key,
        opens=tuple(chunks),
        vectors=vectors,
        closes=closes,
        successor=version,
        at=START,
        valid_until=what.version_time,
    )


def test_a_start_finishes_the_change_of_a_version_with_thousands_of_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of a text that was corrected stays current, however long it was."""
    store = EdgeStore(tmp_path, dimension=8, now=Clock())
    store.write([_opening(item("a", "All is well. " * 2_500), "v1")])
    before = store.count()["current"]

    def crash(ids: object) -> None:
        raise _Crash

    monkeypatch.setattr(store._current, "delete", crash)
    with pytest.raises(_Crash):
        store.write([_opening(item("a", "It was not."), "v2", closes=("v1",))])
    store.close()

    store = EdgeStore(tmp_path, dimension=8, now=Clock())
    assert before > 2_000
    assert {"current": 1, "history": before, "ledger": 0} == store.count()
    store.close()


def test_a_disk_without_room_is_unavailable_until_there_is_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine would end the process at a full disk, so it is not asked to write."""
    store = EdgeStore(tmp_path, dimension=8, now=Clock())
    change = _opening(item("a", "All is well."), "v1")
    disk = SimpleNamespace(free=(edge.LEAST_FREE_MB - 1) * 1_000_000)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: disk)
        with pytest.raises(Unavailable, match="make room"):
            store.write([change])
    assert 0 == store.count()["current"]

    store.write([change])

    assert 1 == store.count()["current"]
    store.close()


def test_an_index_that_was_deleted_takes_nothing(tmp_path: Path) -> None:
    """What was written into deleted files would be committed and lost."""
    store = EdgeStore(tmp_path / "index", dimension=8, now=Clock())
    shutil.rmtree(tmp_path / "index")

    with pytest.raises(Unavailable, match="is gone"):
        store.write([_opening(item("a", "All is well."), "v1")])
