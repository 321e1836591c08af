"""Run by test_killed_restore: a home with data, a backup of it, other data, and a restore that is killed (SIGKILL).

`killed_restore.py STEP` restores in a process of its own and kills it at that step; the home is left as it lies then.
Steps: `database` (before it is swapped), 1 to 4 (before that rename), `done` (before the journal goes).
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import django

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def main(step: str) -> None:
    django.setup()
    from django.db import connections

    from nineplus.stages.govern import preferences
    from nineplus.stages.govern.backup import back_up, restore
    from nineplus.stages.govern.migrating import migrate

    home = Path(os.environ["NINEPLUS_HOME"])
    migrate()
    written(home, "before")
    preferences.change(company="before")
    backup = back_up(target=home / "backup.tar.gz", now=NOW).path
    written(home, "after")
    preferences.change(company="after")
    connections.close_all()
    if not os.fork():
        killed_at(step)
        restore(source=backup, now=NOW)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.wait()[1]) == -signal.SIGKILL


def written(home: Path, words: str) -> None:
    for name in ("mart", "imports"):
        (home / name).mkdir(exist_ok=True)
        (home / name / "said.txt").write_text(words)


def killed_at(step: str) -> None:
    from nineplus.stages.govern.backup import database, swapping

    def kill(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    rename, calls = swapping._rename, iter("1234")
    if step == "database":
        database.copy_in = kill
    elif step == "done":
        swapping._done = kill
    else:
        swapping._rename = lambda one, other: kill() if next(calls) == step else rename(one, other)


if __name__ == "__main__":
    main(sys.argv[1])
