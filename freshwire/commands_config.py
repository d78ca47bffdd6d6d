"""`freshwire config`: what is configured, and whether it can be."""

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
    console.print(render.plain(f"# file: {config_file() or 'none'}", "dim"))
    for line in written(found.model_dump(mode="json", by_alias=True)):
        console.print(render.block(line), soft_wrap=True)


@config.command()
def check(
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing when it is good.")] = False,
) -> None:
    """Tell everything that is wrong with the configuration at once. Exit 1 when anything is."""
    from freshwire import render
    from freshwire.config import BadConfig, config_file, load

    try:
        found = load()
    except BadConfig as error:
        for problem in error.problems:
            tell(problem)
        raise typer.Exit(FAILED) from error
    if not quiet:
        file = config_file()
        where = f"{file} and the environment" if file else "the environment; there is no file"
        words = f"The configuration is good (from {where}); data is kept in {found.home}."
        render.screen().print(render.plain(words))
