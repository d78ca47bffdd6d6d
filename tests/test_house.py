"""The house rules that a program can check."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("freshwire", "query", "indexer", "streams")
SOURCES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))

FILE_LINES = 250
FUNCTION_LINES = 45
POSITIONAL = 4

#: Their signatures are a library's.
GIVEN = ("settings_customise_sources", "connect_tcp")


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a file."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_files_are_short_enough_to_hold_one_noun() -> None:
    """No file has more than 250 lines."""
    long = {
        str(file.relative_to(ROOT)): lines
        for file in SOURCES
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > FILE_LINES
    }

    assert {} == long


def test_functions_are_short() -> None:
    """No function has more than 45 lines."""
    long = {
        f"{file.relative_to(ROOT)}:{node.lineno} {node.name}": lines
        for file in SOURCES
        for node in functions(file)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    }

    assert {} == long


def test_only_a_few_arguments_go_by_place() -> None:
    """At most four arguments (and self) are given by place; commands go by name."""
    many = {
        f"{file.relative_to(ROOT)}:{node.lineno} {node.name}"
        for file in SOURCES
        if not file.name.startswith(("cli", "commands_", "routes_"))
        for node in functions(file)
        if node.name not in GIVEN
        and len([a for a in node.args.args if a.arg not in ("self", "cls")]) > POSITIONAL
    }

    assert set() == many


@pytest.mark.parametrize("name", ["utils.py", "common", "core", "helpers.py", "misc.py", "base.py"])
def test_there_is_no_room_for_odds_and_ends(name: str) -> None:
    """No file or folder is named after nothing in particular."""
    assert [] == [str(path) for package in PACKAGES for path in (ROOT / package).rglob(name)]


def test_no_clock_is_read_in_passing() -> None:
    """The wall clock is read in one place, and handed in everywhere else."""
    readers = {
        str(file.relative_to(ROOT))
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today")
        if isinstance(node.value, ast.Name) and node.value.id in ("datetime", "date")
    }

    assert {"freshwire/clock.py"} == readers


def test_nothing_is_put_off() -> None:
    """No file carries a note of work left to do."""
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    left = [
        str(file.relative_to(ROOT))
        for file in SOURCES
        if any(word in file.read_text(encoding="utf-8") for word in words)
    ]

    assert [] == left
