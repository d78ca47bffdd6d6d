"""`python -m bench [--quick | --soak] [--only NAME] [--write]`: JSON lines, then the table."""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench.figure import Figure
from bench.plan import Plan, full, quick
from bench.suite import MEASUREMENTS, SOAK, measured
from bench.table import document, terminal_table

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"


def main() -> int:
    """Measure, print, and with --write refresh the page; 2 when no figure has that name."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="freshwire-bench-") as folder:
        plan = (quick if options.quick else full)(Path(folder))
        figures = []
        for figure in _figures(plan, options):
            print(figure.line(), flush=True)
            figures.append(figure)
    if not figures:
        print(f"no figure is named {options.only!r}", file=sys.stderr)
        return 2
    Console(stderr=not sys.stdout.isatty()).print(terminal_table(figures))
    if options.write:
        kind = "soak" if options.soak else "quick" if options.quick else "full"
        text = document(figures, _caveats(), kind=kind, at=datetime.now(UTC))
        PAGE.write_text(text, encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two minutes instead of fifteen")
    parser.add_argument("--soak", action="store_true", help="an hour of indexing and searching")
    parser.add_argument("--only", default="", metavar="NAME", help="figures that begin with NAME")
    parser.add_argument("--write", action="store_true", help=f"refresh docs/{PAGE.name}")
    return parser.parse_args()


def _figures(plan: Plan, options: argparse.Namespace) -> Iterator[Figure]:
    for measurement in SOAK if options.soak else MEASUREMENTS:
        if measurement.makes(options.only):
            for figure in measured(measurement, plan):
                if figure.name.startswith(options.only):
                    yield figure


def _caveats() -> str:
    """The part of our README that says how to read the figures."""
    text = (HERE / "README.md").read_text(encoding="utf-8")
    return "## " + text.split("## ", 1)[1]


if __name__ == "__main__":
    sys.exit(main())
