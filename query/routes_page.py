"""The page: ask, see the answer with its sources and their ages, see how the sources are doing."""

from datetime import datetime
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from query.ages import age_words
from query.ask import AskRequest
from query.desk import AtDesk, Desk, InScope
from query.problem import responses
from query.retriever import QUERY_CHARS
from query.schema import AskCitation, AskResponse
from query.schema_operator import NewestItem, SourceView
from query.status import status
from streams import Unavailable

router = APIRouter(tags=["page"])

#: Nothing is loaded from elsewhere, no script runs, and no other page may frame this one.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

_HTML = {"text/html": {"schema": {"type": "string"}}}


def _age(dated: AskCitation | NewestItem, now: datetime) -> str:
    return age_words(dated.published, now, "day" if dated.date_quality == "day" else "exact")


def _ago(at: datetime | None, now: datetime) -> str:
    return age_words(at, now) if at else "never"


def _is_web_address(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


_pages = Environment(
    loader=PackageLoader("query", "page"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)
_pages.filters.update(age=_age, ago=_ago)
_pages.tests["web_address"] = _is_web_address


@router.get(
    "/",
    response_class=HTMLResponse,
    responses={**responses(400), 200: {"content": _HTML}, 503: {"content": _HTML}},
)
def page(
    request: Request,
    desk: AtDesk,
    scope: InScope,
    q: Annotated[str, Query(max_length=QUERY_CHARS, description="a question")] = "",
) -> HTMLResponse:
    """The page, with an answer when a question is given; works without scripts."""
    question = q.strip()
    answer = state = None
    failure, now = "", desk.now()
    try:
        state = status(desk, scope, started=request.app.state.started)
        if question:
            answer = AskResponse.of(desk.asker.ask(AskRequest(question=question), scope))
    except Unavailable as error:
        failure = str(error)
    html = _pages.get_template("index.html").render(
        question=question,
        answer=answer,
        failure=failure,
        now=answer.asked if answer else now,
        state=state,
        sources=_sources(desk),
        version=desk.version,
    )
    headers = {"Content-Security-Policy": POLICY}
    return HTMLResponse(html, status_code=503 if failure else 200, headers=headers)


@router.get("/page/style.css", include_in_schema=False)
def style() -> Response:
    """How the page looks."""
    css = (files("query") / "page" / "style.css").read_bytes()
    return Response(css, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


def _sources(desk: Desk) -> list[SourceView]:
    states = desk.daemon.sources() if desk.daemon else []
    return [SourceView.of(state) for state in states]
