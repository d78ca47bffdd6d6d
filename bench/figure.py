"""One measured number, and its line on standard output."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

#: What a figure says beside its value: sizes, wall seconds, how often, against what.
Facts = Mapping[str, str | float | None]


@dataclass(frozen=True, slots=True)
class Figure:
    """A name that never changes, a value, its unit, and the facts that it depends on."""

    name: str
    value: float
    unit: str
    facts: Facts = field(default_factory=dict)

    def line(self) -> str:
        """One JSON object; `name`, `value` and `unit` come first."""
        numbers = {key: _rounded(value) for key, value in self.facts.items()}
        head = {"name": self.name, "value": _rounded(self.value), "unit": self.unit}
        return json.dumps(head | numbers)


def _rounded(value: str | float | None) -> str | float | None:
    """Four significant digits; more would be noise."""
    return float(f"{value:.4g}") if isinstance(value, float) else value
