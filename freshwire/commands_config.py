"""`freshwire config`: what is configured, and whether it can be."""

import json as jsonlib
from collections.abc import Sequence
from typing import Annotated

import typer

from freshwire import options
from freshwire.failure import FAILED, tell
from freshwire.reach import settings

config = typer.Typer(no_args_is_help=True, help="What is configured, and whether it can be.")


def register(app: typer.Typer) -> None:
    """Make the commands known."""
    app.add_typer(config, name="config")


@config.command()
def show(json: options.AsJson = False) -> None:
    """Show every key with its value in force, as a TOML file would set it."""
    found = settings()
    from freshwire import render
    from freshwire.config import config_file
    from freshwire.toml import written

    if json:
        render.print_json(found.model_dump_json(by_alias=True))
        return
    console = render.screen()
    render.show(console, render.plain(f"# file: {config_file() or 'none'}", "dim"))
    for line in written(found.model_dump(mode="json", by_alias=True)):
        console.print(render.block(line), soft_wrap=True)


@config.command()
def check(
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing when it is good.")] = False,
    json: options.AsJson = False,
) -> None:
    """Tell everything that is wrong with the configuration at once. Exit 1 when anything is."""
    from freshwire import render
    from freshwire.config import BadConfig, config_file, load

    try:
        found = load()
    except BadConfig as error:
        if json:
            _print_verdict(error.problems)
        else:
            for problem in error.problems:
                tell(problem)
        raise typer.Exit(FAILED) from error
    if json:
        _print_verdict([])
    elif not quiet:
        file = config_file()
        where = f"{file} and the environment" if file else "the environment; there is no file"
        words = f"The configuration is good (from {where}); data is kept in {found.home}."
        render.show(render.screen(), render.plain(words))


def _print_verdict(problems: Sequence[str]) -> None:
    from freshwire import render

    verdict = {"ok": not problems, "problems": list(problems)}
    render.print_json(jsonlib.dumps(verdict, ensure_ascii=False))
