"""Answers of many requests in one commit: what waits is kept together, and only then is anybody answered.

A commit that survives a power cut takes about as long for thirty answers as for one. Request threads hand their
answer in and wait; one writer keeps everything that has come meanwhile. Nothing waits for company: an answer that
comes alone is kept alone. Each process has its own intake; those of several take turns at the database.
"""

from __future__ import annotations

import logging
import threading
import time
from queue import Empty, SimpleQueue

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from nineplus.stages.capture.answering import keeping
from nineplus.stages.capture.answering.keeping import Answer, Kept

log = logging.getLogger(__name__)

MOST_TOGETHER = 500
PATIENCE = 20.0
"""Seconds that a request waits. Its answer may be kept yet after that; sent again, it is the same."""
_AGAIN_AFTER = (0.05, 0.5)  # seconds before a batch is tried again after the database went away


class NotNow(Exception):
    """The answer could not be kept now: the database does not answer. Sent again later, it is kept once."""


class _Waiting:
    """An answer until it is decided. Its lock is released when it is: cheaper than an event or a future."""

    __slots__ = ("answer", "decided", "kept", "problem")

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.kept: Kept | None = None
        self.problem: BaseException | None = None
        self.decided = threading.Lock()
        self.decided.acquire()


class Intake:
    """One writer and those who wait for it. The writer begins with the first answer."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()
        self._pools: dict[int, int | None] = {}

    def keep(self, answer: Answer) -> Kept:
        """Keep this answer durably, together with what else waits. Raises NotNow, or what keeping it alone raises."""
        if self._writer is None:
            self._start()
        mine = _Waiting(answer)
        self._waiting.put(mine)
        if not mine.decided.acquire(timeout=PATIENCE):
            raise NotNow("The database is slow. Try again.")
        if mine.kept is None:
            raise mine.problem or NotNow("The writer was stopped.")
        return mine.kept

    def stop(self) -> None:
        """Keep what waits, then end the writer. For tests and an orderly end."""
        if self._writer is not None:
            self._waiting.put(None)
            self._writer.join()
            self._writer = None

    def _start(self) -> None:
        with self._starting:
            if self._writer is None:
                writer = threading.Thread(target=self._write, name="intake", daemon=True)
                writer.start()
                self._writer = writer

    def _write(self) -> None:
        try:
            while (first := self._waiting.get()) is not None:
                batch, stopping = self._with_company(first)
                self._decide(batch)
                if stopping:
                    return
        finally:
            connection.close()

    def _with_company(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """The first with all who came since; whether the end was asked for among them."""
        batch = [first]
        get = self._waiting.get_nowait
        try:
            while len(batch) < MOST_TOGETHER:
                following = get()
                if following is None:
                    return batch, True
                batch.append(following)
        except Empty:
            pass
        return batch, False

    def _decide(self, batch: list[_Waiting]) -> None:
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
                return
        for one in batch:
            one.decided.release()

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


def _forget_connection() -> None:
    try:
        connection.close()
    except DatabaseError:
        connection.connection = None
