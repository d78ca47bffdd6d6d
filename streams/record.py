"""The JSON shape of an item: pushed, added, replayed, kept as a dead letter, sent through Kafka.

    {"source": "newsroom", "id": "42", "title": "…", "text": "…", "url": "https://…",
     "published": "2026-03-12T14:00:00Z", "updated": …, "withdrawn": false, "kind": "news",
     "class": "news", "labels": ["desk"], "language": "en", "region": "us", "licence": "…",
     "may_quote": 300, "figures": {"close": 16.43}}

`encode` adds `schema`, `observed`, `published_raw` and `date_quality`. Fields that are not named
here are ignored, so that a sender may pass on what it has and a later version may add some; of a
name given twice the last one counts, as JSON parsers do.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import get_args

from streams import jsonvalue as read
from streams import plain
from streams.dates import RAW_CHARS, judge
from streams.item import ID_CHARS, SOURCE_NAME, DateQuality, Item, Malformed, digest

SCHEMA = 1

#: Bytes of bad input that are kept: room for the longest text in any script and its JSON escapes.
RAW_BYTES = 8_000_000

#: The source of bad input that does not say where it is from.
UNKNOWN = "unknown"

_QUALITIES: tuple[DateQuality, ...] = get_args(DateQuality)


def decode(
    value: object, *, observed: datetime, source: str = "", trust_observed: bool = False
) -> Item | Malformed:
    """The item that `value`, parsed JSON, describes; what it lacks is filled in or named.

    Without `source` in the value the item is of `source`; without `id` its url is its id, else its
    digest. With `trust_observed` the value was written by `encode`: its `observed`, unless that
    is later than ours, and what was judged of its dates are taken over.
    """
    try:
        if not isinstance(value, dict):
            raise read.FieldError(f"an item is a JSON object, this is {read.described(value)}")
        return _item(value, observed=observed, source=source, trusted=trust_observed)
    except ValueError as error:
        return _malformed(value, str(error), observed=observed, source=source)


def encode(item: Item) -> dict[str, object]:
    """The item as JSON values: `decode(encode(item), trust_observed=True)` is the item again."""
    record: dict[str, object] = {
        "schema": SCHEMA,
        "source": item.source,
        "id": item.id,
        "title": item.title,
        "text": item.text,
        "url": item.url,
        "published": _written(item.published),
        "observed": _written(item.observed),
        "date_quality": item.date_quality,
        "kind": item.kind,
        "class": item.class_,
    }
    optional = {
        "published_raw": item.published_raw,
        "updated": item.updated and _written(item.updated),
        "withdrawn": item.withdrawn,
        "language": item.language,
        "labels": list(item.labels),
        "region": item.region,
        "licence": item.licence,
    }
    record.update({name: value for name, value in optional.items() if value})
    if item.may_quote is not None:
        record["may_quote"] = item.may_quote
    if item.figures is not None:
        record["figures"] = dict(item.figures)
    return record


def decode_many(
    body: bytes,
    content_type: str,
    *,
    observed: datetime,
    source: str = "",
    trust_observed: bool = False,
) -> list[Item | Malformed]:
    """The items of one JSON object, an array or NDJSON, in order, bad ones in their places.

    A content type of NDJSON or JSON lines, or a body whose first line is JSON by itself while the
    whole is not, is read line by line; empty lines do not count. Never raises.
    """

    def item(value: object) -> Item | Malformed:
        return decode(value, observed=observed, source=source, trust_observed=trust_observed)

    def bad(raw: bytes, error: str) -> Malformed:
        return Malformed(source=source, id="", raw=raw[:RAW_BYTES], error=error, observed=observed)

    sort = content_type.partition(";")[0].strip().lower()
    if not sort.endswith(("ndjson", "jsonl", "json-lines", "jsonlines", "json-seq")):
        try:
            value = parse(body)
        except ValueError as error:
            if not _first_line_is_json(body):
                return [bad(body, str(error))] if body.strip() else []
        else:
            return [item(each) for each in value] if isinstance(value, list) else [item(value)]
    return _lines(body, item, bad)


def parse(data: bytes) -> object:
    """The value that UTF-8 JSON text stands for. Raises ValueError that says what is wrong.

    NaN and the infinities are no JSON (RFC 8259 §6).
    """
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: byte {error.start + 1} ({error.reason})") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"not JSON: {error.msg} at {place}") from error
    except RecursionError as error:
        raise ValueError("not usable JSON: nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"not usable JSON: {error}") from error


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")


def _first_line_is_json(body: bytes) -> bool:
    first, mark, _ = body.lstrip().partition(b"\n")
    try:
        return bool(mark) and isinstance(parse(first), dict)
    except ValueError:
        return False


def _lines(
    body: bytes,
    item: Callable[[object], Item | Malformed],
    bad: Callable[[bytes, str], Malformed],
) -> list[Item | Malformed]:
    found: list[Item | Malformed] = []
    for number, line in enumerate(body.split(b"\n"), start=1):
        line = line.strip(b" \t\r\x1e")  # RFC 7464 puts a record separator before each text
        if not line:
            continue
        try:
            found.append(item(parse(line)))
        except ValueError as error:
            found.append(bad(line, f"line {number}: {error}"))
    return found


def _item(value: read.Fields, *, observed: datetime, source: str, trusted: bool) -> Item:
    schema = value.get("schema")
    if isinstance(schema, int | float) and schema > SCHEMA:
        raise read.FieldError(f"schema: {schema} is newer than {SCHEMA}; update Freshwire")
    if trusted:
        observed = min(_instant(value.get("observed")) or observed, observed)
    withdrawn, figures, url = read.flag(value, "withdrawn"), read.figures(value), read.url(value)
    title = read.line(value, "title", plain.TITLE_CHARS)
    text = plain.clean(read.string(value, "text", plain.TEXT_CHARS))
    if not text and not withdrawn and figures is None and not trusted:
        raise read.FieldError("text: missing or empty; give the item's text, or withdrawn: true")
    key = read.identity(value) or (url if len(url) <= ID_CHARS else "")
    if not key and withdrawn:
        raise read.FieldError("id: missing; a withdrawal needs the id or the url of its item")
    updated = _updated(value, observed, trusted)
    published, quality, raw = _published(value, observed, updated, trusted)
    return Item(
        source=read.source_name(value, source),
        id=key or digest(title, text),
        text=text,
        published=published,
        observed=observed,
        title=title,
        url=url,
        updated=updated,
        withdrawn=withdrawn,
        kind=read.name(value, "kind", "news"),
        class_=read.name(value, "class", "news"),
        language=read.line(value, "language"),
        labels=read.labels(value),
        region=read.line(value, "region"),
        licence=read.line(value, "licence"),
        may_quote=read.count(value, "may_quote"),
        figures=figures,
        published_raw=raw,
        date_quality=quality,
    )


def _published(
    value: read.Fields, observed: datetime, updated: datetime | None, trusted: bool
) -> tuple[datetime, DateQuality, str]:
    """The event time, how far it can be relied on, and what was written."""
    at, quality = _instant(value.get("published")), value.get("date_quality")
    if trusted and at and at <= observed and quality in _QUALITIES:
        raw = read.string(value, "published_raw", RAW_CHARS)
        return at, quality, raw.encode("utf-8", "replace").decode()
    written = read.date(value, "published")
    return judge(written, observed=observed, fallback=updated)


def _updated(value: read.Fields, observed: datetime, trusted: bool) -> datetime | None:
    """The version time; None unless it can be relied on, since it names the version."""
    if trusted and (at := _instant(value.get("updated"))):
        return at
    dated = judge(read.date(value, "updated"), observed=observed)
    return dated.at if dated.quality in ("exact", "day") else None


def _instant(value: object) -> datetime | None:
    """An aware instant as `encode` writes it, None for anything else."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        return at.astimezone(UTC) if at and at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _malformed(value: object, error: str, *, observed: datetime, source: str) -> Malformed:
    """The bad value with as much of its key as can be read."""
    fields = value if isinstance(value, dict) else {}
    named, key = fields.get("source"), fields.get("id")
    try:
        raw = json.dumps(value).encode()
    except (TypeError, ValueError, RecursionError):
        raw = read.described(value).encode()
    return Malformed(
        source=named
        if isinstance(named, str) and SOURCE_NAME.fullmatch(named)
        else source or UNKNOWN,
        id=plain.line(key, ID_CHARS) if isinstance(key, str) else "",
        raw=raw[:RAW_BYTES],
        error=error,
        observed=observed,
    )
