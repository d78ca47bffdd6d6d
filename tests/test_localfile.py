"""Feeds in files: for the operator's own sources, never for added ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.fetch import Refused
from streams.source import Unavailable
from tests.feed_bench import Bench, feed_bench, ids, numbered


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench whose files and connections are closed after the test."""
    with feed_bench(tmp_path) as opened:
        yield opened


def test_file_of_a_configured_source_is_read(bench: Bench) -> None:
    """The same path for a file: entries, unchanged after that, new ones when it changes."""
    path = bench.folder / "sample feed.xml"
    path.write_bytes(numbered(1, 3))
    source = bench.source(url=path.as_uri(), origin="sample")

    assert ids(source) == ["n1", "n2", "n3"]
    assert ids(bench.source(url=path.as_uri(), origin="sample")) == []
    path.write_bytes(numbered(1, 4))
    assert ids(source)[-1] == "n4"


@pytest.mark.parametrize("origin", ["added", "default"])
def test_file_of_an_added_source_is_refused(origin: str, bench: Bench) -> None:
    """Whoever may add sources may not read this machine's files."""
    path = bench.folder / "feed.xml"
    path.write_bytes(numbered(1, 3))

    for url in (path.as_uri(), path.as_uri().replace("file:", "FILE:")):
        with pytest.raises(Refused):
            bench.source(url=url, origin=origin).poll(0)


@pytest.mark.parametrize(
    "url", ["file:///nowhere/at.all", "file:///dev/zero", "file://host/x", "file:"]
)
def test_file_that_cannot_be_read_is_unavailable(url: str, bench: Bench) -> None:
    """No file, a device, another machine: one clear sentence."""
    with pytest.raises(Unavailable):
        bench.source(url=url, origin="config").poll(0)
