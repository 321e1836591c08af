"""Putting a backup in place, so that a crash between any two steps is made good at the next start.

Everything is unpacked and verified in HOME/restoring first. Then a journal is written: from there on the restore is
decided. Each step can be seen to be done (the database carries the restore's token, a folder in place is no longer
in HOME/restoring), so `finish` goes on wherever it stopped. Until the database is swapped nothing has changed, and
what fails there is rolled back.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings

from nineplus.mart.delta import writing
from nineplus.stages.errors import Conflict
from nineplus.stages.govern.backup import database
from nineplus.stages.govern.backup.journal import Journal
from nineplus.stages.govern.restoring import alone, journal, staging

FOLDERS = ("mart", "imports")
_MADE_ANEW = ("meaning",)
"""What no backup has: the worker makes it of the comments that came back. That of other comments would mislead."""

Say = Callable[[str], None]


@contextmanager
def one_restore() -> Iterator[Path]:
    """The empty folder to lay everything ready in, for one restore at a time. It is gone when the block ends well.

    Finishes or rolls back what an earlier one left. Raises Conflict while another one is at work.
    """
    with alone() as ours:
        if not ours:
            raise Conflict("Another restore is at work. Wait until it has ended.")
        _make_good(lambda _words: None)
        staging().mkdir(mode=0o700)
        try:
            yield staging()
        finally:
            if not journal().exists():
                shutil.rmtree(staging(), ignore_errors=True)


def decide(*, migrations: tuple[tuple[str, str], ...], now: datetime) -> None:
    """What lies ready is whole and wanted: from here on it is put in place, whatever happens."""
    token = secrets.token_hex(16)
    database.mark(staging() / "database", token=token)
    Journal(token, now, migrations, tuple(name for name in FOLDERS if (staging() / name).exists())).write()


def finish() -> list[str]:
    """Put what lies ready in place, from wherever that stopped; where what was there before is kept.

    When the database cannot be swapped nothing has changed: it is rolled back, and the reason is raised.
    """
    plan, home = Journal.read(), Path(settings.HOME)
    plan.aside.mkdir(mode=0o700, exist_ok=True)
    with writing(home / "mart"):
        if not database.has(plan.token):
            try:
                database.check(staging() / "database")
                database.copy_in(staging() / "database", plan)
            except BaseException:
                if not database.has(plan.token):
                    _roll_back(plan)
                raise
        database.bring_up()
        for name in FOLDERS:
            _swap(name, plan)
        for name in _MADE_ANEW:
            shutil.rmtree(home / name, ignore_errors=True)
        _done()
    shutil.rmtree(staging(), ignore_errors=True)
    folders = [str(plan.aside / name) for name in FOLDERS if (plan.aside / name).exists()]
    return [database.kept(plan), *folders]


def make_good(*, say: Say = lambda _: None) -> None:
    """Finish or roll back what a killed restore left. Does nothing while one is at work."""
    with alone() as ours:
        if ours:
            _make_good(say)


def _make_good(say: Say) -> None:
    if journal().exists():
        say("Finishing a restore that was interrupted.")
        try:
            finish()
        except Exception as problem:
            if journal().exists():
                raise
            say(f"It was rolled back, and nothing has changed: {problem}")
    shutil.rmtree(staging(), ignore_errors=True)


def _swap(name: str, plan: Journal) -> None:
    ready, live, old = staging() / name, Path(settings.HOME) / name, plan.aside / name
    brought = name in plan.folders
    if brought and not ready.exists():
        return
    if live.exists() and not old.exists():
        _rename(live, old)
    elif live.exists() and brought:  # a process that was running made it after the crash
        _rename(live, old.with_name(f"{name}-{secrets.token_hex(4)}"))
    if brought:
        _rename(ready, live)


def _rename(one: Path, other: Path) -> None:
    one.rename(other)


def _done() -> None:
    os.sync()
    journal().unlink()


def _roll_back(plan: Journal) -> None:
    journal().unlink(missing_ok=True)
    shutil.rmtree(plan.aside, ignore_errors=True)
    shutil.rmtree(staging(), ignore_errors=True)
