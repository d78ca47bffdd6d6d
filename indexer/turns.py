"""Whose turn it is: items of one source are decided and written by one thread at a time."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from zlib import crc32

#: Locks; sources share them by a hash of their name, so that their number is bounded.
LOCKS = 1024


class Turns:
    """Locks by source name."""

    def __init__(self) -> None:
        self._locks = [threading.Lock() for _ in range(LOCKS)]

    @contextmanager
    def take(self, sources: set[str]) -> Iterator[None]:
        """Nobody else holds any of the sources; taken in one order, so that none waits for ever."""
        with ExitStack() as held:
            for place in sorted({crc32(name.encode()) % LOCKS for name in sources}):
                held.enter_context(self._locks[place])
            yield
