"""A folder in memory where the machine has one: opening an index syncs, which disks make slow."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder that is gone afterwards."""
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory, prefix="freshwire-") as folder:
        yield Path(folder)
