"""Bars of a CSV: whatever stands in the file, and the real files."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.bars import BadRow, Bar, read_bars

ROOT = Path(__file__).parents[1]
DATA = ROOT / os.environ.get("FRESHWIRE_TEST_DATA", "../shared/data")
FILES = sorted((ROOT / "samples").glob("*.csv")) + sorted((DATA / "market").glob("*.csv"))


@settings(max_examples=150)
@given(st.binary(max_size=80) | st.text("0123456789-.,;\n\"D P'\x00", max_size=80).map(str.encode))
def test_no_file_raises(body: bytes) -> None:
    """Whatever stands in the file becomes bars and bad rows."""
    for data in (body, b"D,P\n" + body, b"D,P\n2026-03-12," + body):
        for row in read_bars(data, {"date": "D", "close": "P"}):
            assert isinstance(row, Bar | BadRow)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_real_files_have_no_bad_row(path: Path) -> None:
    """Every row of the files at hand is a bar, and the file is read once."""
    header = path.read_text().partition("\n")[0].split(",")
    columns = {
        field: next((name for name in header if name.lower() in aliases), "")
        for field, aliases in (
            ("date", {"date"}),
            ("close", {"close", "price", "sp500"}),
            ("high", {"high"}),
            ("low", {"low"}),
        )
    }

    rows = list(read_bars(path.read_bytes(), {k: v for k, v in columns.items() if v}))

    assert len(rows) == len(path.read_text().splitlines()) - 1
    assert all(isinstance(row, Bar) for row in rows)
