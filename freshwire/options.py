"""The options that several commands share, and how what is written in them is read."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from query.instant import parse_instant

RECENCY_HELP = 'How much newer counts: "auto", "off", or HALF_LIFE_HOURS:WEIGHT, like 72:0.5.'


def _first_instant(text: str) -> datetime:
    return _instant(text, end=False)


def _last_instant(text: str) -> datetime:
    return _instant(text, end=True)


def _instant(text: str, *, end: bool) -> datetime:
    try:
        return parse_instant(text, end=end)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _recency(text: str) -> str:
    recency_of(text)
    return text


def recency_of(text: str) -> str | dict[str, float]:
    """The recency as the HTTP API takes it. Raises typer.BadParameter."""
    if text in ("auto", "off"):
        return text
    hours, _, weight = text.partition(":")
    try:
        wish = {"half_life_hours": float(hours), "weight": float(weight)}
    except ValueError as error:
        raise typer.BadParameter(
            f"{text[:40]!r} is not auto, off or HALF_LIFE_HOURS:WEIGHT, like 72:0.5"
        ) from error
    if not 0 < wish["half_life_hours"] <= 8_766_000 or not 0 <= wish["weight"] <= 0.8:
        raise typer.BadParameter("the half-life is more than 0 hours and the weight 0 to 0.8")
    return wish


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document, as over HTTP.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        parser=_last_instant, metavar="DATE", help="The world as published by then (ISO 8601)."
    ),
]
KnownAt = Annotated[
    datetime | None,
    typer.Option(parser=_last_instant, metavar="DATE", help="What this index held then."),
]
Since = Annotated[
    datetime | None,
    typer.Option(parser=_first_instant, metavar="DATE", help="Published at or after this."),
]
Until = Annotated[
    datetime | None,
    typer.Option(parser=_last_instant, metavar="DATE", help="Published at or before this."),
]
Sources = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME", help="Only from this source; may be repeated."),
]
Kinds = Annotated[
    list[str] | None,
    typer.Option("--kind", metavar="KIND", help="Only items of this kind; may be repeated."),
]
Regions = Annotated[
    list[str] | None,
    typer.Option("--region", metavar="REGION", help="Only from this region; may be repeated."),
]
Recency = Annotated[str, typer.Option(parser=_recency, metavar="HOW", help=RECENCY_HELP)]


class Class(StrEnum):
    """What a source is like; it sets how fast its items fade."""

    breaking = "breaking"
    news = "news"
    analysis = "analysis"
    reference = "reference"


def asking(options: dict[str, Any]) -> dict[str, Any]:
    """The command's options by the names that the HTTP API has for them, those not given left out.

    Times are ISO 8601, so that they mean the same over HTTP and in this process.
    """
    wish = {
        "sources": options.pop("source"),
        "kinds": options.pop("kind"),
        "regions": options.pop("region"),
        "recency": recency_of(options.pop("recency")),
        **options,
    }
    since, until = wish.get("since"), wish.get("until")
    if since and until and since > until:
        raise typer.BadParameter("--since is after --until")
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in wish.items()
        if value is not None and value != []
    }
