"""nineplus key create, list, revoke: keys for programs that use the API."""

from __future__ import annotations

import json
from typing import Annotated, Literal

import typer

Role = Literal["owner", "analyst", "agent", "viewer"]

_CREATE = """Make a key and show it, once.

Examples:

  nineplus key create "CRM sync"

  nineplus key create "Wall screen" --role viewer --json

  nineplus key create "Help desk" --scope responses:read --scope invitations:write

  nineplus key create "Shop" --delighted "After a purchase"
"""
_HOW = "Send it as: Authorization: Bearer <key>"
_LIST = """Show the keys there are, without their secrets.

Examples:

  nineplus key list

  nineplus key list --json
"""
_REVOKE = """End a key for good. Programs that use it are refused from now on.

Example:

  nineplus key revoke np_1a2b3c4d
"""


def register(app: typer.Typer) -> None:
    key = typer.Typer(help="Keys for programs.", no_args_is_help=True)
    key.command("create", help=_CREATE)(create)
    key.command("list", help=_LIST)(every)
    key.command("revoke", help=_REVOKE)(revoke)
    app.add_typer(key, name="key")


def create(
    name: str = typer.Argument(help="Which program uses it."),
    role: Annotated[Role, typer.Option(help="What it may do.")] = "analyst",
    scope: Annotated[
        list[str] | None,
        typer.Option(help="Only this, of what the role may; can be given again. See docs/guide/developer.md."),
    ] = None,
    delighted: str = typer.Option(
        "", metavar="SURVEY", help="For programs written for Delighted: a key of 32 characters that opens /v1/."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    made = _done(
        lambda keys, now: keys.create(
            name=name, role=role, scopes=scope or (), survey=_survey(delighted) if delighted else None, now=now
        )
    )
    if as_json:
        shown = {"prefix": made.key.prefix, "role": made.key.role, "scopes": made.key.scopes, "token": made.token}
        typer.echo(json.dumps(shown))
        return
    typer.echo(made.token)
    how = "It is the API key of Delighted's clients; see docs/guide/delighted.md." if delighted else _HOW
    typer.echo(f"This is the only time it is shown. {how}", err=True)


def every(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    rows = [
        {
            "prefix": key.prefix,
            "name": key.name,
            "role": key.role,
            "role_now": key.role_now if key.opens else None,
            "scopes": key.scopes,
            "survey": key.survey.name if key.survey else None,
            "created_at": key.created_at.isoformat(timespec="seconds"),
            "last_used_at": key.last_used_at.isoformat(timespec="seconds") if key.last_used_at else None,
            "revoked_at": key.revoked_at.isoformat(timespec="seconds") if key.revoked_at else None,
        }
        for key in _done(lambda keys, _now: keys.every())
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        state = f"revoked {row['revoked_at']}" if row["revoked_at"] else f"used {row['last_used_at'] or 'never'}"
        less = f" (its maker may: {row['role_now'] or 'nothing'})" if row["role_now"] != row["role"] else ""
        only = f" (only {', '.join(row['scopes'])})" if row["scopes"] else ""
        notes = f"{'' if row['revoked_at'] else less}{only}"
        typer.echo(f"{row['prefix']}  {row['role']:<8}  {state:<33}  {row['name']}{notes}")
    if not rows:
        typer.echo("There are no keys.", err=True)


def revoke(prefix: str = typer.Argument(help="The key's beginning, as `key list` shows it.")) -> None:
    key = _done(lambda keys, now: keys.revoke(key=prefix, now=now))
    typer.echo(f"{key.prefix} ({key.name}) is revoked.")


def _survey(name: str):  # type: ignore[no-untyped-def]
    from nineplus.stages.capture.drawing import surveys

    return surveys.named(name)


def _done(ask):  # type: ignore[no-untyped-def]
    """One call of the stage; what cannot be done is said and ends with 1."""
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.errors import NotPossible
    from nineplus.stages.govern import keys

    try:
        return ask(keys, timezone.now())
    except NotPossible as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None
