"""The fields of a JSON object that somebody else wrote: typed, cleaned and bounded, or FieldError.

Every message begins with the field's name and says what would have been right.
"""

import math
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from streams import plain
from streams.item import ID_CHARS, SOURCE_NAME

URL_CHARS = 2_048
LINE_CHARS = 500
LABELS = 32
LABEL_CHARS = 64
FIGURES = 64

_NAME = re.compile(r"[a-z0-9._-]{1,64}")

Fields = Mapping[str, object]


class FieldError(ValueError):
    """One field is not as it has to be; the message names it and says what to do."""


def described(value: object) -> str:
    """What sort of JSON value this is, for messages."""
    if value is None:
        return "null"
    kinds = {bool: "true or false", str: "a text", list: "an array", dict: "an object"}
    return kinds.get(type(value), "a number" if isinstance(value, int | float) else "no JSON value")


def string(fields: Fields, name: str, limit: int) -> str:
    """The field as it came, "" when it is absent or null. Raises FieldError."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FieldError(f"{name}: must be a text, is {described(value)}")
    if len(value) > limit:
        raise FieldError(f"{name}: has {len(value):,} characters, at most {limit:,} are taken")
    return value


def line(fields: Fields, name: str, limit: int = LINE_CHARS) -> str:
    """The field cleaned, as one line."""
    return plain.line(string(fields, name, limit), limit)


def name(fields: Fields, field: str, default: str) -> str:
    """A name of `[a-z0-9._-]`, at most 64 characters; `default` when it is not given."""
    value = line(fields, field) or default
    if not _NAME.fullmatch(value):
        raise FieldError(f"{field}: {value[:80]!r} is not of the form [a-z0-9._-]+, at most 64")
    return value


def source_name(fields: Fields, default: str) -> str:
    """The name of the item's source, else `default`."""
    value = string(fields, "source", LINE_CHARS) or default
    if not value:
        raise FieldError("source: missing; name where the item comes from, like 'newsroom'")
    if not SOURCE_NAME.fullmatch(value):
        hint = re.sub(r"[^a-z0-9._-]+", "-", value.lower()).strip("-")[:100]
        better = f"; try {hint!r}" if hint else ""
        raise FieldError(
            f"source: {value[:80]!r} is not of the form [a-z0-9._-]+, at most 100{better}"
        )
    return value


def identity(fields: Fields) -> str:
    """The item's id, "" when it is not given; whole numbers count as their digits."""
    value = fields.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        if value.bit_length() > 256:
            raise FieldError("id: the number is too long; give it as a text")
        return str(value)
    return line(fields, "id", ID_CHARS)


def url(fields: Fields) -> str:
    """An absolute http or https URL, "" when it is not given."""
    value = plain.clean(string(fields, "url", URL_CHARS))
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.netloc)
    except ValueError:
        usable = False
    if not usable or re.search(r"\s", value):
        raise FieldError(f"url: {value[:80]!r} is not an absolute http or https URL")
    return value


def flag(fields: Fields, name: str) -> bool:
    """The field as true or false; false when it is absent or null."""
    value = fields.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise FieldError(f"{name}: must be true or false, is {described(value)}")


def count(fields: Fields, name: str) -> int | None:
    """A whole number from 0, None when it is absent or null."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10**9:
        raise FieldError(f"{name}: must be a whole number from 0 to 1,000,000,000")
    return value


def date(fields: Fields, name: str) -> str | None:
    """The date as written; numbers (epoch seconds or milliseconds) as digits; None when absent."""
    value = fields.get(name)
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FieldError(f"{name}: must be a date like 2026-03-12T14:00:00Z, is {described(value)}")
    if not math.isfinite(value) or abs(value) >= 10**20:
        raise FieldError(f"{name}: the number is no time; epoch seconds or milliseconds are taken")
    return str(value) if isinstance(value, int) else f"{value:.6f}"


def labels(fields: Fields) -> tuple[str, ...]:
    """The labels without repetitions, in order; one text counts as one label.

    Labels decide who may see the item, so none is ever dropped to make the rest fit.
    """
    value = fields.get("labels")
    if value is None:
        return ()
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple):
        raise FieldError(f"labels: must be an array of texts, is {described(value)}")
    if len(given) > LABELS:
        raise FieldError(f"labels: {len(given)} are given, at most {LABELS} are taken")
    found = []
    for number, label in enumerate(given):
        text = plain.line(label) if isinstance(label, str) else ""
        if not text or len(text) > LABEL_CHARS:
            raise FieldError(f"labels[{number}]: must be a text of 1 to {LABEL_CHARS} characters")
        found.append(text)
    return tuple(dict.fromkeys(found))


def figures(fields: Fields) -> dict[str, str | float] | None:
    """Names with numbers or short texts, None when it is absent; null members are left out."""
    value = fields.get("figures")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise FieldError(f"figures: must be an object of numbers and texts, is {described(value)}")
    if len(value) > FIGURES:
        raise FieldError(f"figures: {len(value)} are given, at most {FIGURES} are taken")
    found: dict[str, str | float] = {}
    for key, figure in value.items():
        label = plain.line(key) if isinstance(key, str) else ""
        if not label or len(label) > LABEL_CHARS:
            raise FieldError(f"figures: names have 1 to {LABEL_CHARS} characters")
        if isinstance(figure, str) and len(figure) <= LINE_CHARS:
            found[label] = plain.line(figure)
        elif isinstance(figure, int | float) and not isinstance(figure, bool):
            found[label] = _number(label, figure)
        elif figure is not None:
            raise FieldError(f"figures.{label}: must be a number or a text up to {LINE_CHARS}")
    return found


def _number(label: str, value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise FieldError(f"figures.{label}: must be a finite number")
    return number
