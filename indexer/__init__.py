"""Items in, searchable chunks out; the daemon.

Heavy parts (`indexer.edge`, `indexer.neural`, `indexer.daemon`) are imported by name where they
are wired, so that a command that only talks to a daemon does not load an engine.
"""

from indexer.chunk import Chunk
from indexer.report import DeadLetter, Report
from indexer.store import EVERYTHING, Decay, Filters, Found, Scope, Search, Store

__all__ = [
    "EVERYTHING",
    "Chunk",
    "DeadLetter",
    "Decay",
    "Filters",
    "Found",
    "Report",
    "Scope",
    "Search",
    "Store",
]
