"""Files of items as a stream: JSON lines or one value, gzipped or not, damaged or not."""

import gzip
import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from streams import Item, Malformed, Unavailable
from streams.record import encode
from streams.replay import LINE_BYTES, ReplaySource
from tests.fakes import START, Clock, item

ITEMS = [item(str(number), minute=number) for number in range(3)]
LINES = b"".join(json.dumps(encode(each)).encode() + b"\n" for each in ITEMS)


def read(path: Path, *, batch: int = 2) -> list[Item | Malformed]:
    """All that a file gives, an hour after START."""
    found: list[Item | Malformed] = []
    clock = Clock(START + timedelta(hours=1))
    with closing(ReplaySource(path, name="file", now=clock, batch=batch)) as source:
        while handed := source.poll(0):
            assert len(handed) <= batch
            found += handed
            source.commit()
    return found


@pytest.mark.parametrize("name", ["items.jsonl", "items.ndjson", "items.json", "items"])
@pytest.mark.parametrize("packed", [False, True])
def test_lines_are_read_whatever_the_name(tmp_path: Path, name: str, packed: bool) -> None:
    """Items come with their own clocks, also out of gzip under any name."""
    path = tmp_path / name
    path.write_bytes(gzip.compress(LINES) if packed else LINES)

    assert read(path) == ITEMS


@pytest.mark.parametrize("name", ["items.json", "items.json.gz"])
def test_one_json_array_is_read(tmp_path: Path, name: str) -> None:
    """A pretty-printed array is as good as lines."""
    path = tmp_path / name
    body = json.dumps([encode(each) for each in ITEMS], indent=2).encode()
    path.write_bytes(gzip.compress(body) if name.endswith(".gz") else body)

    assert read(path) == ITEMS


def test_items_without_source_or_clock_are_filled_in(tmp_path: Path) -> None:
    """A file written by hand needs only text."""
    path = tmp_path / "items.jsonl"
    path.write_text('{"text": "Hello."}\n')

    (made,) = read(path)

    assert isinstance(made, Item)
    assert made.source == "file"
    assert (made.observed, made.date_quality) == (START + timedelta(hours=1), "assumed")


def test_bad_lines_are_told_by_number_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Broken JSON, bad fields, wrong bytes and empty lines stop nothing."""
    path = tmp_path / "items.jsonl"
    good = LINES.splitlines()
    path.write_bytes(b"\n".join([good[0], b"{", b"", b'{"text": 5}', b"\xff\xfe", good[1]]))

    made = read(path)

    assert [isinstance(each, Item) for each in made] == [True, False, False, False, True]
    bad = [(each.error, each.raw) for each in made if isinstance(each, Malformed)]
    assert bad[0][0].startswith("line 2: not JSON")
    assert bad[1] == ("line 4: text: must be a text, is a number", b'{"text": 5}')
    assert bad[2][0].startswith("line 5: not UTF-8")


def test_a_line_without_end_is_passed_over(tmp_path: Path) -> None:
    """An over-long line is one bad item and does not fill the memory."""
    path = tmp_path / "items.jsonl"
    path.write_bytes(b"x" * (LINE_BYTES * 2) + b"\n" + LINES)

    made = read(path)

    assert made[1:] == ITEMS
    assert isinstance(made[0], Malformed)
    assert made[0].error.startswith("line 1: longer than")
    assert len(made[0].raw) <= 10_000


@pytest.mark.parametrize("name", ["items.jsonl.gz", "items.json.gz"])
def test_a_damaged_file_ends_with_a_reason(tmp_path: Path, name: str) -> None:
    """Cut-off gzip gives what is whole, then a bad item, never an exception."""
    path = tmp_path / name
    path.write_bytes(gzip.compress(LINES * 100)[:-20])

    made = read(path)

    assert isinstance(made[-1], Malformed)
    assert "damaged" in made[-1].error
    assert all(isinstance(each, Item) for each in made[:-1])


def test_a_missing_file_is_unavailable_until_it_is_there(tmp_path: Path) -> None:
    """Once it can be read, all of it comes."""
    path = tmp_path / "items.jsonl"
    source = ReplaySource(path, name="file", now=Clock(START + timedelta(hours=1)))

    with pytest.raises(Unavailable, match="cannot be read"):
        source.poll(0)
    path.write_bytes(LINES)

    assert source.poll(0) == ITEMS
    source.close()


def test_an_empty_file_is_an_empty_stream(tmp_path: Path) -> None:
    """Nothing to replay is no error."""
    path = tmp_path / "items.json"
    path.write_bytes(b"")

    assert read(path) == []
