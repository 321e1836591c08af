"""nineplus mart rebuild: the prepared data that analyses read, made anew from the database."""

from __future__ import annotations

import json

import typer

_REBUILD = """Make the mart, which analyses read, anew from the database.

Nothing is lost by it, and people can go on working meanwhile. It is needed when [bold]nineplus doctor[/bold] says so.

Examples:

  nineplus mart rebuild

  nineplus mart rebuild --json
"""


def register(app: typer.Typer) -> None:
    mart = typer.Typer(help="The prepared data that analyses read.", no_args_is_help=True)
    mart.callback()(lambda: None)
    mart.command("rebuild", help=_REBUILD)(rebuild)
    app.add_typer(mart, name="mart")


def rebuild(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.mart.errors import MartBusy
    from nineplus.stages import analyze

    try:
        snapshot = analyze.rebuild_mart(now=timezone.now())
    except MartBusy as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps({"snapshot": snapshot.id, "responses": snapshot.rows}))
    else:
        typer.echo(f"The mart was made anew: {snapshot.rows:,} responses (snapshot {snapshot.id}).")
