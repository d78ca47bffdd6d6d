"""What a command loads: only what it needs, so that it starts at once."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from query.schema import SearchResponse
from query.schema_operator import DeadList, SourceList
from tests.command_line import answering, settings_of
from tests.test_render import hits, state

#: The engine, the model, the server, the parsers.
HEAVY = (
    "apscheduler dateparser fastapi fastembed feedparser jinja2 lxml numpy onnxruntime qdrant_edge "
    "tokenizers trafilatura uvicorn"
).split()

PROBE = """
import sys
from freshwire.cli import main
try:
    main()
finally:
    loaded = [name for name in sys.argv[0].split(",") if name in sys.modules]
    print("loaded:", *loaded, file=sys.stderr)
"""


def loaded_by(arguments: list[str], settings: dict[str, str], watched: list[str]) -> list[str]:
    """Which of the watched modules a command in a process of its own has loaded."""
    code = PROBE.replace("sys.argv[0]", repr(",".join(watched)))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FRESHWIRE_")}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment | settings,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert 0 == done.returncode, done.stderr
    return done.stderr.partition("loaded:")[2].split()


@pytest.mark.parametrize("arguments", [["--help"], ["search", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    """Help needs no engine, no HTTP client and no colours."""
    watched = [*HEAVY, "httpx", "rich", "freshwire.app", "freshwire.config"]

    assert [] == loaded_by(arguments, settings_of(tmp_path), watched)


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "rates"],
        ["search", "rates", "--json"],
        ["status"],
        ["sources", "list"],
        ["dead", "list"],
    ],
)
def test_with_a_daemon_no_engine_is_loaded(arguments: list[str], tmp_path: Path) -> None:
    """A command that only talks to the daemon leaves engine, model and server alone."""
    status = state("text").model_copy(update={"home": str(tmp_path)})
    answers = {
        "/status": status.to_json(),
        "/search": hits("text").to_json(),
        "/sources": SourceList(sources=[]).to_json(),
        "/dead?limit=50": DeadList(letters=[], count=0).to_json(),
    }

    with answering(answers) as port:
        settings = settings_of(tmp_path, PORT=str(port))

        assert [] == loaded_by(arguments, settings, HEAVY)


def test_the_canned_answers_are_those_of_the_schema() -> None:
    """The stand-in for a daemon says what a daemon would say."""
    found = SearchResponse.model_validate_json(hits("text").to_json())

    assert "text" == found.hits[0].title
    assert datetime(2026, 3, 1, 12, tzinfo=UTC) == found.hits[0].published
    assert "class" in json.loads(found.to_json())["hits"][0]
