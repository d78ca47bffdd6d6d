"""An answer as server-sent events: what was searched, sentence by sentence, then all of it."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from query.ask import Answer
from query.problem import document_of
from query.schema import AskResponse
from streams import Unavailable

MEDIA_TYPE = "text/event-stream"

#: A sentence and the [1][2] behind it.
_CITED = re.compile(r".+?(?:\[\d+\])+(?=\s|$)", re.DOTALL)


def events(ask: Callable[[], Answer]) -> Iterator[str]:
    """`meta`, a `sentence` for each of the answer, `done` with the whole; or else `error`."""
    try:
        answer = AskResponse.of(ask())
    except Unavailable as failure:
        yield _event("error", document_of(failure))
        return
    whole = answer.model_dump(mode="json")
    head = ("question", "asked", "verdict", "reason", "window", "newest", "note")
    yield _event("meta", {name: whole[name] for name in head})
    citations = {citation["n"]: citation for citation in whole["citations"]}
    for sentence in sentences(answer.answer):
        cited = [int(n) for n in re.findall(r"\[(\d{1,3})\]", sentence)]
        found = [citations[n] for n in dict.fromkeys(cited) if n in citations]
        yield _event("sentence", {"text": sentence, "citations": found})
    yield _event("done", whole)


def sentences(text: str) -> list[str]:
    """The text cut behind its citations; together they are the text but for white space."""
    found = [match.group().strip() for match in _CITED.finditer(text)]
    rest = _CITED.sub("", text).strip()
    return found + ([rest] if rest else [])


def _event(name: str, data: dict[str, Any]) -> str:
    # ASCII: some readers end a line at U+2028
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
