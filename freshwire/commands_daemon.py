"""`freshwire run` and `freshwire status`."""

import signal
import sys

import typer

from freshwire import options
from freshwire.failure import FAILED
from freshwire.reach import daemon, settings


def register(app: typer.Typer) -> None:
    """Make the commands known."""
    app.command()(run)
    app.command()(status)


def run() -> None:
    """Run the daemon and its HTTP service until SIGTERM or Ctrl-C."""
    for number in (signal.SIGTERM, signal.SIGINT):  # while it loads; later it stops in good order
        signal.signal(number, lambda *_: sys.exit(0))
    config = settings()
    from freshwire.run import run as run_daemon

    raise typer.Exit(run_daemon(config))


def status(json: options.AsJson = False) -> None:
    """Is it well, how fresh is it, what is wrong, what to do. Exit 1 when it is not ready."""
    with daemon(settings()) as client:
        found = client.status()
    from freshwire import render, render_status

    if json:
        render.print_json(found.to_json())
    else:
        render_status.show_status(render.screen(), found)
    if not found.ready:
        raise typer.Exit(FAILED)
