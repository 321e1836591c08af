"""nineplus backup and nineplus restore: everything in one file, and back, while it runs."""

from __future__ import annotations

import json
from pathlib import Path

import typer

_BACKUP = """Write everything (database, mart, uploaded files) into one file. nineplus may go on running.

The file holds what your customers wrote: keep it as safe as the original.

Examples:

  nineplus backup nineplus-monday.tar.gz

  nineplus backup "/backups/$(date +%F).tar.gz" --json
"""
_RESTORE = """Put a backup in place of what is there now. What is there now is kept aside.

The backup is verified before anything changes. Stop imports first; people have to log in again afterwards.

Examples:

  nineplus restore nineplus-monday.tar.gz

  nineplus restore nineplus-monday.tar.gz --yes        without asking
"""


def register(app: typer.Typer) -> None:
    app.command("backup", help=_BACKUP)(backup)
    app.command("restore", help=_RESTORE)(restore)


def backup(
    file: str = typer.Argument(help="The file to write, such as monday.tar.gz."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace the file when it exists."),
    as_json: bool = typer.Option(False, "--json", help="Say what was written as JSON."),
) -> None:
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.errors import NotPossible
    from nineplus.stages.govern.backup import back_up

    try:
        made = back_up(target=Path(file), now=timezone.now(), overwrite=overwrite, say=_say)
    except NotPossible as reason:
        _say(str(reason))
        raise typer.Exit(1) from None
    if as_json:
        files = len(made.manifest.members)
        typer.echo(
            json.dumps({"file": str(file), "bytes": made.bytes, "files": files, "version": made.manifest.version})
        )
    else:
        typer.echo(f"{file}: {made.bytes / 1e6:.1f} MB.")


def restore(
    file: str = typer.Argument(help="A file that `nineplus backup` wrote."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
) -> None:
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.errors import NotPossible
    from nineplus.stages.govern.backup import restore as put_back

    if not yes:
        typer.confirm(f"Replace everything in nineplus by {file}?", abort=True)
    try:
        done = put_back(source=Path(file), now=timezone.now(), say=_say)
    except NotPossible as reason:
        _say(str(reason))
        raise typer.Exit(1) from None
    typer.echo(f"Restored as of {done.manifest.made_at:%Y-%m-%d %H:%M} UTC. What was there is kept:")
    for place in done.kept:
        typer.echo(f"  {place}")


def _say(words: str) -> None:
    typer.echo(words, err=True)
