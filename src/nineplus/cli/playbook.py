"""nineplus playbook list, show, start, loop: steps of a good follow-up, and what following up brings."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

_LIST = """List the playbooks with what came of them in 180 days.

Examples:

  nineplus playbook list --json
"""
_SHOW = """Show the steps of a playbook and how each of them goes.

Examples:

  nineplus playbook show "Call an unhappy customer"
"""
_START = """Take up a playbook on a case. Safe to repeat.

Examples:

  nineplus playbook start 12 "Call an unhappy customer"
"""
_LOOP = """Say how soon customers hear from you, and whether they come back more often than to be expected.

Examples:

  nineplus playbook loop --json
"""
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[
    str, typer.Argument(metavar="PLAYBOOK", help="Its name or number; `nineplus playbook list` says both.")
]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Playbooks on cases, and what following up brings.", no_args_is_help=True)
    for name, words, command in (
        ("list", _LIST, every),
        ("show", _SHOW, show),
        ("start", _START, start),
        ("loop", _LOOP, loop),
    ):
        group.command(name, help=words)(command)
    app.add_typer(group, name="playbook")


def every(as_json: Json = False) -> None:
    def ask(now, keeping):  # type: ignore[no-untyped-def]
        return [_row(kept, now) for kept in keeping.every()]

    rows = _done(ask)
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        cases = f"{row['cases']} {'case' if row['cases'] == 1 else 'cases'}"
        typer.echo(
            f"{row['id']:>4}  {cases:>12}, {row['complete']} of {row['ended']} that ended complete  {row['name']}"
        )
    if not rows:
        typer.echo("There are no playbooks.", err=True)


def show(name: Name, as_json: Json = False) -> None:
    row = _done(lambda now, keeping: _row(keeping.found(name), now))
    if as_json:
        typer.echo(json.dumps(row, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{row['name']} (version {row['version']})\n{row['says']}")
    for number, step in enumerate(row["steps"], start=1):
        typer.echo(f"  {number}. {step['title']}")
    for step in row["went"]:
        typer.echo(f"  {step['done']:>6} of {step['cases']} done, {step['late']} late: {step['title']}")


def start(case: Annotated[int, typer.Argument(help="The case's number.")], name: Name, as_json: Json = False) -> None:
    def act(now, keeping):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.playbooks import running

        taken = running.start(case, keeping.found(name).playbook.pk, by=None, now=now)
        return {"case": case, "playbook": taken.playbook.name, "started_at": taken.started_at.isoformat()}

    row = _done(act)
    typer.echo(json.dumps(row, ensure_ascii=False) if as_json else f"{row['playbook']} was taken up on case {case}.")


def loop(as_json: Json = False) -> None:
    def ask(now, keeping):  # type: ignore[no-untyped-def]
        from nineplus.model import Filter
        from nineplus.stages import analyze

        names = ("follow-up-time", "follow-up-sla", "recovery", "passives-moved")
        soon, promised, back, moved = (analyze.run(name, filter=Filter(), now=now) for name in names)
        teams = [] if promised.refused else promised.table("by_value").rows
        return {
            "says": soon.refusal or soon.says,
            "cases": soon.figures.get("n", 0),
            "contacted": soon.figures.get("contacted", 0),
            "waiting": soon.figures.get("waiting", 0),
            "median_hours": soon.figures.get("median_hours"),
            "kept": [{"team": row["value"], "kept": row["kept"], "due": row["due"]} for row in teams],
            "recovered": back.refusal or back.says,
            "passives": moved.refusal or moved.says,
            "grade": "C",
        }

    row = _done(ask)
    if as_json:
        typer.echo(json.dumps(row, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{row['says']}\nUnhappy customers: {row['recovered']}\nPassives: {row['passives']}")


def _row(kept: Any, now: Any) -> dict[str, Any]:
    from nineplus.stages.act.cases import effects
    from nineplus.stages.act.playbooks import measuring

    found = measuring.measured(kept.playbook, now=now)
    told = ("title", "cases", "done", "left_out", "late")
    return {
        "id": kept.playbook.pk,
        "name": kept.playbook.name,
        "version": kept.version.number,
        "steps": [step.to_dict() for step in kept.steps],
        "cases": found.cases,
        "going": found.going,
        "complete": found.complete,
        "ended": found.ended,
        "went": [{name: getattr(step, name) for name in told} for step in found.steps],
        "says": effects.in_words(found.recovered),
    }


def _done(act):  # type: ignore[no-untyped-def]
    """One call of the stage; what cannot be done is said and ends with 1."""
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.act.playbooks import keeping
    from nineplus.stages.errors import NotPossible

    try:
        return act(timezone.now(), keeping)
    except NotPossible as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None
