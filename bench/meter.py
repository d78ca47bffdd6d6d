"""Clocks of a measurement: wall and CPU seconds, percentiles, memory of a process."""

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np


class Meter:
    """Adds up wall and CPU seconds (all threads of this process) over its `with` blocks."""

    def __init__(self) -> None:
        self.wall_s = 0.0
        self.cpu_s = 0.0

    def __enter__(self) -> "Meter":
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.wall_s += time.perf_counter() - self._wall
        self.cpu_s += time.process_time() - self._cpu

    def per_cpu_s(self, count: int) -> float:
        """How many per CPU-second."""
        return count / self.cpu_s

    def per_wall_s(self, count: int) -> float:
        """How many per second of the clock on the wall."""
        return count / self.wall_s


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` of all do not exceed (nearest rank)."""
    return float(np.percentile(np.asarray(values), percent, method="inverted_cdf"))


def milliseconds(seconds: Sequence[float], percent: float) -> float:
    """A percentile of durations, in milliseconds."""
    return 1000.0 * percentile(seconds, percent)


def memory_mb(process: int | str = "self", *, peak: bool = False) -> float:
    """Resident memory in MB (10^6 bytes), now or at its highest (Linux, proc(5))."""
    field = "VmHWM:" if peak else "VmRSS:"
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"no {field} of process {process}")


def threads(process: int | str = "self") -> int:
    """How many threads a process has."""
    return len(list(Path(f"/proc/{process}/task").iterdir()))


def handles(process: int | str = "self") -> int:
    """How many files and sockets a process has open."""
    return len(list(Path(f"/proc/{process}/fd").iterdir()))
