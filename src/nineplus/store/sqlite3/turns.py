"""Whose turn it is to write a database file: threads and processes that wait for each other in fair order.

SQLite lets one writer in at a time, and whoever finds it taken sleeps and looks again, longer each time, up to a
tenth of a second: a thread that writes often gets in again before those that sleep, which may wait for many seconds.
Here the next one is let in at once, and nobody twice while another process waits. It is advice alone: SQLite's own
lock is what keeps the data right.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

_LOOK = 0.001
"""Seconds between looks while another process writes."""


class Taken(Exception):
    """Others kept writing for longer than one would wait."""


class Turns:
    """Those of one database file. `take` and `give_back` are a pair, of one thread."""

    def __init__(self, path: str | Path) -> None:
        self._here = threading.Lock()
        # Whoever is next among the processes holds `next` while waiting for `now`, so that the one that
        # writes has to queue up behind it.
        self._next = _opened(f"{path}-next")
        self._now = _opened(f"{path}-now")

    def take(self, *, seconds: float) -> None:
        """Wait until it is this thread's turn. Raises Taken after so many seconds."""
        ends = time.monotonic() + seconds
        if not self._here.acquire(timeout=seconds):
            raise Taken
        try:
            _lock(self._next, ends)
            try:
                _lock(self._now, ends)
            finally:
                _unlock(self._next)
        except BaseException:
            self._here.release()
            raise

    def give_back(self) -> None:
        """Let the next one in."""
        _unlock(self._now)
        self._here.release()


_OF: dict[str, Turns] = {}
_FINDING = threading.Lock()


def of(path: str | Path) -> Turns:
    """The turns of that file: the same ones for the whole process."""
    name = os.path.abspath(path)  # noqa: PTH100 - a name, also of what is not there yet
    with _FINDING:
        if name not in _OF:
            _OF[name] = Turns(name)
        return _OF[name]


def _forget() -> None:
    """In a child process: a lock that came along from its parent would be the parent's."""
    global _FINDING
    _FINDING = threading.Lock()
    _OF.clear()


os.register_at_fork(after_in_child=_forget)


def _opened(path: str) -> int | None:
    """None where no file can be made: SQLite's own waiting must do."""
    with suppress(OSError):
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    return None


def _lock(file: int | None, ends: float) -> None:
    while file is not None:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= ends:
                raise Taken from None
            time.sleep(_LOOK)
        except OSError:  # a file system without such locks
            return


def _unlock(file: int | None) -> None:
    if file is not None:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_UN)
