"""The public feeds that Freshwire follows unless told otherwise; the list ships in `samples`."""

import tomllib
from importlib import resources

from streams.source import SourceSpec


def default_feeds() -> list[SourceSpec]:
    """The default feeds in the order of samples/feeds.toml, origin "default"."""
    text = resources.files("samples").joinpath("feeds.toml").read_text("utf-8")
    return [
        SourceSpec(
            name=feed["name"],
            url=feed["url"],
            origin="default",
            class_=feed["class"],
            language=feed["language"],
            region=feed.get("region", ""),
            zone=feed.get("zone", "UTC"),
        )
        for feed in tomllib.loads(text)["feeds"]
    ]
