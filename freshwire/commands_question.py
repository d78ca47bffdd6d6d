"""`freshwire search` and `freshwire ask`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from freshwire import options
from freshwire.failure import NOTHING_FOUND, Failed, tell, told
from freshwire.reach import daemon_if_any, opened, settings

if TYPE_CHECKING:
    from freshwire.app import Reader
    from query.schema import AskResponse, SearchResponse


def register(app: typer.Typer) -> None:
    """Make the commands known."""
    app.command()(search)
    app.command()(ask)


def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    limit: Annotated[int, typer.Option(min=1, max=200, help="Most hits.")] = 10,
    as_of: options.AsOf = None,
    known_at: options.KnownAt = None,
    since: options.Since = None,
    until: options.Until = None,
    source: options.Sources = None,
    kind: options.Kinds = None,
    region: options.Regions = None,
    recency: options.Recency = "auto",
    explain: Annotated[bool, typer.Option("--explain", help="Show what made each score.")] = False,
    no_stories: Annotated[
        bool, typer.Option("--no-stories", help="Every item, not the best of each story.")
    ] = False,
    json: options.AsJson = False,
) -> None:
    """Find passages; newer ones count for more. Exit 3 without a hit."""
    wish = {**locals(), "stories": False if no_stories else None, "explain": explain or None}
    del wish["no_stories"], wish["json"]
    found = _found(options.asking(wish))
    from freshwire import render, render_answer

    if json:
        render.print_json(found.to_json())
    else:
        render_answer.show_hits(render.screen(), found)
    if not found.hits:
        raise typer.Exit(NOTHING_FOUND)


def ask(
    question: Annotated[str, typer.Argument(help="The question, in words.")],
    as_of: options.AsOf = None,
    known_at: options.KnownAt = None,
    since: options.Since = None,
    until: options.Until = None,
    source: options.Sources = None,
    kind: options.Kinds = None,
    region: options.Regions = None,
    recency: options.Recency = "auto",
    require_fresh: Annotated[
        bool, typer.Option("--require-fresh", help="Exit 3 when the answer is stale, too.")
    ] = False,
    json: options.AsJson = False,
) -> None:
    """Answer from the newest evidence, each sentence cited. Exit 3 when nothing answers."""
    wish = dict(locals())
    del wish["require_fresh"], wish["json"]
    answer = _answered(options.asking(wish))
    from freshwire import render, render_answer

    if json:
        render.print_json(answer.to_json())
    else:
        render_answer.show_answer(render.screen(), answer)
    if answer.verdict == "not_found" or (require_fresh and answer.verdict == "stale"):
        raise typer.Exit(NOTHING_FOUND)


def _found(wish: dict[str, Any]) -> "SearchResponse":
    config = settings()
    with daemon_if_any(config) as client:
        if client is not None:
            return client.search(**wish)
    from freshwire.app import open_reader
    from indexer import EVERYTHING
    from query.bodies import SearchBody
    from query.schema import SearchResponse

    request = _checked(SearchBody, wish).request()
    with opened(config, open_reader) as reader:
        _tell_if_empty(reader)
        return SearchResponse.of(reader.retriever.search(request, EVERYTHING))


def _answered(wish: dict[str, Any]) -> "AskResponse":
    config = settings()
    with daemon_if_any(config) as client:
        if client is not None:
            return client.ask(**wish)
    from freshwire.app import open_reader
    from indexer import EVERYTHING
    from query.bodies import AskBody
    from query.schema import AskResponse

    request = _checked(AskBody, wish).request()
    with opened(config, open_reader) as reader:
        _tell_if_empty(reader)
        return AskResponse.of(reader.asker.ask(request, EVERYTHING))


def _tell_if_empty(reader: "Reader") -> None:
    if not any(reader.store.count().values()):
        tell("nothing is indexed yet; start with: freshwire run (or: freshwire poll)")


def _checked(body: Any, wish: dict[str, Any]) -> Any:
    """The request that the HTTP API would take from this wish. Raises Failed."""
    from pydantic import ValidationError

    try:
        return body(**wish)
    except ValidationError as error:
        raise Failed(told(map(dict, error.errors()))) from error
