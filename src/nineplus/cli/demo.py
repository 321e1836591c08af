"""nineplus demo: the sample company, into the store, into files, or at scale straight into a mart."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

_HELP = """Load the sample company: 24 months of a believable B2B software company with the truth planted in it.

[bold]Examples[/bold]

  nineplus demo                                  load it into the store, next to your data
  nineplus demo --remove                         take it away again
  nineplus demo --export sample                  write it as CSV files into the folder sample
  nineplus demo --truth                          say what was planted, in NPS points
  nineplus demo --responses 10000000 --mart big  write that many answers straight into mart files
"""


def register(app: typer.Typer) -> None:
    app.command("demo", help=_HELP)(demo)


def demo(
    export: Annotated[Path | None, typer.Option(help="Write CSV files into this folder instead.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the sample company away.")] = False,
    truth: Annotated[bool, typer.Option("--truth", help="Print what was planted and stop.")] = False,
    responses: Annotated[int, typer.Option(help="With --mart: how many answers.", min=1000)] = 1_000_000,
    mart: Annotated[Path | None, typer.Option(help="Write a mart of --responses answers into this folder.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print results as JSON.")] = False,
) -> None:
    now = datetime.now(UTC)
    if truth:
        _truth(now, json_)
    elif export is not None:
        _export(export, now, json_)
    elif mart is not None:
        _scale(mart, responses, now, json_)
    else:
        _store(remove, now, json_)


def _truth(now: datetime, as_json: bool) -> None:
    from nineplus.sample.company import company

    planted = company(until=now.date()).truth
    if as_json:
        _print({name: round(value, 3) for name, value in planted.items()})
        return
    for name, value in planted.items():
        typer.echo(f"{name:34s} {value:8.2f}")


def _export(folder: Path, now: datetime, as_json: bool) -> None:
    from nineplus.sample.company import company
    from nineplus.sample.export import export

    written = export(company(until=now.date()), folder=folder)
    if as_json:
        _print({"files": [str(path) for path in written]})
        return
    for path in written:
        typer.echo(f"Wrote {path}")
    typer.echo(
        f"Try: nineplus report {folder}/responses.csv --tickets {folder}/tickets.csv "
        f"--ticket-events {folder}/ticket_events.csv --accounts {folder}/accounts.csv "
        f"--movements {folder}/movements.csv -o report.html"
    )


def _scale(folder: Path, responses: int, now: datetime, as_json: bool) -> None:
    from rich.progress import Progress

    from nineplus.sample.scale import write_mart

    with Progress(transient=True, disable=as_json) as bar:
        task = bar.add_task("Writing answers", total=responses)
        snapshot = write_mart(
            folder=folder, responses=responses, now=now, progress=lambda n: bar.update(task, completed=n)
        )
    if as_json:
        _print({"snapshot": snapshot.id, "responses": snapshot.rows, "folder": str(folder)})
        return
    typer.echo(f"Wrote {snapshot.rows:,} answers into {folder} (snapshot {snapshot.id}).")


def _store(remove: bool, now: datetime, as_json: bool) -> None:
    from nineplus.cli import use_store

    use_store()
    from rich.progress import Progress

    from nineplus.stages import analyze
    from nineplus.stages.act.rules import drafts
    from nineplus.stages.govern import sample

    do = sample.remove if remove else sample.load
    with Progress(transient=True, disable=as_json) as bar:
        task = bar.add_task("Removing" if remove else "Loading", total=1.0)
        do(now=now, progress=lambda doing, share: bar.update(task, description=doing, completed=share))
    drafts.try_sample(now=now)
    analyze.refresh_mart(now=now)
    if as_json:
        _print({"sample": sample.status().state})
        return
    typer.echo("The sample company is gone." if remove else "The sample company is here. Start with: nineplus up")


def _print(value: object) -> None:
    import json

    typer.echo(json.dumps(value, indent=2))
