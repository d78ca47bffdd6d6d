"""What each figure has to reach."""

from dataclasses import dataclass

from bench.figure import Figure


@dataclass(frozen=True, slots=True)
class Budget:
    """The bound of a figure; `at_least`, else at most."""

    bound: float
    at_least: bool = False

    def __str__(self) -> str:
        """As it stands in the table."""
        return f"{'≥' if self.at_least else '≤'} {self.bound:,g}"

    def holds(self, figure: Figure) -> bool:
        """Whether the figure is within."""
        return figure.value >= self.bound if self.at_least else figure.value <= self.bound


BUDGETS = {
    "index.model.of_limit": Budget(0.9, at_least=True),
    "index.model.peak_mb": Budget(600),
    "index.hash.chunks_per_cpu_s": Budget(2_500, at_least=True),
    "unchanged.items_per_cpu_s": Budget(10_000, at_least=True),
    "arrive.p50_ms": Budget(80),
    "arrive.p99_ms": Budget(250),
    "arrive.slow.p50_ms": Budget(150),
    "arrive.slow.max_ms": Budget(1_000),
    "search.p50_ms": Budget(15),
    "search.busy.p99_ms": Budget(80),
    "recall.at10": Budget(0.99, at_least=True),
    "start.ready_s": Budget(5),
    "memory.held_mb": Budget(1_200),
    "memory.peak_mb": Budget(1_200),
    "soak.growth_percent": Budget(5),
    "soak.threads_grown": Budget(0),
    "soak.handles_grown": Budget(0),
}
