"""The real daemon as a process of its own: started, asked, killed."""

import json
import multiprocessing
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from http.client import HTTPException
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

#: Seconds until a daemon answers at the latest, on a machine that is busy with other things.
START_SECONDS = 60.0

#: Each daemon is forked from a server that has imported it already: 0.3 s in place of 4.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["freshwire.run", "indexer.neural", "tests.daemon_process"])


def free_port() -> int:
    """A port on which nothing listens at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Return as soon as the condition holds. Raises TimeoutError that says what did not come."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        pause.wait(0.02)


class DaemonProcess:
    """`freshwire run` on a home folder, with the hashing embedder and no sources but its own.

    `before` is Python that the process runs first: how a test breaks something in it.
    """

    def __init__(self, home: Path, *, port: int = 0, before: str = "", **env: str) -> None:
        self.home = home
        self.port = port or free_port()
        self._before = before
        self._env = {
            "FRESHWIRE_HOME": str(home),
            "FRESHWIRE_PORT": str(self.port),
            "FRESHWIRE_EMBEDDING__MODEL": "hashing",
            "FRESHWIRE_SAMPLES": "off",
            "FRESHWIRE_DEFAULT_FEEDS": "off",
        } | env
        self._output = home.with_name(f"{home.name}-{self.port}.log")
        self._output.touch()
        self._process: ForkServerProcess | None = None

    def __enter__(self) -> "DaemonProcess":
        return self.start()

    def __exit__(self, *exception: object) -> None:
        if self.running:
            self.kill()

    def start(self) -> "DaemonProcess":
        """The process runs; it may not answer yet."""
        arguments = (self._env, self._output, self._before)
        self._process = _FORKS.Process(target=_run, args=arguments, daemon=True)
        self._process.start()
        return self

    def ready(self) -> "DaemonProcess":
        """The process answers questions. Raises AssertionError with its output when it ended."""

        def answers() -> bool:
            assert self.running, f"it ended with {self.process.exitcode}:\n{self.output}"
            try:
                return self.get("/ready")[0] == 200
            except (URLError, OSError):
                return False

        until(answers, START_SECONDS, "ready")
        return self

    @property
    def process(self) -> ForkServerProcess:
        """The process, running or not."""
        assert self._process is not None
        return self._process

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._process is not None and self._process.is_alive()

    @property
    def output(self) -> str:
        """What it has written so far, over all its starts."""
        return self._output.read_text(errors="replace")

    def signal(self, number: int) -> None:
        """Send a signal."""
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """SIGKILL; the process is gone on return."""
        self.process.kill()
        self.process.join(10)

    def ended(self, seconds: float = 10.0) -> int | None:
        """The exit code; None when it has not ended within that time."""
        self.process.join(seconds)
        return self.process.exitcode

    def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON of a GET. Raises URLError when nobody listens."""
        return self._call(Request(self._url(path)))

    def post(self, path: str, body: object, *, seconds: float = 30.0) -> tuple[int, Any]:
        """Status and JSON of a POST. Raises URLError or OSError when the answer does not come."""
        request = Request(
            self._url(path), json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        return self._call(request, seconds)

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def _call(self, request: Request, seconds: float = 30.0) -> tuple[int, Any]:
        try:
            with urlopen(request, timeout=seconds) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read())
        except HTTPException as error:  # the answer broke off
            raise ConnectionError(str(error)) from error


def _run(env: dict[str, str], output: Path, before: str) -> None:
    """`freshwire run` in this process, whose output goes to a file. Ends the process."""
    for name in [name for name in os.environ if name.startswith("FRESHWIRE_")]:
        del os.environ[name]
    os.environ.update(env)
    with output.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    exec(before, {})  # the test's own words
    from freshwire.config import load
    from freshwire.run import run

    sys.exit(run(load()))
