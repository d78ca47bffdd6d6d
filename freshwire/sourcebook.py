"""The list of sources, read and changed: through the daemon, or in the catalogue on disk."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from freshwire.failure import Failed, told
from freshwire.reach import daemon_if_any
from query.schema_operator import SourceView
from streams import SourceSpec

if TYPE_CHECKING:
    from freshwire.config import Config
    from query.client import Client
    from streams.catalogue import Catalogue
    from streams.cursor import Cursor


class Taken(Exception):
    """The name or the address of a new source is in use, or not allowed."""


class Sourcebook(Protocol):
    """The sources in force."""

    def all(self) -> Sequence[SourceView]:
        """Every source by name, and how it is doing."""
        ...

    def add(self, wish: Mapping[str, Any]) -> SourceView:
        """The source as it is followed from now on; fields as in `POST /sources`. Raises Taken."""
        ...

    def remove(self, name: str) -> None:
        """The source is no longer followed. Raises Failed."""
        ...


@dataclass(frozen=True, slots=True)
class Remote:
    """The sources of a running daemon."""

    client: "Client"

    def all(self) -> Sequence[SourceView]:
        """Every source by name."""
        return self.client.sources()

    def add(self, wish: Mapping[str, Any]) -> SourceView:
        """Followed at once."""
        from query.client import Rejected

        try:
            return self.client.add_source(**wish)
        except Rejected as error:
            if error.status == 409:
                raise Taken(str(error)) from error
            raise

    def remove(self, name: str) -> None:
        """Followed no longer, at once."""
        self.client.remove_source(name)


@dataclass(frozen=True, slots=True)
class Local:
    """The catalogue on disk; a daemon that starts later goes by it."""

    catalogue: "Catalogue"
    cursors: Mapping[str, "Cursor"]

    def all(self) -> Sequence[SourceView]:
        """Every source by name; how it is doing as of the last time that it was polled."""
        specs = sorted(self.catalogue.all(), key=lambda spec: spec.name)
        return [_view(spec, self.cursors.get(spec.name)) for spec in specs]

    def add(self, wish: Mapping[str, Any]) -> SourceView:
        """Kept; followed from the next start on."""
        from query.bodies import SourceBody

        body = SourceBody(**wish)
        taken = {spec.name for spec in self.catalogue.all()}
        try:
            return _view(self.catalogue.add(body.spec(taken)), None)
        except ValueError as error:
            raise Taken(str(error)) from error

    def remove(self, name: str) -> None:
        """Out of the catalogue."""
        try:
            self.catalogue.remove(name)
        except ValueError as error:
            raise Failed(f"{error}; see: freshwire sources list") from error


@contextmanager
def sourcebook(config: "Config") -> Iterator[Sourcebook]:
    """The sources of this home folder. Raises Failed for a request that cannot be taken."""
    with daemon_if_any(config) as client:
        if client is not None:
            yield Remote(client)
            return
    from pydantic import ValidationError

    from freshwire.app import open_catalogue
    from streams.cursor import Cursors

    catalogue = open_catalogue(config)
    try:
        cursors = Cursors(config.state)
        found = cursors.all()
        cursors.close()
        yield Local(catalogue, found)
    except ValidationError as error:
        raise Failed(told(map(dict, error.errors()))) from error
    finally:
        catalogue.close()


def _view(spec: SourceSpec, cursor: "Cursor | None") -> SourceView:
    health = "ok" if cursor and cursor.last_success else "waiting"
    if cursor and cursor.failures:
        health = "failing"
    if cursor and cursor.gone:
        health = "gone"
    return SourceView(
        name=spec.name,
        url=spec.url,
        kind=spec.kind,
        origin=spec.origin,
        class_=spec.class_,
        labels=list(spec.labels),
        language=spec.language,
        region=spec.region,
        health=health,
        last_success=cursor.last_success if cursor else None,
        last_new=cursor.last_new if cursor else None,
        next_poll=cursor.next_poll if cursor else None,
        failures=cursor.failures if cursor else 0,
        error=cursor.last_error if cursor else "",
        missed=cursor.missed if cursor else 0,
    )
