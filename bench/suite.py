"""The measurements in their order, each in a process of its own."""

import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection

from bench import arriving, indexing, searching, soak, starting
from bench.figure import Figure
from bench.plan import Plan


@dataclass(frozen=True, slots=True)
class Measurement:
    """A function that yields figures, and what the names of these begin with."""

    run: Callable[[Plan], Iterator[Figure]]
    names: tuple[str, ...]

    def makes(self, name: str) -> bool:
        """Whether figures of this name, or that begin with it, come from here."""
        return any(own.startswith(name) or name.startswith(own) for own in self.names)


#: The base index is built by the first that needs it; those that add to it come later.
MEASUREMENTS = (
    Measurement(indexing.with_model, ("index.model.", "limit.model.")),
    Measurement(indexing.without_model, ("index.hash.", "limit.edge.")),
    Measurement(searching.idle, ("search.p", "search.cpu", "recall.")),
    Measurement(indexing.unchanged, ("unchanged.", "changed.")),
    Measurement(searching.busy, ("search.busy",)),
    Measurement(arriving.arrive, ("arrive.",)),
    Measurement(starting.start, ("start.", "memory.", "search.http")),
)

SOAK = (Measurement(soak.soak, ("soak.",)),)


def measured(measurement: Measurement, plan: Plan) -> Iterator[Figure]:
    """The figures of one measurement, made in a fresh process, so that memory is its own.

    Raises RuntimeError when the process ends with an error, which it has printed.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(measurement, plan, there))
    process.start()
    there.close()
    try:
        while True:
            yield here.recv()
    except EOFError:
        process.join()
    if process.exitcode:
        raise RuntimeError(f"{measurement.run.__name__} ended with exit code {process.exitcode}")


def _send(measurement: Measurement, plan: Plan, to: Connection) -> None:
    for figure in measurement.run(plan):
        to.send(figure)
