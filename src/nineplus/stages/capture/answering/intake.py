"""Answers of many requests in one commit: what waits is kept together, and only then is anybody answered.

A commit that survives a power cut takes about as long for thirty answers as for one. Requests hand their answer in and
wait; one writer keeps everything that has come meanwhile, and wakes whoever waits on an event loop once for all of it.
An answer that comes alone is kept alone, at once; where some already wait when a commit ends, the next one begins no
sooner than `APART` after it. Each process has its own intake; those of several take turns at the database.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from nineplus.stages.capture.answering import keeping
from nineplus.stages.capture.answering.keeping import Answer, Kept

log = logging.getLogger(__name__)

MOST_TOGETHER = 500
APART = 0.008
"""Seconds from one commit's beginning to the next while answers stream in. A commit for one costs the processor as much
as for ten: at 500 answers a second, commits back to back take it from those who read answers and from the worker.
"""
PATIENCE = 20.0
"""Seconds that a request waits. Its answer may be kept yet after that; sent again, it is the same."""
_AGAIN_AFTER = (0.05, 0.5)  # seconds before a batch is tried again after the database went away


class NotNow(Exception):
    """The answer could not be kept now: the database does not answer. Sent again later, it is kept once."""


class _Waiting:
    """An answer until it is decided, and who waits for that: a thread for the lock, or a coroutine for the future."""

    __slots__ = ("answer", "future", "kept", "lock", "problem", "since")

    def __init__(self, answer: Answer, future: asyncio.Future[Kept] | None = None) -> None:
        self.answer = answer
        self.future = future
        self.kept: Kept | None = None
        self.problem: BaseException | None = None
        self.since = time.monotonic()
        self.lock: threading.Lock | None = None


class Intake:
    """One writer and those who wait for it. The writer begins with the first answer."""

    def __init__(self) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._handed: list[_Waiting] = []
        """What the writer has in hand."""
        self._guard = threading.Lock()
        self._sleeps = False
        """The writer found nothing, and sleeps until it is told of some. Set before it looks a last time."""
        self._some = threading.Event()
        self._writer: threading.Thread | None = None
        self._ending = False
        self._pools: dict[int, int | None] = {}
        self.decided = 0
        """How many answers so far."""

    def keep(self, answer: Answer) -> Kept:
        """Keep this answer durably, together with what else waits. Raises NotNow, or what keeping it alone raises."""
        mine = _Waiting(answer)
        mine.lock = threading.Lock()
        mine.lock.acquire()
        self._hand_in(mine)
        if not mine.lock.acquire(timeout=PATIENCE):
            raise NotNow("The database is slow. Try again.")
        if mine.kept is None:
            raise mine.problem or NotNow("The writer was stopped.")
        return mine.kept

    def soon(self, answer: Answer) -> asyncio.Future[Kept]:
        """The same for a coroutine: awaited, it gives or raises what `keep` does. `look` sees to its patience."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Kept] = loop.create_future()
        self._waiting.append(_Waiting(answer, future))
        if self._writer is None:
            self._begin()
        elif self._sleeps:
            self._sleeps = False
            loop.call_soon(self._some.set)  # after what else the loop has in hand: they will be more by then
        return future

    def look(self) -> None:
        """Tell coroutines that have waited too long. Called on their loop, every second or so."""
        too_long = time.monotonic() - PATIENCE
        for one in (*self._handed, *tuple(self._waiting)):  # at one go: the writer takes from it
            if one.future is not None and one.since < too_long and not one.future.done():
                one.future.set_exception(NotNow("The database is slow. Try again."))

    def stop(self) -> None:
        """Keep what waits, then end the writer. For tests and an orderly end."""
        with self._guard:
            writer, self._ending, self._sleeps = self._writer, True, False
            self._some.set()
        if writer is not None:
            writer.join()
        with self._guard:
            self._writer, self._ending = None, False

    def _hand_in(self, mine: _Waiting) -> None:
        self._waiting.append(mine)
        if self._sleeps or self._writer is None:
            self._begin()

    def _begin(self) -> None:
        """Wake the writer, or start it."""
        with self._guard:
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="intake", daemon=True)
                self._writer.start()
            if self._sleeps:
                self._sleeps = False
                self._some.set()

    def _write(self) -> None:
        try:
            while batch := self._next():
                began = time.monotonic()
                self._decide(batch)
                _wake(batch)
                self._handed = []
                self.decided += len(batch)
                if self._waiting and not self._ending:
                    time.sleep(max(0.0, began + APART - time.monotonic()))
        finally:
            connection.close()

    def _next(self) -> list[_Waiting]:
        """All who came since; nobody when the end was asked for and nobody waits."""
        waiting = self._waiting
        while True:
            if waiting:
                self._handed = [waiting.popleft() for _ in range(min(len(waiting), MOST_TOGETHER))]
                return self._handed
            with self._guard:
                if self._ending:
                    return []
                self._some.clear()
                self._sleeps = True
            if waiting:  # came before it could know
                self._sleeps = False
            else:
                self._some.wait()

    def _decide(self, batch: Sequence[_Waiting]) -> None:
        try:
            for one, kept in zip(batch, self._kept([one.answer for one in batch]), strict=True):
                one.kept = kept
        except NotNow as problem:
            for one in batch:
                one.problem = problem
        except Exception as problem:
            if len(batch) == 1:
                batch[0].problem = problem
            else:  # one of them cannot be kept: the others must not suffer for it
                for one in batch:
                    self._decide([one])

    def _kept(self, answers: list[Answer]) -> list[Kept]:
        """Keep them, over a new connection when the old one broke: whatever was committed is found to be the same."""
        for wait in (*_AGAIN_AFTER, None):
            try:
                return keeping.keep(answers, pools=self._pools)
            except (OperationalError, InterfaceError) as problem:
                log.warning("answers_not_kept", extra={"reason": type(problem).__name__, "answers": len(answers)})
                _forget_connection()
                if wait is None:
                    raise NotNow("The database does not answer. Try again.") from problem
                time.sleep(wait)
        raise AssertionError


class Pace:
    """How many answers an intake decides a second, between one look and the next."""

    def __init__(self, intake: Intake) -> None:
        self._intake, self._at, self._decided = intake, time.monotonic(), intake.decided

    def since_last(self) -> float:
        at, decided = time.monotonic(), self._intake.decided
        found = (decided - self._decided) / max(at - self._at, 1e-6)
        self._at, self._decided = at, decided
        return found


def _wake(batch: Iterable[_Waiting]) -> None:
    """Threads by their locks, coroutines with one call to each loop."""
    loops: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
    for one in batch:
        if one.future is not None:
            loops.setdefault(one.future.get_loop(), []).append(one)
        elif one.lock is not None:
            one.lock.release()
    for loop, some in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_tell, some)


def _tell(some: Sequence[_Waiting]) -> None:
    for one in some:
        future = one.future
        if future is None or future.done():  # its client is gone, or its patience ended
            continue
        if one.kept is not None:
            future.set_result(one.kept)
        else:
            future.set_exception(one.problem or NotNow("The writer was stopped."))


def _forget_connection() -> None:
    try:
        connection.close()
    except DatabaseError:
        connection.connection = None
