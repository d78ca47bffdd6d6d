"""The whole HTTP API against its own documentation: nothing breaks, nothing undocumented comes."""

from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.home import Home, open_home

#: Requests per route and mode.
EXAMPLES = 20

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A Freshwire with one item."""
    with open_home(tmp_path_factory.mktemp("home")) as home:
        item = {"source": "a", "id": "1", "text": "Otters swim.", "published": "2026-03-12"}
        home.http.post("/items?wait=true", json=item)
        yield home


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
def test_answers_are_as_documented(home: Home, mode: schemathesis.GenerationMode) -> None:
    """No request, sensible or not, gets a 5xx or an answer that /openapi.json does not name."""
    schema = schemathesis.openapi.from_url(f"{home.url}/openapi.json")
    tried = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        tried.add(operation.label)

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def answers_as_documented(case: schemathesis.Case) -> None:
            case.call_and_validate(base_url=home.url, checks=CHECKS)

        try:
            answers_as_documented()
        except Unsatisfiable:
            assert mode is schemathesis.GenerationMode.NEGATIVE, operation.label

    assert len(tried) > 15


def test_every_route_is_documented_with_its_errors(home: Home) -> None:
    """Errors are problem documents, and no route claims the framework's own form of them."""
    paths = httpx.get(f"{home.url}/openapi.json", trust_env=False).json()["paths"]

    for path in ("/items", "/search", "/ask", "/items/{source}/{id}", "/sources", "/dead/replay"):
        assert path in paths
    for operations in paths.values():
        for operation in operations.values():
            assert "422" not in operation["responses"]
            if refused := operation["responses"].get("400"):
                assert list(refused["content"]) == ["application/problem+json"]
