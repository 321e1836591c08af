"""nineplus rule list, show, export, import, dry-run, on, off, remove: what is done by itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

_LIST = """List the rules with their numbers and how often they fired in 30 days.

Examples:

  nineplus rule list --json
"""
_SHOW = """Show what a rule says and what it did.

Examples:

  nineplus rule show "Call unhappy customers"
  nineplus rule show 3
"""
_EXPORT = """Write a rule as YAML.

Examples:

  nineplus rule export "Call unhappy customers" > rule.yaml
"""
_IMPORT = """Bring in a rule from a YAML file (- reads standard input). One of that name gets a new version; it is off.

Examples:

  nineplus rule import rule.yaml
"""
_TRY = """Say what a rule would have done in the last 90 days. It may be switched on after that.

Examples:

  nineplus rule dry-run "Call unhappy customers" --json
"""
_ON = """Switch a rule on, once it was tried.

Examples:

  nineplus rule on "Call unhappy customers"
"""
_OFF = """Switch a rule off.

Examples:

  nineplus rule off "Call unhappy customers"
"""
_REMOVE = """Remove a rule. What it did stays written.

Examples:

  nineplus rule remove "Call unhappy customers"
"""
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(metavar="RULE", help="The rule's name or number; `nineplus rule list` says both.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Rules: what is done by itself when something happens.", no_args_is_help=True)
    for name, words, command in (
        ("list", _LIST, every),
        ("show", _SHOW, show),
        ("export", _EXPORT, export),
        ("import", _IMPORT, bring),
        ("dry-run", _TRY, dry_run),
        ("on", _ON, on),
        ("off", _OFF, off),
        ("remove", _REMOVE, remove),
    ):
        group.command(name, help=words)(command)
    app.add_typer(group, name="rule")


def every(as_json: Json = False) -> None:
    def ask(now, keeping):  # type: ignore[no-untyped-def]
        return [_row(one) | {"fired": one.fired, "held_back": one.held} for one in keeping.every(now=now)]

    rows = _done(ask)
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(f"{row['id']:>4}  {_state(row)}  {_fired(row['fired']):>15}  {row['name']}: {row['says']}")
    if not rows:
        typer.echo("There are no rules.", err=True)


def show(name: Name, as_json: Json = False) -> None:
    def ask(now, keeping):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.rules import telling

        kept = keeping.found(name)
        runs = [
            {
                "at": run.at.isoformat(timespec="seconds"),
                "about": run.subject,
                "state": str(run.state),
                "why": run.why,
                "steps": [step.says for step in run.steps.all()],
            }
            for run in telling.of_rule(kept.workflow)
        ]
        return _row(kept) | {"document": kept.version.document, "tried": kept.version.tried, "runs": runs}

    row = _done(ask)
    if as_json:
        typer.echo(json.dumps(row, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{row['name']} (version {row['version']}, {'on' if row['on'] else 'off'})\n{row['says']}")
    for run in row["runs"]:
        typer.echo(f"  {run['at'][:16].replace('T', ' ')}  {run['about']}  {run['state']}  {' '.join(run['steps'])}")


def export(name: Name) -> None:
    def ask(now, keeping):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.rules import files

        return files.written(keeping.found(name))

    typer.echo(_done(ask), nl=False)


def bring(file: Annotated[str, typer.Argument(help="The YAML file, or -.")], as_json: Json = False) -> None:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        typer.echo(f"{file} is not a text in UTF-8.", err=True)
        raise typer.Exit(1) from None
    except OSError as problem:
        typer.echo(f"{file}: {problem.strerror or problem}.", err=True)
        raise typer.Exit(1) from None

    def act(now, keeping):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.rules import files
        from nineplus.stages.errors import NotFound

        document = files.document(text)
        try:
            pk = keeping.named(keeping.read(document).name).workflow.pk
        except NotFound:
            pk = None
        return _row(keeping.save(document, pk=pk, by=None, now=now))

    _told(_done(act), as_json)


def dry_run(name: Name, as_json: Json = False) -> None:
    def act(now, keeping):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.rules import trying

        kept = keeping.found(name)
        found = trying.dry_run(kept.rule, now=now).to_dict()
        keeping.tried(kept.version, found)
        asked = "answers" if kept.rule.event.startswith(("response.", "case.")) else "times"
        return found, asked, trying.examples(found)

    found, asked, examples = _done(act)
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    typer.echo(f"Of {found['of']} {asked} it holds for {found['matched']} and would have {_fired(found['fired'])}.")
    for title, number in found["did"]:
        typer.echo(f"  {number:>8}  {title}")
    for day, number in found["weeks"]:
        typer.echo(f"  {number:>8}  in the week from {day}")
    if examples:
        typer.echo("The newest of them:")
    for one in examples:
        score = one.response.score if one.response else ""
        typer.echo(f"  {one.at:%Y-%m-%d %H:%M}  {score:>2}  {one.whose or 'nobody known'}")


def on(name: Name, as_json: Json = False) -> None:
    _told(_done(lambda now, keeping: _row(keeping.switch(_pk(keeping, name), on=True, now=now))), as_json)


def off(name: Name, as_json: Json = False) -> None:
    _told(_done(lambda now, keeping: _row(keeping.switch(_pk(keeping, name), on=False, now=now))), as_json)


def remove(name: Name) -> None:
    _done(lambda now, keeping: keeping.remove(_pk(keeping, name), now=now))
    typer.echo("Removed.")


def _state(row: dict[str, Any]) -> str:
    return "on " if row["on"] else "off"


def _fired(times: int) -> str:
    return f"fired {times} {'time' if times == 1 else 'times'}"


def _pk(keeping: Any, name: str) -> int:
    return int(keeping.found(name).workflow.pk)


def _told(row: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(row, indent=2, ensure_ascii=False))
    else:
        typer.echo(f"{row['name']}, version {row['version']}: {'on' if row['on'] else 'off'}.")


def _row(kept: Any) -> dict[str, Any]:
    return {
        "id": kept.workflow.pk,
        "name": kept.workflow.name,
        "on": kept.workflow.on,
        "version": kept.version.number,
        "says": kept.says,
        "fault": kept.workflow.fault,
        "paused_because": kept.workflow.paused_because,
    }


def _done(act):  # type: ignore[no-untyped-def]
    """One call of the stage; what cannot be done is said and ends with 1."""
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.act.rules import keeping
    from nineplus.stages.errors import NotPossible

    try:
        return act(timezone.now(), keeping)
    except NotPossible as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None
