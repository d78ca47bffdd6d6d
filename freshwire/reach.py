"""How a command gets at the index: through the daemon when one runs, else by opening it itself."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from freshwire.failure import Failed, tell
from streams import Unavailable

if TYPE_CHECKING:
    from freshwire.config import Config
    from query.client import Client

_Opened = TypeVar("_Opened")

#: Seconds for the first word with the daemon; it answers in milliseconds unless it is stuck.
GREETING_SECONDS = 10.0


def settings() -> "Config":
    """The configuration. Raises Failed with everything that is wrong in it."""
    from freshwire.config import BadConfig, load

    try:
        return load()
    except BadConfig as error:
        raise Failed("; ".join(error.problems)) from error


@contextmanager
def daemon_if_any(config: "Config") -> Iterator["Client | None"]:
    """A client of the daemon that runs on this home folder; None when there is none.

    What else answers at its address is told on standard error and not used. Its refusals inside
    the block become Failed.
    """
    from query.client import Client, NotRunning, Rejected

    with Client(config.url, timeout=GREETING_SECONDS) as client:
        usable = False
        try:
            home = client.status().home
            usable = same_folder(home, config.home)
            if not usable:
                tell(
                    f"the Freshwire on {config.url} serves {home}, not {config.home}, and is not "
                    "used; choose with FRESHWIRE_HOME and FRESHWIRE_PORT"
                )
        except NotRunning:
            pass
        except (Unavailable, Rejected) as error:
            tell(f"{config.url} is not used: {error}")
    if not usable:
        yield None
        return
    with Client(config.url) as client:
        try:
            yield client
        except Rejected as error:
            raise Failed(_refusal(error)) from error


@contextmanager
def daemon(config: "Config") -> Iterator["Client"]:
    """A client of the daemon that runs on this home folder. Raises Failed when there is none."""
    with daemon_if_any(config) as client:
        if client is None:
            raise Failed(f"no Freshwire runs on {config.home}; start it with: freshwire run")
        yield client


@contextmanager
def opened(
    config: "Config", door: Callable[["Config"], AbstractContextManager[_Opened]]
) -> Iterator[_Opened]:
    """What `door` opens, in this process. Raises Failed when the home folder cannot be used."""
    try:
        with door(config) as inside:
            yield inside
    except OSError as error:
        raise Failed(
            f"the home folder {config.home} cannot be used: {error.strerror or error}; see what is "
            "wrong with: freshwire doctor"
        ) from error
    except Exception as error:
        from indexer.edge_shard import Locked
        from indexer.neural import WrongModel

        if isinstance(error, Locked):
            raise Failed(
                f"the index in {config.index} is in use by another process, which does not answer "
                f"on {config.url}; wait until it is done, or stop it"
            ) from error
        if isinstance(error, WrongModel):
            raise Failed(str(error)) from error
        raise


def _refusal(error: Exception) -> str:
    """What the daemon said, with the places in the request that it found wrong."""
    problems = getattr(error, "problem", {}).get("errors") or []
    parts = [f"{each.get('field', '')}: {each.get('error', '')}" for each in problems]
    return "; ".join([str(error), *(part for part in parts if part not in str(error))])


def same_folder(one: str, other: Path) -> bool:
    """Whether both lead to one folder."""
    try:
        return Path(one).resolve() == other.resolve()
    except OSError:
        return Path(one) == other
