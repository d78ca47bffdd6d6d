"""What holds for every test: none may be skipped, and where the optional data set lies."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A skipped test fails the run: what a test needs is installed, or the run says what is not."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and exitstatus == 0:
        reporter.write_line(f"{len(skipped)} tests were skipped; none may be", red=True)
        session.exitstatus = 1


def shared_data() -> Path | None:
    """The folder with real data to test on, where there is one: FRESHWIRE_TEST_DATA."""
    folder = Path(os.environ.get("FRESHWIRE_TEST_DATA", ROOT.parent / "shared" / "data"))
    return folder if folder.is_dir() else None
