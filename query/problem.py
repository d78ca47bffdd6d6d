"""How the service says no: problem documents (RFC 9457), one form for every error."""

import logging
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from streams import Unavailable

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

#: Seconds after which to try again when nobody knows better.
RETRY_SECONDS = 5

#: Longest error text about one field, and most fields that are named.
ERROR_CHARS, ERRORS = 300, 20


class FieldProblem(BaseModel):
    """What is wrong with one field of a request."""

    field: str
    error: str


class Problem(BaseModel):
    """A problem document; `detail` is for people, `errors` names the fields at fault."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


class Refusal(Exception):
    """A request that is answered with a problem document."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None):
        super().__init__(detail)
        self.status = status
        self.headers = dict(headers or {})


def problem(
    status: int,
    detail: str,
    *,
    errors: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer that says no."""
    document = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail.encode("utf-8", "replace").decode(),
        errors=errors or [],
    )
    return Response(
        document.model_dump_json(), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )


def document_of(failure: Unavailable) -> dict[str, Any]:
    """The problem document of a failure, for where the status has gone out already."""
    title = HTTPStatus.SERVICE_UNAVAILABLE.phrase
    return Problem(title=title, status=503, detail=str(failure)).model_dump()


def install(app: FastAPI) -> None:
    """Every error of `app` is answered with a problem document."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _bug)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's documentation: it may answer so, each with a problem document."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in statuses
    }


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return problem(error.status, str(error), headers=error.headers)


def _unavailable(request: Request, error: Exception) -> Response:
    assert isinstance(error, Unavailable)
    wish = error.retry_after
    seconds = max(1, math.ceil(wish.total_seconds())) if wish else RETRY_SECONDS
    return problem(503, str(error), headers={"Retry-After": str(seconds)})


def _invalid(request: Request, error: Exception) -> Response:
    """Which fields are at fault, without the input itself: it may be large, or no UTF-8."""
    assert isinstance(error, RequestValidationError)
    found = [
        FieldProblem(field=_place(one["loc"]), error=_clean(one["msg"]))
        for one in list(error.errors())[:ERRORS]
    ]
    detail = "; ".join(f"{one.field}: {one.error}" if one.field else one.error for one in found)
    return problem(400, detail or "the request is not as it has to be", errors=found)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = error.detail
    if error.status_code == 404:
        detail = "there is nothing at this address; see /openapi.json"
    return problem(error.status_code, str(detail), headers=error.headers)


def _bug(request: Request, error: Exception) -> Response:
    # Starlette raises the exception again after this answer, so the server's log has the trace
    return problem(500, "Freshwire failed at this request; its log says where")


def _place(path: tuple[Any, ...]) -> str:
    """The field's name: without "body", and with its place in arrays."""
    return _clean(".".join(str(part) for part in path if part not in ("body", "query", "path")))


def _clean(text: str) -> str:
    text = text.removeprefix("Value error, ")
    return text.encode("utf-8", "replace").decode()[:ERROR_CHARS]
