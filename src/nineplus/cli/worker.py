"""nineplus worker: handles events and long work. `nineplus up` starts one; more may run beside it."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from functools import partial

import typer

from nineplus.cli._children import Child
from nineplus.cli._signals import when_asked

_HELP = """Handle what waits: new answers, imports, the mart.

[bold]nineplus up[/bold] runs one. Start more, on this machine or others with the same database, when work piles up.

Examples:

  nineplus worker            until Ctrl-C or SIGTERM; what is in hand is finished first

  nineplus worker --burst    everything that waits, then end

  nineplus worker --once     one batch of each kind, then end
"""

_STOPS = (signal.SIGTERM, signal.SIGINT)
_AFTER_OTHERS = 10
"""Niceness of the heavy work: nobody who answers a survey or opens a page waits for it."""


def _give_way(*, heavy: bool) -> None:
    """Those who answer a survey or open a page come first; heavy work uses what everybody else leaves.

    On Linux a batch process that wakes up waits until whoever has the processor is done with it.
    """
    if heavy:
        os.nice(_AFTER_OTHERS)
    if hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):  # not allowed in every container: then as before
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def register(app: typer.Typer) -> None:
    app.command("worker", help=_HELP)(worker)


def worker(
    once: bool = typer.Option(False, "--once", help="One batch of each kind, then end."),
    burst: bool = typer.Option(False, "--burst", help="Everything that waits, then end."),
    lease: float = typer.Option(60.0, min=0.5, help="Seconds a silent worker is believed alive.", hidden=True),
    grace: float = typer.Option(10.0, min=0.0, help="Seconds that long work gets to finish when stopping."),
    with_parent: bool = typer.Option(False, "--with-parent", help="End when the starting process ends.", hidden=True),
    apart: bool = typer.Option(
        False, "--apart", help="The heavy work alone: another process does the rest.", hidden=True
    ),
) -> None:
    from datetime import timedelta

    from nineplus.cli import use_store

    parent = os.getppid() if with_parent else None
    use_store()
    from nineplus.jobs.kinds import LANES
    from nineplus.jobs.worker import Worker

    make = partial(Worker, lease=timedelta(seconds=lease), grace=grace)
    if once or burst:
        handled = make().burst() if burst else make().once()
        typer.echo(f"{handled} events handled.")
        return
    _give_way(heavy=apart)
    hand = make(lanes=[lane for lane in LANES if lane.apart == apart], keeps_house=not apart)
    if apart:
        when_asked(_STOPS, hand.stop)
        hand.run(with_parent=parent)
        return
    again = ["--apart", "--with-parent", "--lease", str(lease), "--grace", str(grace)]
    heavy = Child("heavy work", [sys.executable, "-m", "nineplus.cli", "worker", *again])
    when_asked(_STOPS, hand.stop, heavy.ask_to_stop)  # at once: each takes some time to finish what is in hand
    if not with_parent:
        typer.echo("Handling events. Ctrl-C ends it, after what is in hand.", err=True)
    heavy.start()
    try:
        hand.run(with_parent=parent, meanwhile=lambda: None if hand.stopping else heavy.look())
    finally:
        heavy.ask_to_stop()
        heavy.wait_until(time.monotonic() + grace + 1.0)
