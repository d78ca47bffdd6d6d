"""The command `freshwire`: each noun in a module of its own, everything heavy loaded when used."""

import io
import sys
from typing import Annotated

import typer

from freshwire import (
    commands_config,
    commands_daemon,
    commands_dead,
    commands_doctor,
    commands_item,
    commands_question,
    commands_source,
)
from freshwire.failure import Front

app = typer.Typer(
    name="freshwire",
    cls=Front,
    help="Keeps answers current: items stream in, and questions are answered from the newest.",
    no_args_is_help=True,
    add_completion=False,
    # the panels of rich cost 0.3 seconds of every --help
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

for noun in (
    commands_daemon,
    commands_question,
    commands_item,
    commands_source,
    commands_dead,
    commands_config,
    commands_doctor,
):
    noun.register(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"freshwire {version('freshwire')}")
        raise typer.Exit


@app.callback()
def _front(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Keeps answers current: items stream in, and questions are answered from the newest."""


def main() -> None:
    """Run the command of this process; ends it with 0, 1, 2 (wrong usage) or 3 (nothing found)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # a terminal that cannot show a character gets a question mark, not a traceback
            stream.reconfigure(errors="replace")
    app()
