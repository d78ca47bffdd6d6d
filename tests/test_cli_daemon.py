"""The command beside a daemon, and answers with the real model."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from query.client import Client
from tests.command_line import COMMAND, PATIENCE, running, settings_of
from tests.test_cli import DAM, lines

QUESTION = "What is the federal funds target range?"


class Shell:
    """Runs the command in processes of its own."""

    def __init__(self, settings: dict[str, str]) -> None:
        self.settings = settings
        self.client: Client

    def __call__(
        self, *arguments: str, input: bytes = b"", **more: str
    ) -> subprocess.CompletedProcess[bytes]:
        """What the command said; `more` are environment variables."""
        return subprocess.run(
            [*COMMAND, *arguments],
            env={"PATH": "/usr/bin:/bin"} | self.settings | more,
            input=input,
            capture_output=True,
            timeout=PATIENCE * 2,
        )

    def json(self, *arguments: str) -> Any:
        """The one document that the command printed."""
        return json.loads(self(*arguments, "--json").stdout)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A daemon on a home of its own, with the stream that ships and the real model."""
    home = tmp_path_factory.mktemp("daemon")
    shell = Shell(
        settings_of(home / "home", SAMPLES="on", EMBEDDING__MODEL="all-MiniLM-L6-v2-int8")
    )
    with running(shell.settings, home / "log") as client:
        shell.client = client
        yield shell


def test_the_newest_decision_answers(shell: Shell) -> None:
    """The newest decision is cited with its date and age, and the answer says that it is old."""
    done = shell("ask", QUESTION)

    text = " ".join(done.stdout.decode().split())
    assert 0 == done.returncode
    assert "3.50 to 3.75 percent" in text
    assert "[1]" in text and "10 December 2025" in text and " ago" in text
    assert "STALE The newest evidence was published" in text
    assert b"\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("as_of", "words"),
    [("2015-12-31", "0.25 to 0.50 percent"), ("2020-06-01", "0 to 0.25 percent")],
)
def test_an_answer_as_of_a_day(shell: Shell, as_of: str, words: str) -> None:
    """What was in force then, with the age that it had then."""
    answer = shell.json("ask", QUESTION, "--as-of", as_of)

    assert words in answer["answer"]
    assert answer["newest"] <= f"{as_of}T23:59:59Z"


def test_stale_and_missing_answers_end_with_3(shell: Shell) -> None:
    """With --require-fresh a stale answer does; without an answer it always does."""
    assert 3 == shell("ask", QUESTION, "--require-fresh").returncode
    assert 3 == shell("ask", "Who trains the goalkeeper of Norwich?").returncode


def test_figures_answer_from_quotes(shell: Shell) -> None:
    """A level is answered from the newest quote."""
    answer = shell.json("ask", "What is the VIX at?")

    assert "VIX" in answer["quotes"][0]["symbol"]


def test_the_json_is_that_of_the_http_api(shell: Shell) -> None:
    """The same fields and hits, whichever way one asks."""
    mine = shell.json("search", "rate cut", "--limit", "3")
    theirs = json.loads(shell.client.search("rate cut", limit=3).to_json())

    assert mine.keys() == theirs.keys()
    assert [hit["id"] for hit in theirs["hits"]] == [hit["id"] for hit in mine["hits"]]
    assert mine["hits"][0].keys() == theirs["hits"][0].keys()


def test_added_items_are_searchable_when_it_returns(shell: Shell) -> None:
    """Good ones answer the next search; bad ones are told by line."""
    done = shell("add", "-", input=lines(DAM) + b"{broken\n" + lines({"id": "3"}))

    assert 1 == done.returncode
    assert b"1 accepted (searchable now), 2 malformed." in done.stdout
    assert b"line 2: " in done.stderr and b"line 3: " in done.stderr
    assert "Dam fails" == shell.json("search", "Redhook dam failed")["hits"][0]["title"]
    assert 1 == len(shell.json("history", "newsroom", "1")["versions"])
    assert 3 == shell("history", "newsroom", "2").returncode


def test_not_waited_for_items_are_safe(shell: Shell) -> None:
    """Without waiting, the answer says that they are safe and come later."""
    done = shell("add", "-", "--no-wait", input=lines({**DAM, "id": "later"}))

    assert b"1 accepted (safe, searchable in a moment)." in done.stdout


def test_one_screen_says_how_it_is(shell: Shell) -> None:
    """Status is one screen, and one document as JSON."""
    text = shell("status").stdout.decode()

    assert 24 >= len(text.splitlines())
    assert "newest item" in text and "sources" in text
    assert shell.settings["FRESHWIRE_HOME"] == shell.json("status")["home"]


def test_sources_are_changed_through_the_daemon(shell: Shell) -> None:
    """Added, listed, polled and removed without a restart; a refusal is one sentence."""
    url = "http://127.0.0.1:9/feed"

    assert 0 == shell("sources", "add", url, "--name", "local").returncode
    assert "local" in [one["name"] for one in shell.json("sources", "list")["sources"]]
    again = shell("sources", "add", url)
    assert 1 == again.returncode and b"followed already" in again.stderr
    assert 1 == shell("poll", "local").returncode
    assert "not an address of the public net" in shell.json("poll", "local")["error"]
    assert 0 == shell("sources", "remove", "local").returncode
    assert 1 == shell("poll", "local").returncode


def test_dead_letters_over_http(shell: Shell) -> None:
    """Listed, and a number that is not there is one sentence."""
    assert {"letters": [], "count": 0} == shell.json("dead", "list")
    missing = shell("dead", "show", "9")
    assert 1 == missing.returncode
    assert missing.stderr.startswith(b"freshwire: there is no dead letter 9")


def test_the_doctor_finds_the_daemon(shell: Shell) -> None:
    """A running daemon is good."""
    checks = {check["what"]: check["state"] for check in shell.json("doctor")["checks"]}

    assert "good" == checks["daemon"] == checks["model"] == checks["state"]


def test_a_second_daemon_is_refused(shell: Shell, tmp_path: Path) -> None:
    """One sentence each for a home and for a port that are taken, exit 1."""
    same_home = shell("run")
    same_port = shell("run", FRESHWIRE_HOME=str(tmp_path))

    for done in (same_home, same_port):
        assert 1 == done.returncode
        assert 1 == len(done.stderr.decode().strip().splitlines())
    assert b"another freshwire run owns" in same_home.stderr
    assert b"choose another port" in same_port.stderr


def test_a_reader_that_goes_away_is_no_bug(shell: Shell) -> None:
    """`freshwire search … | head -0` leaves no traceback."""
    command = " ".join([f"'{part}'" for part in COMMAND] + ["search", "rate", "|", "head", "-c0"])

    done = subprocess.run(
        ["sh", "-c", command],
        env={"PATH": "/usr/bin:/bin"} | shell.settings,
        capture_output=True,
        timeout=PATIENCE,
    )

    assert b"Traceback" not in done.stderr


def test_a_terminal_without_unicode_is_no_bug(shell: Shell) -> None:
    """What it cannot show is replaced."""
    done = shell("search", "rate cut", "--limit", "1", PYTHONIOENCODING="ascii")

    assert 0 == done.returncode
    assert b"fed-rate-decisions ? " in done.stdout
