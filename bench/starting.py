"""The daemon as its operator has it: how long until it is ready, and how much memory it takes."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import perf_counter

import httpx

from bench import home, news
from bench.figure import Figure
from bench.meter import handles, memory_mb, milliseconds, threads
from bench.plan import Plan
from streams.record import encode

#: `freshwire run`, whether or not its script is on the path.
RUN = (sys.executable, "-c", "from freshwire.cli import main; main()", "run")

#: Seconds after which a daemon that is not ready has failed.
TOO_LONG = 120.0

#: Number of the first item pushed over HTTP.
PUSHED = 50_000_000


def start(plan: Plan) -> Iterator[Figure]:
    """Start on the base index, ask and push over HTTP, kill -9 in the middle, start again."""
    home.base_items(plan)
    with _running(plan) as (process, client, ready):
        facts = {"chunks": plan.held_chunks}
        yield Figure("start.ready_s", ready, "s", facts)
        seconds = [_search(client, question) for question in news.questions(plan.questions)]
        yield Figure("memory.held_mb", memory_mb(process.pid), "MB", facts)
        yield Figure("search.http.p50_ms", milliseconds(seconds, 50), "ms", facts)
        yield Figure("search.http.p99_ms", milliseconds(seconds, 99), "ms", facts)
        _push(client, PUSHED, plan.model_chunks // 2, wait=True)
        peak = {"threads": threads(process.pid), "handles": handles(process.pid)}
        yield Figure("memory.peak_mb", memory_mb(process.pid, peak=True), "MB", facts | peak)
        _push(client, 2 * PUSHED, plan.model_chunks // 2, wait=False)
        process.send_signal(signal.SIGKILL)
        process.wait()
    with _running(plan) as (process, client, ready):
        yield Figure("start.after_kill_s", ready, "s", facts)


@contextmanager
def _running(plan: Plan) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client, float]]:
    """A daemon process, a client of it, and the seconds that it took to be ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FRESHWIRE_")} | {
        "FRESHWIRE_HOME": str(plan.base),
        "FRESHWIRE_PORT": str(port),
        "FRESHWIRE_SAMPLES": "off",
        "FRESHWIRE_DEFAULT_FEEDS": "off",
    }
    if not plan.model:
        environment["FRESHWIRE_EMBEDDING__MODEL"] = "hashing"
    started = perf_counter()
    log = plan.folder / "daemon.log"
    with log.open("ab") as output:
        process = subprocess.Popen(RUN, env=environment, stdout=output, stderr=output)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=TOO_LONG) as client:
            _wait_until_ready(process, client, log)
            yield process, client, perf_counter() - started
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_ready(process: "subprocess.Popen[bytes]", client: httpx.Client, log: Path) -> None:
    pause, began = Event(), perf_counter()
    while process.poll() is None and perf_counter() - began < TOO_LONG:
        try:
            if client.get("/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        pause.wait(0.02)
    raise AssertionError(f"the daemon did not get ready:\n{log.read_text()[-2000:]}")


def _search(client: httpx.Client, question: str) -> float:
    started = perf_counter()
    client.post("/search", json={"query": question}).raise_for_status()
    return perf_counter() - started


def _push(client: httpx.Client, first: int, count: int, *, wait: bool) -> None:
    items = [encode(news.item(first + number)) for number in range(count)]
    answer = client.post("/items", json=items, params={"wait": str(wait).lower()})
    answer.raise_for_status()
