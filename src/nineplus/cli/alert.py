"""nineplus alert list, look: what colleagues were told, and a look for what no event tells."""

from __future__ import annotations

import json
from typing import Annotated

import typer

_LIST = """List what was raised last, the newest first.

Examples:

  nineplus alert list

  nineplus alert list --kind nps_change --json
"""
_LOOK = """Look now for what no event tells: NPS that changed, silent customers, sources that stopped.

The worker does this by itself every hour, and compares NPS once a day. What was told is not told twice.

Examples:

  nineplus alert look
"""
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Alerts: what colleagues are told without asking.", no_args_is_help=True)
    group.command("list", help=_LIST)(every)
    group.command("look", help=_LOOK)(look)
    app.add_typer(group, name="alert")


def every(
    kind: Annotated[str, typer.Option(help="Only of this kind, as overdue_case.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=500, help="Most to list.")] = 50,
    as_json: Json = False,
) -> None:
    from nineplus.cli import use_store

    use_store()
    from nineplus.store.models import Raised

    rows = Raised.objects.filter(**({"kind": kind} if kind else {})).order_by("-pk")[:limit]
    told = [
        {"at": row.at.isoformat(timespec="seconds"), "kind": row.kind, "title": row.title, "detail": row.detail}
        for row in rows
    ]
    if as_json:
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for one in told:
        typer.echo(f"{one['at'][:16].replace('T', ' ')}  {one['kind']:<21} {one['title']}")
    if not told:
        typer.echo("Nothing was raised yet.", err=True)


def look(as_json: Json = False) -> None:
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.act.alerts import looking

    told = looking.look(now=timezone.now())
    typer.echo(
        json.dumps({"told": told}) if as_json else f"{told} {'person was' if told == 1 else 'people were'} told."
    )
