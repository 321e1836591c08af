"""nineplus import list, undo, resume, rejected: imports that there are already."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import typer

from nineplus.cli._imports_running import bar, refresh, run, sentences, stage
from nineplus.cli._imports_told import row
from nineplus.cli._writing import write_whole

_UNDO = """Take an import back whole: what it added goes, what it changed is as it was before.

Example:

  nineplus import undo 12
"""
_CANCEL = """Stop an import that is running, also one whose process was killed. What came in stays until it is undone.

Example:

  nineplus import cancel 12
"""
_LIST = """Show the imports, newest first.

Examples:

  nineplus import list

  nineplus import list --json
"""
_REJECTED = """Write the rows that were refused as CSV, with line and reason, to be mended and imported again.

Examples:

  nineplus import rejected 12 -o rejected.csv

  nineplus import rejected 12 -o -
"""
_RESUME = """Go on with an import that was cancelled, failed or was killed.

Example:

  nineplus import resume 12
"""


def register(group: typer.Typer) -> None:
    group.command("list", help=_LIST)(every)
    group.command("cancel", help=_CANCEL)(cancel)
    group.command("undo", help=_UNDO)(undo)
    group.command("resume", help=_RESUME)(resume)
    group.command("rejected", help=_REJECTED)(rejected)


def every(
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
    limit: int = typer.Option(200, min=1, help="How many, the newest first."),
) -> None:
    imports, _ = stage()
    rows = [row(one) for one in imports.every(limit=limit)]
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for each in rows:
        counts = f"{each['added']:,} added, {each['changed']:,} changed, {each['refused']:,} refused"
        typer.echo(f"{each['id']:>5}  {each['kind']:<14} {each['state']:<10} {counts:<48} {each['file']}")
    if not rows:
        typer.echo("There are no imports.", err=True)


def cancel(import_id: int = typer.Argument(help="As `nineplus import list` shows it.")) -> None:
    imports, now = stage()
    with sentences():
        one = imports.cancel(import_id, now=now())
    typer.echo(f"Import {import_id} ({one.file_name}) is {one.state}.")


def undo(import_id: int = typer.Argument(help="As `nineplus import list` shows it.")) -> None:
    imports, now = stage()
    with sentences():
        with bar("Taking back") as progress:
            one = imports.undo(import_id, now=now(), progress=progress)
        refresh(now)
        typer.echo(f"Import {one.pk} ({one.file_name}) is undone.")
        for note in one.report.get("notes", ()):
            if note["code"].startswith("undo_"):
                typer.echo(f"! {note['rows']:,}: {note['message']}")


def resume(
    import_id: int = typer.Argument(help="As `nineplus import list` shows it."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    imports, now = stage()
    with sentences():
        if imports.get(import_id).state in ("failed", "cancelled"):
            imports.resume(import_id, now=now(), hand_on=False)
        run(imports, import_id, now, as_json=as_json)


def rejected(
    import_id: int = typer.Argument(help="As `nineplus import list` shows it."),
    output: str = typer.Option("-", "-o", "--output", help="File to write; - is standard output."),
) -> None:
    imports, _ = stage()
    with sentences():
        lines = imports.refused_csv(import_id)
        if output == "-":
            sys.stdout.writelines(lines)
            return
        write_whole(Path(output), lines)
        typer.echo(f"Written to {output}.", err=True)
