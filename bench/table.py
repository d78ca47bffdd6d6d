"""All figures of a run beside their budgets, for the terminal and for the documentation."""

import os
import platform
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version

from rich.table import Table

from bench.budget import BUDGETS
from bench.figure import Figure

#: Libraries whose version a figure depends on.
LIBRARIES = ("qdrant-edge-py", "onnxruntime", "fastembed", "tokenizers", "numpy")


def terminal_table(figures: Sequence[Figure]) -> Table:
    """A table with a tick or a cross beside every figure that has a budget."""
    table = Table("figure", "", "unit", "budget", "")
    for column in (1, 3):
        table.columns[column].justify = "right"
    for figure in figures:
        table.add_row(*_cells(figure))
    return table


def document(figures: Sequence[Figure], caveats: str, *, kind: str, at: datetime) -> str:
    """The page for docs/benchmarks.md: when, on what, the table, how to read it."""
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    rows = [f"| {' | '.join(_cells(figure))} |" for figure in figures]
    return "\n".join(
        [
            "# Benchmarks",
            "",
            f"{at:%-d %B %Y}, {kind} run of `python -m bench`. {_machine()}. "
            f"Python {platform.python_version()}, {versions}.",
            "",
            "| figure | value | unit | budget | |",
            "| --- | ---: | --- | ---: | --- |",
            *rows,
            "",
            caveats.strip(),
            "",
        ]
    )


def _cells(figure: Figure) -> list[str]:
    value = f"{figure.value:,.0f}" if abs(figure.value) >= 1000 else f"{figure.value:.3g}"
    budget = BUDGETS.get(figure.name)
    if budget is None:
        return [figure.name, value, figure.unit, "", ""]
    mark = "✓" if budget.holds(figure) else "✗"
    return [figure.name, value, figure.unit, str(budget), mark]


def _machine() -> str:
    """The class of this machine: architecture, cores that this process may use, memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    cores = len(os.sched_getaffinity(0))
    return f"{platform.machine()}, {cores} cores, {memory:.0f} GB RAM"
