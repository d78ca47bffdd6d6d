"""`freshwire doctor`: what could keep Freshwire from working, checked from outside."""

import json as jsonlib

import typer

from freshwire import options
from freshwire.failure import FAILED


def register(app: typer.Typer) -> None:
    """Make the command known."""
    app.command()(doctor)


def doctor(json: options.AsJson = False) -> None:
    """Check folder, disk, database, model, port, daemon and sources. Exit 1 when one is wrong."""
    from rich.text import Text

    from freshwire import render
    from freshwire.checkup import checkup

    findings = checkup()
    wrong = any(finding.state == "wrong" for finding in findings)
    if json:
        checks = [finding._asdict() for finding in findings]
        render.print_json(jsonlib.dumps({"ok": not wrong, "checks": checks}, ensure_ascii=False))
    else:
        console = render.screen()
        for finding in findings:
            state = (f"{finding.state:<6}", f"bold {render.COLOURS[finding.state]}")
            what = (f"{finding.what:<14}", "bold")
            label = Text.assemble(state, what)
            render.print_labelled(console, label, render.plain(finding.found))
            if finding.do:
                render.print_indented(console, render.plain(f"→ {finding.do}"), 20)
    if wrong:
        raise typer.Exit(FAILED)
