"""The README is true: its commands run, and name everything there is."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from typer.main import get_command

from freshwire.cli import app
from freshwire.config import Config
from tests.daemon_process import free_port, until

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")

CONSOLE = re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
MAKE = re.findall(r"^make ([a-z-]+)", README, re.MULTILINE)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """`make run`, as a newcomer has it but without the public feeds, and a shell beside it."""
    port = free_port()
    home = tmp_path_factory.mktemp("home")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FRESHWIRE_")}
    variables = kept | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "FRESHWIRE_HOME": str(home / "data"),
        "FRESHWIRE_PORT": str(port),
        "FRESHWIRE_DEFAULT_FEEDS": "off",
        "COLUMNS": "100",
    }
    log = home / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=ROOT,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    def ready() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            with urlopen(f"http://127.0.0.1:{port}/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    try:
        until(ready, 120, "make run is ready")
        yield variables
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    assert "INFO stopping" in log.read_text()


def run(command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The command in a shell, with the README's port replaced by the test's."""
    return subprocess.run(
        ["bash", "-c", command.replace(":8787", f":{environment['FRESHWIRE_PORT']}")],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def transcript() -> Iterator[tuple[str, list[str]]]:
    """Each command of the README with the lines that it shows as printed."""
    for block in CONSOLE:
        command, shown = "", []
        for line in block.splitlines():
            if line.startswith("$ "):
                if command:
                    yield command, shown
                command, shown = line[2:], []
            elif line.strip():
                shown.append(line)
        yield command, shown


def test_every_command_of_the_readme_runs_and_prints_what_it_shows(
    environment: dict[str, str],
) -> None:
    """In the README's order against one `make run`; only ages and times of day may differ."""
    commands = list(transcript())
    assert len(commands) > 12
    for command, shown in commands:
        done = run(command, environment)

        assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
        assert done.stdout
        for line in shown:
            assert _timeless(line) in _timeless(done.stdout), f"$ {command}\n{done.stdout}"


def _timeless(text: str) -> str:
    """The text without ages, milliseconds, times of day and line breaks."""
    text = re.sub(r"\d+ (?:months?|years?|days?|ms)\b", "N", text)
    text = re.sub(r"\d{1,2} [A-Z][a-z]+ 20\d\d, \d\d:\d\d UTC", "NOW", text)
    return " ".join(text.split())


@pytest.mark.parametrize("target", sorted(set(MAKE)))
def test_every_make_target_of_the_readme_exists(target: str) -> None:
    """Make knows what the README tells people to type."""
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr


def test_every_command_is_in_the_readme() -> None:
    """No command is undocumented, and each has its help."""
    commands = get_command(app).commands  # type: ignore[attr-defined]

    assert set() == {name for name in commands if f"`freshwire {name}" not in README}
    assert set() == {name for name, command in commands.items() if not command.help}


def test_every_variable_is_in_the_readme() -> None:
    """Each top-level key has its variable in the README, each section its name or an example."""
    plain = {"home", "host", "port", "samples", "default_feeds"}

    assert set() == {key for key in plain if f"FRESHWIRE_{key.upper()}" not in README}
    assert plain <= set(Config.model_fields)
