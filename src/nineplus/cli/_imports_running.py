"""What the commands of `nineplus import` share: the stage, an import run to its end, a bar, sentences."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer

from nineplus.cli._imports_told import finished
from nineplus.cli._mappings import explained


def run(imports: Any, import_id: int, now: Callable[[], Any], *, as_json: bool) -> None:
    """Run a confirmed import to its end, bring the figures up to date and say how it went."""
    with bar("Importing") as progress:
        one = imports.run(import_id, now=now(), progress=progress)
    refresh(now)
    finished(one, as_json=as_json)
    if one.state != "done":
        raise typer.Exit(1)


def stage() -> tuple[Any, Callable[[], Any]]:
    """The stage and the clock, once the store is ready."""
    from nineplus.cli import use_store

    use_store()
    from django.utils import timezone

    from nineplus.stages.connect import imports

    return imports, timezone.now


@contextmanager
def sentences() -> Iterator[None]:
    """What cannot be done is said in a sentence and ends with 1."""
    from nineplus.connectors.files import BadMapping, UnreadableFile
    from nineplus.stages.errors import NotPossible

    try:
        yield
    except (NotPossible, BadMapping, UnreadableFile) as reason:
        typer.echo(explained(reason), err=True)
        raise typer.Exit(1) from None


@contextmanager
def bar(title: str) -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar where somebody looks; silence in scripts."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(title, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def refresh(now: Callable[[], Any]) -> None:
    """Bring the figures up to date. That they cannot be now does not undo the import: it is said."""
    from nineplus.mart.errors import MartBusy
    from nineplus.stages import analyze
    from nineplus.stages.errors import outside

    try:
        analyze.refresh_mart(now=now())
    except MartBusy:
        typer.echo("Figures are being brought up to date by another process.", err=True)
    except Exception as problem:
        if not (said := outside(problem)):
            raise
        typer.echo(f"Figures are not up to date yet. {said} `nineplus mart rebuild` does it.", err=True)
