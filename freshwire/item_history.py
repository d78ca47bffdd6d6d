"""The versions of one item, found by source and id, or by its address."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from query.schema import SearchResponse
from query.schema_item import ItemResponse

if TYPE_CHECKING:
    from freshwire.app import Reader
    from query.client import Client

#: Hits among which an address is looked for.
LIMIT = 200


def ask_daemon(client: "Client", where: str, id: str | None) -> ItemResponse | None:
    """The item `id` of source `where`, or the one with address `where`; None when not held."""
    if id is not None:
        return _held(client, where, id)
    for source in client.sources():
        # most feeds name their entries by their address
        if item := _held(client, source.name, where):
            return item
    words = _words(where)
    found = client.search(words, limit=LIMIT, stories=False, recency="off") if words else None
    key = _key_of(found, where)
    return _held(client, *key) if key else None


def read(reader: "Reader", where: str, id: str | None) -> ItemResponse | None:
    """As `ask_daemon`, from an index that this process has opened."""
    from indexer import EVERYTHING
    from query.request import SearchRequest
    from streams import ItemKey

    store = reader.store
    if id is not None:
        keys: Iterable[ItemKey] = [ItemKey(where, id)]
    else:
        keys = [ItemKey(spec.name, where) for spec in reader.catalogue.all()]
        words = _words(where)
        if words and not store.held(list(keys)):
            request = SearchRequest(query=words, limit=LIMIT, stories=False, recency="off")
            found = SearchResponse.of(reader.retriever.search(request, EVERYTHING))
            key = _key_of(found, where)
            keys = [ItemKey(*key)] if key else []
    for key, marks in store.held(list(keys)).items():
        item = ItemResponse.of(key, store.history(key, EVERYTHING), marks)
        if item.versions:
            return item
    return None


def _held(client: Any, source: str, id: str) -> ItemResponse | None:
    from query.client import Rejected

    try:
        item: ItemResponse = client.item(source, id)
    except Rejected as error:
        if error.status == 404:
            return None
        raise
    return item


def _key_of(found: SearchResponse | None, url: str) -> tuple[str, str] | None:
    """Source and id of the hit with this address."""
    hits = found.hits if found else []
    return next(((hit.source, hit.id) for hit in hits if hit.url == url), None)


def _words(url: str) -> str:
    """The words of an address, by which its item can be searched: most have the title in them."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return " ".join(re.findall(r"[^\W\d_]{2,}", path.removesuffix(".html")))
