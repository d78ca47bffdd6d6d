"""Names for sources that were given none: short, stable, and of the form that a source may have."""

import re
import unicodedata
from collections.abc import Container
from itertools import count
from urllib.parse import urlsplit

#: Longest name that is made, in characters; names that people give may be longer.
NAME_CHARS = 60


def name_for(url: str, title: str = "", *, taken: Container[str] = ()) -> str:
    """A name `[a-z0-9._-]+` that is not in `taken`: of the title, else of the URL's host."""
    stem = _slug(title) or _slug(_host(url)) or "source"
    if stem not in taken:
        return stem
    return next(name for n in count(2) if (name := f"{stem}-{n}") not in taken)


def _slug(text: str) -> str:
    """Letters and digits of `text` without accents, joined by hyphens; empty when none is left."""
    folded = unicodedata.normalize("NFKD", text[:1000]).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9._]+", "-", folded).strip("-._")[:NAME_CHARS].strip("-._")


def _host(url: str) -> str:
    """The URL's host without "www.", empty when it has none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
