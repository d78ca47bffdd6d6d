"""The HTTP service: routes, what stands before them, and the documentation of both.

request | timing | host, origin, type, size | route | desk
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from query import (
    problem,
    routes_dead,
    routes_items,
    routes_page,
    routes_question,
    routes_source,
    routes_watch,
)
from query.desk import Desk
from query.guard import Guard
from query.metrics import Metrics, Timing

__all__ = ["Desk", "create_app"]

_ROUTES = (
    routes_question,
    routes_items,
    routes_source,
    routes_dead,
    routes_watch,
    routes_page,
)


def create_app(desk: Desk) -> FastAPI:
    """The service that answers from `desk`."""
    app = FastAPI(
        title="Freshwire",
        version=desk.version,
        # the pages that FastAPI offers load their scripts from elsewhere
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.desk = desk
    app.state.started = desk.now()
    app.state.metrics = Metrics(desk)
    problem.install(app)
    for routes in _ROUTES:
        app.include_router(routes.router)
    app.add_middleware(Guard, hosts=desk.hosts)
    app.add_middleware(Timing, metrics=app.state.metrics)
    app.openapi = lambda: _documentation(app)  # type: ignore[method-assign]
    return app


def _documentation(app: FastAPI) -> dict[str, Any]:
    """OpenAPI of all routes; invalid requests are documented as they are answered, with 400."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
        for path in schema["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        schemas = schema["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        document = problem.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(document.pop("$defs"))
        schemas["Problem"] = document
        app.openapi_schema = schema
    return app.openapi_schema
