"""Which nineplus runs on a home: `nineplus up` says so in a file there, and holds it locked as long as it lives.

The lock ends with the process however that ends, so a file that was left behind says nothing. Knows nothing of Django:
`up` starts before it is loaded.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_NAME = "running"


@dataclass(frozen=True, slots=True)
class Running:
    """Process, where it listens, and since when."""

    pid: int
    host: str
    port: int
    since: datetime


@contextmanager
def announced(home: Path, *, host: str, port: int, now: datetime) -> Iterator[bool]:
    """This process runs on `home` until the block ends. False when another one does so already."""
    with (home / _NAME).open("a", encoding="utf-8") as file:
        ours = _locked(file.fileno())
        if ours:
            file.truncate(0)
            json.dump({"pid": os.getpid(), "host": host, "port": port, "since": now.isoformat()}, file)
            file.flush()
        try:
            yield ours
        finally:
            if ours:
                file.truncate(0)


def found(home: Path) -> Running | None:
    """The one that runs on `home` at this moment, on this machine; None when none does."""
    try:
        with (home / _NAME).open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                said = json.loads(file.read())
                return Running(said["pid"], said["host"], said["port"], datetime.fromisoformat(said["since"]))
            return None
    except (OSError, ValueError):  # no such file, or it is being written at this moment
        return None


def _locked(file: int) -> bool:
    """Somebody who looks holds it for a moment, another `up` for long."""
    for _ in range(3):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0.02)
    return False
