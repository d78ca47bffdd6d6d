"""`freshwire run`: the daemon and its HTTP service in one process, until a signal or a bug ends it.

Start: own the home folder, own the port, load index and model, answer HTTP, poll. Stop (SIGTERM,
SIGINT): the service takes no more, the write at hand is finished, the index is flushed. A second
signal ends the process at once.
"""

import fcntl
import logging
import os
import random
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from types import FrameType

import uvicorn

from freshwire.app import Worker, open_worker
from freshwire.clock import utc_now
from freshwire.config import Config
from indexer.daemon import Daemon
from indexer.edge_shard import Locked
from indexer.neural import WrongModel
from query.service import Desk, create_app
from streams import Unavailable

log = logging.getLogger(__name__)

#: Seconds that threads get to finish the write at hand; the promise to the operator is 10.
STOP_SECONDS = 8.0

#: Free disk below which the daemon does not start: room to report what is wrong, and for the WAL.
LEAST_FREE_BYTES = 200_000_000


class CannotStart(Exception):
    """Why the daemon cannot start, in one sentence that says what to do."""


def run(config: Config) -> int:
    """Run until told to stop; the exit code: 0 after a signal, 1 when something is wrong."""
    set_up_logging()
    for number in (signal.SIGTERM, signal.SIGINT):  # while it loads, there is nothing to finish
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        with _own_home(config), _own_port(config) as port:
            return _serve(config, port)
    except (CannotStart, Locked, WrongModel, Unavailable) as error:
        print(f"freshwire: {error}", file=sys.stderr)
        return 1


def _serve(config: Config, port: socket.socket) -> int:
    stopping = threading.Event()
    log.info("starting home=%s", config.home)
    with open_worker(config, stopping=stopping) as worker:
        daemon = Daemon(
            pipeline=worker.pipeline,
            catalogue=worker.reader.catalogue,
            inbox=worker.inbox,
            open_source=worker.open_source,
            random=random.random,
            stopping=stopping,
        )
        server = _server(config, worker, daemon)
        _end_on_signals(daemon)
        thread = threading.Thread(
            target=daemon.guarded, args=(lambda: server.run(sockets=[port]),), name="http"
        )
        daemon.start()
        thread.start()
        try:
            _announce(config, daemon)
            daemon.wait()
        except Exception:
            log.exception("a bug ends Freshwire; what was not committed comes again")
            code = 1
        else:
            log.info("stopping")
            code = 0
        server.should_exit = True
        deadline = time.monotonic() + STOP_SECONDS
        finished = daemon.close(STOP_SECONDS)
        thread.join(timeout=max(deadline - time.monotonic(), 0.5))
        if not finished or not _threads_end(deadline):
            log.warning("stopped before every thread was done; their batch comes again")
            # a thread that may still write must not meet a closed index
            logging.shutdown()
            os._exit(code)
    return code


def _server(config: Config, worker: Worker, daemon: Daemon) -> uvicorn.Server:
    reader = worker.reader
    desk = Desk(
        retriever=reader.retriever,
        asker=reader.asker,
        store=reader.store,
        daemon=daemon,
        dead=reader.dead,
        now=utc_now,
        version=version("freshwire"),
        home=config.home,
        hosts=(config.host, *config.service.hosts),
    )
    return uvicorn.Server(
        uvicorn.Config(
            create_app(desk),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
    )


def _announce(config: Config, daemon: Daemon) -> None:
    """Say when questions can be asked."""
    while not daemon.wait(0.05):
        if daemon.ready:
            log.info("ready url=%s", config.url)
            print(f'Freshwire is ready: {config.url} (ask it: freshwire ask "…")', flush=True)
            return


def _threads_end(deadline: float) -> bool:
    """Whether all that Python waits for have ended by then: a request may poll a feed that hangs.

    `deadline` is on the monotonic clock; the server does not wait for the threads of requests.
    """
    others = [t for t in threading.enumerate() if t is not threading.current_thread()]
    for other in others:
        if not other.daemon:
            other.join(timeout=max(deadline - time.monotonic(), 0.1))
    return not any(other.is_alive() for other in others if not other.daemon)


def _end_on_signals(daemon: Daemon) -> None:
    def end(number: int, frame: FrameType | None) -> None:
        if daemon.stopping:
            os._exit(1)
        daemon.end()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


@contextmanager
def _own_home(config: Config) -> Iterator[None]:
    """The home folder is there, private, has room, and no other daemon uses it."""
    home = config.home
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (home / "daemon.lock").open("w")
    except OSError as error:
        raise CannotStart(f"the home folder {home} cannot be used: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"another freshwire run owns {home}; stop it, or choose another folder with "
                "FRESHWIRE_HOME"
            ) from None
        free = shutil.disk_usage(home).free
        if free < LEAST_FREE_BYTES:
            raise CannotStart(
                f"only {free // 1_000_000} MB are free on the disk of {home}; at least "
                f"{LEAST_FREE_BYTES // 1_000_000} MB are needed to start"
            )
        yield


@contextmanager
def _own_port(config: Config) -> Iterator[socket.socket]:
    """A socket that listens where the configuration says, before anything heavy is loaded."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    # with the protocol named, asyncio turns Nagle's algorithm off: 48 -> 1 ms an answer
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as port:
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            port.bind((config.host, config.port))
            port.listen(128)
        except OSError as error:
            raise CannotStart(
                f"{config.host}:{config.port} cannot be used ({error.strerror}); stop what "
                "listens there, or choose another port with FRESHWIRE_PORT"
            ) from error
        yield port


class _OneLine(logging.Formatter):
    """Item text in a log line can neither end it nor reach the terminal as a command."""

    def format(self, record: logging.LogRecord) -> str:
        """The record; control characters of the message are written out."""
        record.message = record.getMessage()
        line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in record.message)
        head = f"{self.formatTime(record)} {record.levelname} {line}"
        return f"{head}\n{self.formatException(record.exc_info)}" if record.exc_info else head


def set_up_logging() -> None:
    """Our own lines from INFO, those of libraries from WARNING, on standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for package in ("freshwire", "query", "indexer", "streams"):
        logging.getLogger(package).setLevel(logging.INFO)
