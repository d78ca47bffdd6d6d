"""The outside world, turned into Items, and nothing else."""

from streams.item import Item, ItemKey, Malformed
from streams.source import Source, SourceSpec, Unavailable

__all__ = ["Item", "ItemKey", "Malformed", "Source", "SourceSpec", "Unavailable"]
