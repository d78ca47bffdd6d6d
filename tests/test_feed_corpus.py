"""Feeds as they are: every file of the test suites of eight other parsers goes through."""

import ast
import io
import json
import os
import re
import tarfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard

from streams import Item, Malformed, SourceSpec
from streams.dates import judge
from streams.feed import ParsedFeed, parse
from streams.notafeed import NotAFeed
from streams.opml import read_opml

DATA = Path(__file__).parent / "data"
SHARED = Path(os.environ.get("FRESHWIRE_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
ARCHIVE = SHARED / "feeds" / "feeds.tar.zst"
PLACES = [DATA, *([ARCHIVE] if ARCHIVE.exists() else [])]
OBSERVED = datetime(2030, 1, 1, tzinfo=UTC)
SPEC = SourceSpec(name="corpus", url="https://corpus.example/feed")
#: feedparser's own tests say in a comment what they expect; these can be compared with ours.
EXPECT = re.compile(
    r"Expect:\s+(?:not bozo and )?entries\[0\]\['(published_parsed|updated_parsed|created_parsed"
    r"|title|link|id|guid)'\] == (.+?)\s*-->",
    re.DOTALL,
)


def bodies(place: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file in a folder or a .tar.zst archive."""
    if place.is_dir():
        yield from ((path.name, path.read_bytes()) for path in sorted(place.iterdir()))
        return
    unpacked = zstandard.ZstdDecompressor().stream_reader(place.read_bytes())
    with tarfile.open(fileobj=io.BytesIO(unpacked.read())) as archive:
        for member in archive:
            if file := archive.extractfile(member):
                yield member.name, file.read()


def read(body: bytes) -> ParsedFeed:
    """`body` as an answer without a Content-Type."""
    return parse(body, spec=SPEC, content_type="", base_url=SPEC.url, observed=OBSERVED)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_every_file_is_read_or_refused_in_time(place: Path) -> None:
    """No other error, no hang, every entry an Item or Malformed, ids unique within a feed."""
    read_count = 0
    for name, body in bodies(place):
        started = time.process_time()
        try:
            entries = read(body).entries
        except NotAFeed as refusal:
            entries = ()
            assert len(str(refusal)) > 40, name
        assert time.process_time() - started < 2, name
        assert all(isinstance(entry, Item | Malformed) for entry in entries), name
        assert len({entry.id for entry in entries}) == len(entries), name
        read_count += bool(entries)
    assert read_count > 20


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_every_opml_list_is_read(place: Path) -> None:
    """Each list gives feeds with unique names; no other file is taken for a list."""
    for name, body in bodies(place):
        specs, problems = read_opml(body)
        assert bool(specs) == name.endswith(".opml"), (name, problems)
        assert len({spec.name for spec in specs}) == len(specs), name


def expectations(place: Path) -> Iterator[tuple[str, bytes, str, object]]:
    """Files that say what their first entry holds: name, content, field and value."""
    for name, body in bodies(place):
        found = EXPECT.search(body.decode("utf-8", "replace"))
        if not found or "_base_" in name or "sanitize" in name:
            continue
        try:
            value = ast.literal_eval(re.sub(r"\bu(?=['\"])", "", found[2]))
        except (ValueError, SyntaxError):
            continue
        if not (isinstance(value, str) and "<" in value) and "&" not in str(value):
            yield name, body, found[1], value


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_what_the_files_expect_is_what_is_read(place: Path) -> None:
    """Dates, titles, links and ids agree with feedparser's expectations of plain values."""
    compared = 0
    for name, body, field, value in expectations(place):
        compared += 1
        entry = read(body).entries[0]
        if field.endswith("parsed"):
            assert isinstance(value, tuple)
            assert datetime(*value[:6], tzinfo=UTC) in _times(entry), name
        elif isinstance(entry, Item):
            assert {"title": entry.title, "link": entry.url}.get(field, entry.id) == value, name
    assert compared > 1


def _times(entry: Item | Malformed) -> list[datetime]:
    """The instants that an entry holds; one with nothing else in it is malformed."""
    if isinstance(entry, Item):
        return [entry.published, entry.version_time]
    raw = json.loads(entry.raw)
    return [judge(raw[name], observed=OBSERVED).at for name in ("published", "updated")]
