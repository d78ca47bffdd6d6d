"""A feed in a file of this machine, for sources of the operator's own; read like an answer."""

from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from streams.address import Refused
from streams.response import Response
from streams.source import SourceSpec, Unavailable

#: Bytes of the largest file that is read, the same as of a body over HTTP.
FILE_BYTES = 10_000_000

#: Where a source must come from to name a file: whoever may add sources over HTTP may not read
#: this machine's files.
TRUSTED = frozenset({"sample", "config"})


def is_local(url: str) -> bool:
    """Whether `url` names a file."""
    return url[:5].lower() == "file:"


def read_local(spec: SourceSpec, *, etag: str = "") -> Response:
    """The file as a 200, or a 304 when its digest is still `etag`.

    Raises Refused for a source that may not name files, Unavailable when it cannot be read.
    """
    if spec.origin not in TRUSTED:
        raise Refused("files are read for configured sources only")
    try:
        parts = urlsplit(spec.url)
        path = Path(url2pathname(parts.path))
        if parts.netloc not in ("", "localhost") or not path.is_file():
            raise Unavailable(f"{spec.url} is not a file of this machine")
        with path.open("rb") as file:
            body = file.read(FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise Unavailable(f"{spec.url} cannot be read: {error}") from error
    if len(body) > FILE_BYTES:
        raise Unavailable(f"{spec.url} is larger than {FILE_BYTES:,} bytes")
    tag = f'"{sha256(body).hexdigest()}"'
    if tag == etag:
        return Response(status=304, url=spec.url, etag=tag)
    return Response(status=200, url=spec.url, body=body, etag=tag)
