"""Plain values written as TOML (toml.io, 1.0), each key with the variable that sets it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


def written(values: Mapping[str, Any], section: str = "") -> Iterator[str]:
    """The lines of the document; what is None or empty inside a list of tables is left out."""
    tables = {name: value for name, value in values.items() if isinstance(value, Mapping)}
    lists = {name: value for name, value in values.items() if _is_tables(value)}
    for name, value in values.items():
        if name in tables or name in lists or value is None:
            continue
        variable = f"FRESHWIRE_{section}__{name}" if section else f"FRESHWIRE_{name}"
        yield f"{name} = {_value(value)}  # {variable.upper()}"
    for name, table in tables.items():
        yield ""
        yield f"[{name}]"
        yield from written(table, name)
    for name, rows in lists.items():
        for row in rows:
            yield ""
            yield f"[[{name}]]"
            yield from (f"{key} = {_value(value)}" for key, value in row.items() if value)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _value(value: object) -> str:
    """A value in one line; JSON's strings, numbers and lists are TOML's, too."""
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(key)} = {_value(each)}" for key, each in value.items())
        return f"{{ {', '.join(pairs)} }}"
    return json.dumps(value, ensure_ascii=False)
