"""How Freshwire itself is doing: for the operator, for Prometheus, for who starts it."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from query.desk import AtDesk, InScope, desk_of
from query.problem import responses
from query.schema_operator import Health, Ready, Status
from query.status import readiness, status

router = APIRouter(tags=["operation"])

#: What `Metrics.text` is written in.
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/health")
async def health(request: Request) -> Health:
    """The process answers; without a thread, so that it does however busy it is."""
    return Health(status="alive", version=desk_of(request).version)


@router.get(
    "/ready",
    response_model=Ready,
    responses={503: {"model": Ready, "description": "Not yet"}},
)
def ready(desk: AtDesk) -> Ready | JSONResponse:
    """Whether questions can be answered; 503 with what is missing while they cannot."""
    found = readiness(desk)
    if found.ready:
        return found
    return JSONResponse(found.model_dump(), status_code=503, headers={"Retry-After": "1"})


@router.get("/status", responses=responses(503))
def full_status(request: Request, desk: AtDesk, scope: InScope) -> Status:
    """Is it well, how fresh is it, what is wrong, what to do."""
    return status(desk, scope, started=request.app.state.started)


@router.get(
    "/metrics",
    response_class=Response,
    responses={**responses(503), 200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request) -> Response:
    """Metrics in Prometheus's text format."""
    text: bytes = request.app.state.metrics.text()
    return Response(text, media_type=TEXT_FORMAT)
