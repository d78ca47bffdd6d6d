"""Pushed items."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from indexer import Report
from indexer.daemon import Daemon
from query.desk import AtDaemon, AtDesk
from query.problem import Refusal, responses
from query.schema_operator import AddResponse, BadItem
from streams import Item, ItemKey, Malformed
from streams.record import decode_many

router = APIRouter(tags=["items"])

#: Items of one request; as many as may wait in the inbox.
MOST_ITEMS = 50_000

#: Longest that a request waits until its items are searchable, in seconds: about 15,000 chunks.
WAIT_SECONDS = 600.0

_ITEM = {
    "type": "object",
    "required": ["source", "text"],
    "properties": {
        "source": {"type": "string", "pattern": "^[a-z0-9._-]{1,100}$"},
        "id": {"type": "string", "description": "without it the url, else a digest"},
        "title": {"type": "string"},
        "text": {"type": "string", "description": "may be empty when withdrawn"},
        "url": {"type": "string", "description": "absolute, http or https"},
        "published": {"type": "string"},
        "updated": {"type": "string"},
        "withdrawn": {"type": "boolean"},
        "kind": {"type": "string"},
        "class": {"type": "string"},
        "labels": {"type": "array", "items": {"type": "string"}},
        "language": {"type": "string"},
        "region": {"type": "string"},
        "licence": {"type": "string"},
        "may_quote": {"type": "integer", "minimum": 0},
        "figures": {"type": "object"},
    },
}
_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"anyOf": [_ITEM, {"type": "array", "items": _ITEM}]},
            "example": {"source": "newsroom", "id": "42", "title": "…", "text": "…"},
        },
        "application/x-ndjson": {"schema": {"type": "string"}},
    },
}


async def _body(request: Request) -> bytes:
    return await request.body()


@router.post(
    "/items",
    responses=responses(400, 405, 413, 415, 503),
    openapi_extra={"requestBody": _BODY},
)
def add(
    request: Request,
    body: Annotated[bytes, Depends(_body)],
    desk: AtDesk,
    daemon: AtDaemon,
    wait: Annotated[bool, Query(description="answer once the items are searchable")] = False,
) -> AddResponse:
    """One item, an array or NDJSON; the good ones are durable when this answers.

    Malformed ones are told to the sender, who can mend them, and not kept; an item that turns out
    unusable only while it is indexed is in the dead letters, too. After ten minutes the answer
    comes with `searchable: false`, the items being safe.
    """
    given = decode_many(body, request.headers.get("content-type", ""), observed=desk.now())
    given = _in_order(given)
    if not given:
        raise Refusal(400, "there is no item in the body")
    if len(given) > MOST_ITEMS:
        raise Refusal(413, f"{len(given):,} items in one request; send at most {MOST_ITEMS:,}")
    if not wait:
        daemon.intake.push([item for item in given if isinstance(item, Item)])
        return _answer(given, None)
    with desk.waiting():
        return _answer(given, _pushed_and_searchable(daemon, given))


def _in_order(given: list[Item | Malformed]) -> list[Item | Malformed]:
    """The same; versions of one item in one request are observed a microsecond after another."""
    seen: Counter[ItemKey] = Counter()
    ordered: list[Item | Malformed] = []
    for item in given:
        if isinstance(item, Item):
            if earlier := seen[item.key]:
                item = replace(item, observed=item.observed + timedelta(microseconds=earlier))
            seen[item.key] += 1
        ordered.append(item)
    return ordered


def _pushed_and_searchable(daemon: Daemon, given: list[Item | Malformed]) -> Report | None:
    numbers = daemon.intake.push([item for item in given if isinstance(item, Item)])
    return daemon.intake.wait_for(numbers, WAIT_SECONDS)


def _answer(given: list[Item | Malformed], report: Report | None) -> AddResponse:
    """What became of the items, by their places in the request."""
    bad = [
        BadItem(index=index, error=item.error)
        for index, item in enumerate(given)
        if isinstance(item, Malformed)
    ]
    if report is None:
        return AddResponse(accepted=len(given) - len(bad), malformed=bad)
    good = [index for index, item in enumerate(given) if isinstance(item, Item)]
    bad += [BadItem(index=good[place], error=error) for place, error in report.errors]
    return AddResponse(
        accepted=report.indexed + report.updated + report.withdrawn,
        unchanged=report.unchanged,
        ignored=report.ignored,
        malformed=sorted(bad, key=lambda one: one.index),
        searchable=True,
    )
