"""The benchmarks run: no figure is judged here, only that each comes out and is well-formed."""

import json
import math
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import arriving, indexing, limit, news, searching, soak, starting, table
from bench.budget import BUDGETS
from bench.figure import Figure
from bench.meter import percentile
from bench.plan import Plan, tiny
from bench.suite import MEASUREMENTS, SOAK


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The smallest plan; its measurements share one base index."""
    return tiny(tmp_path_factory.mktemp("bench"))


def checked(figures: list[Figure]) -> set[str]:
    """The names of the figures, each of whose lines says a number with its unit."""
    for figure in figures:
        line = json.loads(figure.line())
        assert list(line)[:3] == ["name", "value", "unit"]
        assert math.isfinite(line["value"])
        assert line["unit"]
    return {figure.name for figure in figures}


def test_indexing_without_the_model_is_measured(plan: Plan) -> None:
    """Pipeline and engine alone, then the same items again: nothing is embedded twice."""
    figures = [*indexing.without_model(plan), *indexing.unchanged(plan)]

    assert checked(figures) == {
        "index.hash.chunks_per_cpu_s",
        "limit.edge.chunks_per_cpu_s",
        "unchanged.items_per_cpu_s",
        "changed.items_per_cpu_s",
    }
    facts = {figure.name: figure.facts for figure in figures}
    assert facts["unchanged.items_per_cpu_s"]["embedded"] == 0
    assert facts["changed.items_per_cpu_s"]["embedded"] == 1


def test_searching_is_measured(plan: Plan) -> None:
    """Quiet and beside an indexer; on so few chunks recall is perfect."""
    figures = [*searching.idle(plan), *searching.busy(plan)]

    names = checked(figures)
    assert {"search.p50_ms", "search.p99_ms", "search.busy.p99_ms", "search.busy4.p99_ms"} < names
    assert [1.0] == [figure.value for figure in figures if figure.name == "recall.at10"]


def test_arriving_is_measured(plan: Plan) -> None:
    """Items are pushed through a daemon's inbox at both paces."""
    names = checked(list(arriving.arrive(plan)))

    assert {"arrive.p50_ms", "arrive.p99_ms", "arrive.max_ms", "arrive.slow.p50_ms"} < names


def test_starting_is_measured(plan: Plan) -> None:
    """A daemon process starts, answers, is killed and starts again."""
    names = checked(list(starting.start(plan)))

    assert {"start.ready_s", "start.after_kill_s", "memory.held_mb", "memory.peak_mb"} < names


def test_soaking_is_measured(plan: Plan) -> None:
    """The hour, in a second."""
    assert "soak.growth_percent" in checked(list(soak.soak(plan, seconds=1.0)))


def test_the_limit_of_the_model_is_measured(plan: Plan) -> None:
    """Raw onnxruntime beside the pipeline, on the same texts."""
    names = checked(list(indexing.with_model(replace(plan, model_chunks=2))))

    assert {"index.model.chunks_per_cpu_s", "limit.model.chunks_per_cpu_s"} < names


def test_news_are_the_same_each_time() -> None:
    """An item is made from its number alone; an edition changes its text, not its identity."""
    random.seed(1)
    first = news.item(3)
    random.seed(2)

    assert news.item(3) == first
    assert news.item(3, edition=1).key == first.key
    assert news.item(3, edition=1).digest != first.digest
    assert 1 == len(limit.chunks_in([news.flash(3)]))


def test_every_budget_belongs_to_a_measurement() -> None:
    """No budget is for a figure that nobody measures."""
    assert [] == [
        name for name in BUDGETS if not any(m.makes(name) for m in (*MEASUREMENTS, *SOAK))
    ]


def test_the_page_names_no_folder_and_marks_what_is_over_budget() -> None:
    """The page has a row per figure, and machine and versions without paths."""
    figures = [Figure("search.p50_ms", 12.0, "ms"), Figure("start.ready_s", 9.0, "s")]

    page = table.document(figures, "## Caveats", kind="quick", at=datetime(2026, 3, 1, tzinfo=UTC))

    assert "| search.p50_ms | 12 | ms | ≤ 15 | ✓ |" in page
    assert "| start.ready_s | 9 | s | ≤ 5 | ✗ |" in page
    assert str(Path.home()) not in page


def test_percentiles_are_values_that_were_measured() -> None:
    """Nearest rank, no interpolation."""
    assert 50 == percentile(range(1, 101), 50)
    assert 99 == percentile(range(1, 101), 99)
    assert 7 == percentile([7], 99)
