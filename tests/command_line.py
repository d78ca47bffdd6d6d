"""The command in this process or in one of its own, on a home folder that is thrown away."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from query.client import Client
from streams import Unavailable

#: The command as its console script starts it.
COMMAND = [sys.executable, "-c", "from freshwire.cli import main; main()"]

#: Seconds that a daemon gets to start or stop on a busy machine.
PATIENCE = 60.0


def settings_of(home: Path, **more: str) -> dict[str, str]:
    """The variables of a home that follows nothing, needs no model and has a port of its own."""
    given = {
        "HOME": str(home),
        "PORT": str(free_port()),
        "SAMPLES": "off",
        "DEFAULT_FEEDS": "off",
        "EMBEDDING__MODEL": "hashing",
    }
    return {f"FRESHWIRE_{name}": value for name, value in (given | more).items()}


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(settings: dict[str, str], log: Path) -> Iterator[Client]:
    """A daemon in a process of its own, ready; it must end with 0 when told to."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FRESHWIRE_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*COMMAND, "run"], env=environment | settings, stdout=output, stderr=output
        )
        try:
            with Client(f"http://127.0.0.1:{settings['FRESHWIRE_PORT']}") as client:
                _wait_until_ready(client, process, log)
                yield client
        finally:
            process.terminate()
            code = process.wait(PATIENCE)
    assert 0 == code, log.read_text()


def _wait_until_ready(client: Client, process: subprocess.Popen[bytes], log: Path) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.05)):
        assert process.poll() is None, log.read_text()
        try:
            if client.ready().ready:
                return
        except Unavailable:
            pass
        pause.wait(0.05)
    raise AssertionError(f"not ready within {PATIENCE} s: {log.read_text()}")


@contextmanager
def answering(answers: dict[str, str]) -> Iterator[int]:
    """A port on which each path is answered with this JSON, every other with 404."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answers.get(self.path, '{"title": "Not Found"}').encode()
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200 if self.path in answers else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
