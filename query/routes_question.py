"""Search, ask, and the items themselves."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse

from query.answer_stream import MEDIA_TYPE, events
from query.bodies import AskBody, SearchBody
from query.desk import AtDesk, InScope
from query.problem import Refusal, responses
from query.schema import AskResponse, ItemResponse, SearchResponse
from streams import ItemKey

router = APIRouter(tags=["questions"])

_STREAM = {"schema": {"type": "string", "description": "events meta, sentence, done, error"}}


@router.post("/search", responses=responses(400, 413, 415, 503))
def search(body: SearchBody, desk: AtDesk, scope: InScope) -> SearchResponse:
    """The best hits, newest evidence weighed against relevance."""
    return SearchResponse.of(desk.retriever.search(body.request(), scope))


@router.post(
    "/ask",
    response_model=AskResponse,
    responses={**responses(400, 413, 415, 503), 200: {"content": {MEDIA_TYPE: _STREAM}}},
)
def ask(body: AskBody, desk: AtDesk, scope: InScope) -> AskResponse | StreamingResponse:
    """An answer in the words of its sources, each sentence cited; with `stream` as events."""
    request = body.request()
    if body.stream:
        stream = events(lambda: desk.asker.ask(request, scope))
        return StreamingResponse(stream, media_type=MEDIA_TYPE)
    return AskResponse.of(desk.asker.ask(request, scope))


@router.get("/items/{source}/{id:path}", responses=responses(400, 404, 503))
def item(
    source: str,
    id: Annotated[str, Path(description="percent-encoded, slashes too")],
    desk: AtDesk,
    scope: InScope,
) -> ItemResponse:
    """Every version of an item that is held, with its full text and clocks, oldest first."""
    key = ItemKey(source, id)
    chunks = desk.store.history(key, scope)
    # marks carry no labels: they are shown to those who may see the item, or everything
    held = desk.store.held([key]).get(key, ()) if chunks or scope.labels is None else ()
    found = ItemResponse.of(key, chunks, held)
    if not found.versions:
        raise Refusal(404, f"no item {id[:200]!r} of source {source[:100]!r} is held")
    return found
