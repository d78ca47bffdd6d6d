"""The sources that ship with Freshwire, read from the package `samples`."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from streams.source import SourceSpec

PACKAGE = "samples"


def sample_sources() -> list[SourceSpec]:
    """One spec of origin "sample" for each source of samples/sources.toml; its url names a file."""
    folder = Path(str(files(PACKAGE)))
    listed = tomllib.loads((folder / "sources.toml").read_text(encoding="utf-8"))
    return [_spec(entry, folder) for entry in listed["source"]]


def _spec(entry: Mapping[str, Any], folder: Path) -> SourceSpec:
    return SourceSpec(
        name=entry["name"],
        url=(folder / entry["file"]).resolve().as_uri(),
        kind=entry["kind"],
        origin="sample",
        class_=entry["class"],
        language=entry.get("language", ""),
        region=entry.get("region", ""),
        licence=entry["licence"],
        symbol=entry.get("symbol", ""),
        names=tuple(entry.get("names", ())),
        currency=entry.get("currency", ""),
        columns=tuple(entry.get("columns", {}).items()),
    )
