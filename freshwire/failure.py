"""How a command ends badly: one sentence for the person, one exit code for the script."""

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from typer.core import TyperGroup

from freshwire.plaintext import safe_line
from streams import Unavailable

#: 0 is good, 2 wrong usage; both are given by the parser of the command line.
FAILED, NOTHING_FOUND = 1, 3


class Failed(Exception):
    """An expected failure: what, where, and what to do, in one sentence."""


class Front(TyperGroup):
    """The command; an expected failure in any part of it is told in one sentence, exit 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command. Bugs pass through."""
        try:
            return super().invoke(ctx)
        except (Failed, Unavailable) as error:
            tell(str(error))
            sys.exit(FAILED)


def told(errors: Iterable[Mapping[str, Any]]) -> str:
    """What pydantic found wrong with a request, in words."""
    return "; ".join(
        f"{'.'.join(map(str, error['loc']))}: {error['msg'].removeprefix('Value error, ')}"
        for error in errors
    )


def tell(sentence: str) -> None:
    """One line on standard error, for people."""
    print(f"freshwire: {safe_line(sentence)}", file=sys.stderr)
