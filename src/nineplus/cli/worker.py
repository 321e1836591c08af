"""nineplus worker: handles events and long work. `nineplus up` starts one; more may run beside it."""

from __future__ import annotations

import os
import signal

import typer

_HELP = """Handle what waits: new answers, imports, the mart.

[bold]nineplus up[/bold] runs one. Start more, on this machine or others with the same database, when work piles up.

Examples:

  nineplus worker            until Ctrl-C or SIGTERM; what is in hand is finished first

  nineplus worker --burst    everything that waits, then end

  nineplus worker --once     one batch of each kind, then end
"""


def register(app: typer.Typer) -> None:
    app.command("worker", help=_HELP)(worker)


def worker(
    once: bool = typer.Option(False, "--once", help="One batch of each kind, then end."),
    burst: bool = typer.Option(False, "--burst", help="Everything that waits, then end."),
    lease: float = typer.Option(60.0, min=0.5, help="Seconds a silent worker is believed alive.", hidden=True),
    grace: float = typer.Option(10.0, min=0.0, help="Seconds that long work gets to finish when stopping."),
    with_parent: bool = typer.Option(False, "--with-parent", help="End when the starting process ends.", hidden=True),
) -> None:
    from datetime import timedelta

    from nineplus.cli import use_store

    parent = os.getppid() if with_parent else None
    use_store()
    from nineplus.jobs.worker import Worker

    hand = Worker(lease=timedelta(seconds=lease), grace=grace)
    if once or burst:
        handled = hand.burst() if burst else hand.once()
        typer.echo(f"{handled} events handled.")
        return
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: hand.stop())
    if not with_parent:
        typer.echo("Handling events. Ctrl-C ends it, after what is in hand.", err=True)
    hand.run(with_parent=parent)
