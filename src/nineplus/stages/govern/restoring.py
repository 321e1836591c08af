"""Is a restore half done? Answered by a look at the home folder, before Django is loaded."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings


def staging() -> Path:
    """Where a restore lays everything ready before it changes anything."""
    return Path(settings.HOME) / "restoring"


def journal() -> Path:
    """What is to be swapped. While it is there, a restore is decided and not yet done."""
    return staging() / "journal.json"


def left_behind() -> bool:
    """Did a restore begin that has not ended? True as well while one is going on."""
    return staging().exists()


def going_on() -> bool:
    """Is a process at it at this moment?"""
    with alone() as ours:
        return not ours


@contextmanager
def alone() -> Iterator[bool]:
    """True for one process at a time, until the block or the process ends; False for the others."""
    with (Path(settings.HOME) / "restoring.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
