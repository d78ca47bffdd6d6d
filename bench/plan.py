"""How much is measured: a run of two minutes, a full one, one so small that a test can run it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Sizes of a run; `folder` is where it may write, and is removed afterwards."""

    folder: Path
    #: chunks held while searching, arriving and starting
    held_chunks: int
    #: chunks for the figures with the model, and rounds over them
    model_chunks: int
    model_rounds: int
    #: chunks for the engine alone
    edge_chunks: int
    #: items seen again
    unchanged_items: int
    questions: int
    #: seconds of searching beside the indexer, per number of readers
    busy_seconds: float
    #: one-chunk items that arrive, ten a second
    arrivals: int
    #: embed with the model; without it, only that the figures come out is of interest
    model: bool = True

    @property
    def base(self) -> Path:
        """The home folder with `held_chunks` chunks, built by the first measurement that needs it.

        Later ones add to it.
        """
        return self.folder / "base"


def full(folder: Path) -> Plan:
    """About a quarter of an hour on two cores."""
    return Plan(
        folder=folder,
        held_chunks=100_000,
        model_chunks=512,
        model_rounds=3,
        edge_chunks=20_000,
        unchanged_items=20_000,
        questions=1_000,
        busy_seconds=60,
        arrivals=600,
    )


def quick(folder: Path) -> Plan:
    """About two minutes on two cores."""
    return Plan(
        folder=folder,
        held_chunks=20_000,
        model_chunks=96,
        model_rounds=2,
        edge_chunks=5_000,
        unchanged_items=4_000,
        questions=300,
        busy_seconds=8,
        arrivals=100,
    )


def tiny(folder: Path) -> Plan:
    """A few seconds, without the model."""
    return Plan(
        folder=folder,
        held_chunks=200,
        model_chunks=16,
        model_rounds=1,
        edge_chunks=50,
        unchanged_items=40,
        questions=5,
        busy_seconds=0.2,
        arrivals=3,
        model=False,
    )
