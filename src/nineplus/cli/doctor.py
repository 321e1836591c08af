"""nineplus doctor: is everything well, and how to mend what is not."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

_HELP = """Look at everything nineplus needs and say, in words, what is wrong and how to mend it.

Ends with 1 when something is wrong, with 0 otherwise. What is doubtful is shown and does not count.

Examples:

  nineplus doctor

  nineplus doctor --json | jq '.[] | select(.state != "well")'
"""
_SIGNS = {"well": ("ok", None), "doubtful": ("look", "yellow"), "wrong": ("WRONG", "red")}


def register(app: typer.Typer) -> None:
    app.command("doctor", help=_HELP)(doctor)


def doctor(as_json: bool = typer.Option(False, "--json", help="One JSON list on standard output.")) -> None:
    checks = _checks()
    if as_json:
        typer.echo(json.dumps(checks, indent=2))
    else:
        for check in checks:
            sign, colour = _SIGNS[check["state"]]
            typer.secho(f"{sign:>6}  {check['name']:<11} {check['says']}", fg=colour)
            if check["mend"] and check["state"] != "well":
                typer.echo(f"{'':20}{check['mend']}")
    if any(check["state"] == "wrong" for check in checks):
        raise typer.Exit(1)


def _checks() -> list[dict[str, str]]:
    from nineplus.cli import use_store

    try:
        use_store(as_it_is=True)
    except Exception as problem:
        if type(problem).__name__ != "WrongSettings":
            raise
        return [{"name": "settings", "state": "wrong", "says": str(problem), "mend": ""}]
    from django.utils import timezone

    from nineplus.stages.capture.sending import reach
    from nineplus.stages.govern.health import State, every_check

    found = list(every_check(now=timezone.now()))
    if not any(check.state is State.WRONG for check in found if check.name in ("database", "migrations")):
        found.append(reach.check())
    return [{**asdict(check), "state": str(check.state)} for check in found]
