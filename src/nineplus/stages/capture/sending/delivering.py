"""Sending what is due, over several kept connections at once, without ever sending twice.

One thread, the caller's, reads and writes the database: it claims, looks again at each message, writes that the next
few are being handed over, and in the same transaction what became of the ones before. The others only talk to the
other side. So a worker that is killed leaves at most those few unsure (`IN_HAND` for each connection).
"""

from __future__ import annotations

import logging
import os
import queue as queues
import secrets
import socket
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction

from nineplus import plugs
from nineplus.channels import GiveUp, Reconnect, Retry, Sent, Unknown
from nineplus.rules import sms
from nineplus.stages.capture.sending import queue, senders
from nineplus.stages.capture.sending.preparing import Ready, prepare
from nineplus.stages.capture.sending.queue import Put
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Event, Message, Revision, Sender
from nineplus.store.models.asking import MessageState

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
IN_HAND = 16
"""Messages being handed over for each connection: at most these are unsure after a kill."""
CONNECTIONS = 4
_TURN_SECONDS = 4.0
"""Then it is another sender's turn."""
_LEAST, _MOST = 16, 128
"""Messages claimed at once: as few as go within `_QUICK`, so that what was looked at is still true then."""
_QUICK = 0.5  # seconds
_MART_EVERY = 15.0  # seconds
_SWITCH = 0.0001
"""Seconds after which the thread that writes lets those go on that talk: with Python's 5 ms the mail server waits."""
_RESTS: dict[int, tuple[datetime, int]] = {}
"""Senders of this process whose other side is away: until when they rest, and how often in a row."""


def due(now: datetime) -> bool:
    """Is there anything to do for `run`? One cheap query while nothing waits."""
    if queue.lapsed(now=now).exists():
        return True
    if not Message.objects.filter(state=MessageState.WAITING, due_at__lte=now).exists():
        return False
    return any(queue.due_for(sender, now=now).exists() for sender in _usable(now))


def run(
    *, clock: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False, lease: timedelta = LEASE
) -> Counter[str]:
    """Send everything that is due with every sender that works; how many came to which state.

    Several workers may do this at once. Ends when nothing is due or `stopping()`.
    """
    sys.setswitchinterval(_SWITCH)
    worker = f"{socket.gethostname()[:40]}/{os.getpid()}/{secrets.token_hex(6)}"
    total: Counter[str] = Counter()
    total += Counter(unsure=queue.settle_lapsed(now=clock()))
    with _crews() as crew_of:
        told = 0.0
        while not stopping():
            went: Counter[str] = Counter()
            for sender in _usable(clock()):
                if queue.due_for(sender, now=clock()).exists() and not stopping():
                    went += _Shift(sender, crew_of, worker, clock, stopping, lease).work()
            total += went
            if not went or time.monotonic() - told > _MART_EVERY:
                if total:
                    Event.publish_once(kind="mart.stale", now=clock())
                told = time.monotonic()
            if not went:
                return total
    return total


def _usable(now: datetime) -> list[Sender]:
    rows = Sender.objects.filter(error="").order_by("pk")
    return [sender for sender in rows if sender.pk not in _RESTS or _RESTS[sender.pk][0] <= now]


# -- one sender's connections ---------------------------------------------------------------------------------


class _Crew:
    """Threads that each hold one connection of a sender."""

    def __init__(self, sender: Sender) -> None:
        self.todo: queues.SimpleQueue[Ready | None] = queues.SimpleQueue()
        self.done: deque[tuple[Ready, Sent | Exception]] = deque()
        self._enough, self._heard = 1, threading.Event()
        channel, settings = senders.opened(sender)
        self.size = max(1, min(int(settings.get("connections") or CONNECTIONS), 64))
        self.batch = max(_LEAST, min(self.size * IN_HAND, _MOST))
        self._filled = time.monotonic()
        self._threads = [
            threading.Thread(target=self._work, args=(channel, settings), name=f"sender-{sender.pk}", daemon=True)
            for _ in range(self.size)
        ]
        for thread in self._threads:
            thread.start()

    def _work(self, channel: plugs.Channel, settings: Mapping[str, str]) -> None:
        line: Any = None
        while (ready := self.todo.get()) is not None:
            try:
                assert ready.write is not None
                outgoing = ready.write()
                line = line or channel.open(settings)
                outcome: Sent | Exception = line.send(outgoing)
                if isinstance(outcome, Sent) and ready.of.medium == "sms" and not outcome.parts:
                    outcome = replace(outcome, parts=sms.size_of(outgoing.text).parts)
            except Exception as problem:  # told to the thread that knows what it means
                outcome = problem
            self.done.append((ready, outcome))
            if len(self.done) >= self._enough or not isinstance(outcome, Sent):
                self._heard.set()
        if line is not None:
            line.close()

    def wait(self, *, enough: int, seconds: float) -> None:
        """Until so many are done, or one went wrong: to be woken for each would cost as much as sending it."""
        self._enough = enough
        if len(self.done) < enough:
            self._heard.wait(seconds)
        self._heard.clear()

    def went_on(self, *, full: bool) -> None:
        """Claim more at once the next time when the last ones went quickly, fewer when they took long."""
        now = time.monotonic()
        took, self._filled = now - self._filled, now
        if took > _QUICK:
            self.batch = max(self.batch // 2, _LEAST)
        elif full and took < _QUICK / 2:
            self.batch = min(2 * self.batch, _MOST)

    def close(self) -> None:
        for _ in self._threads:
            self.todo.put(None)
        for thread in self._threads:
            thread.join(5)


@contextmanager
def _crews() -> Iterator[Callable[[Sender], _Crew]]:
    """Each sender's crew, made when first needed and kept until the end of the run."""
    made: dict[int, _Crew] = {}

    def crew_of(sender: Sender) -> _Crew:
        if sender.pk not in made:
            made[sender.pk] = _Crew(sender)
        return made[sender.pk]

    try:
        yield crew_of
    finally:
        for crew in made.values():
            crew.close()


# -- one sender's batches -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Shift:
    """A sender's work until nothing of its is due, it is another sender's turn, or it must stop."""

    sender: Sender
    crew_of: Callable[[Sender], _Crew]
    worker: str
    clock: Callable[[], datetime]
    stopping: Callable[[], bool]
    lease: timedelta
    waiting: deque[Ready] = field(default_factory=deque)
    in_hand: set[int] = field(default_factory=set)
    puts: list[Put] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    halted: bool = False

    def work(self) -> Counter[str]:
        try:
            crew = self.crew_of(self.sender)
            senders.must_reach(self.sender)
        except NotPossible as problem:
            self._park(str(problem))
            return self.counts
        ends, half = time.monotonic() + _TURN_SECONDS, crew.size * IN_HAND // 2
        self._fill(crew)
        renewed = time.monotonic()
        while self.waiting or self.in_hand or self.puts:
            ending = self.halted or self.stopping()
            if ending:
                self._let_go()
            if len(self.in_hand) <= half and (self.waiting or not self.in_hand):
                self._step(crew)
            if not ending and len(self.waiting) < half and time.monotonic() < ends:
                self._fill(crew)  # while those in hand are being sent
            self._collect(crew)
            if time.monotonic() - renewed > self.lease.total_seconds() / 4:
                held = self.in_hand | {ready.of.message for ready in self.waiting}
                queue.renew(held, worker=self.worker, until=self.clock() + self.lease)
                renewed = time.monotonic()
        if self.counts[MessageState.SENT]:
            _RESTS.pop(self.sender.pk, None)
        return self.counts

    def _fill(self, crew: _Crew) -> None:
        """Claim the next batch and look at each message again."""
        now = self.clock()
        messages = queue.claim(self.sender, worker=self.worker, now=now, until=now + self.lease, most=crew.batch)
        if not messages:
            return
        crew.went_on(full=len(messages) == crew.batch)
        try:
            prepared = prepare(messages, sender=self.sender, now=now)
        except NotPossible as problem:
            queue.release([message.pk for message in messages], worker=self.worker)
            self._park(str(problem))
            return
        for ready in prepared:
            if ready.later is not None:
                self.puts.append(Put(ready.of, MessageState.WAITING, due_at=ready.later))
            elif ready.write is None:
                self.puts.append(Put(ready.of, MessageState.DROPPED, error=ready.drop, counts=True))
            else:
                self.waiting.append(ready)

    def _step(self, crew: _Crew) -> None:
        """In one transaction: what became of the last ones, and that the next ones are being handed over."""
        now = self.clock()
        room = crew.size * IN_HAND - len(self.in_hand)
        following = [self.waiting.popleft() for _ in range(min(room, len(self.waiting)))]
        puts, self.puts = self.puts, []
        mine = _lasting(lambda: self._written(puts, following, now=now))
        self.counts.update(put.state for put in puts)
        for ready in following:
            if ready.of.message in mine:
                self.in_hand.add(ready.of.message)
                crew.todo.put(ready)

    def _written(self, puts: list[Put], following: list[Ready], *, now: datetime) -> set[int]:
        with transaction.atomic():
            if any((put.of.invitation and put.state != MessageState.WAITING) or put.suppress for put in puts):
                revision = Revision.next()
                queue.write_fates(puts, now=now, revision=revision)
            queue.write(puts, worker=self.worker, now=now)
            ids = [ready.of.message for ready in following]
            return queue.hand_over(ids, worker=self.worker, until=now + self.lease) if ids else set()

    def _collect(self, crew: _Crew) -> None:
        """Take in what is done, once enough is that the next few can be handed over."""
        if not self.in_hand:
            return
        spare = crew.size * IN_HAND // 2 if self.waiting else 0
        crew.wait(enough=max(1, len(self.in_hand) - spare), seconds=0.5)
        while crew.done:
            ready, outcome = crew.done.popleft()
            self.in_hand.discard(ready.of.message)
            self.puts.append(self._put(ready, outcome))

    def _put(self, ready: Ready, outcome: Sent | Exception) -> Put:
        """What an outcome means for its message."""
        of, now = ready.of, self.clock()
        if isinstance(outcome, Sent):
            return Put(of, MessageState.SENT, sent=outcome)
        if isinstance(outcome, Reconnect):
            self._park(str(outcome))
            return Put(of, MessageState.WAITING, error=str(outcome), counts=False)
        if isinstance(outcome, Retry) and outcome.away:
            self._rest(outcome.after)
            return Put(of, MessageState.WAITING, error=str(outcome), counts=False)
        if isinstance(outcome, Retry):
            attempts = of.attempts + 1
            if attempts >= queue.MOST_ATTEMPTS:
                return Put(of, MessageState.FAILED, error=str(outcome))
            again = now + queue.pause(attempts, after=outcome.after)
            return Put(of, MessageState.WAITING, error=str(outcome), due_at=again)
        if isinstance(outcome, GiveUp):
            return Put(of, MessageState.FAILED, error=str(outcome), suppress=outcome.suppress)
        if isinstance(outcome, Unknown):
            self._rest(None)  # or everything that waits would become unsure
            return Put(of, MessageState.UNSURE, error=str(outcome))
        # A defect of a channel: nobody knows how far the message came, so it is not sent again by itself.
        log.error("message_unsure", extra={"message": of.message, "type": type(outcome).__name__})
        return Put(of, MessageState.UNSURE, error=f"It could not be sent ({type(outcome).__name__}).")

    def _park(self, error: str) -> None:
        """The sender does not work until a person mends it; its messages wait."""
        if not self.halted:
            log.warning("sender_parked", extra={"sender": self.sender.pk})
        Sender.objects.filter(pk=self.sender.pk).update(error=error, checked_at=self.clock())
        self.halted = True

    def _rest(self, after: float | None) -> None:
        """The other side is away: look again in a while."""
        if self.halted:
            return
        times = _RESTS.get(self.sender.pk, (None, 0))[1] + 1
        seconds = max(after or 0.0, min(5.0 * 2 ** min(times - 1, 10), 300.0))
        _RESTS[self.sender.pk] = (self.clock() + timedelta(seconds=seconds), times)
        log.warning("sender_away", extra={"sender": self.sender.pk, "seconds": seconds})
        self.halted = True

    def _let_go(self) -> None:
        """Give back what was not handed over."""
        queue.release([ready.of.message for ready in self.waiting], worker=self.worker)
        self.waiting.clear()


def _lasting(write: Callable[[], Any], *, times: int = 6) -> Any:
    """Write it, also when the database is away for some seconds: what was sent must be known as sent."""
    for attempt in range(1, times + 1):
        try:
            return write()
        except OperationalError:
            if attempt == times:
                raise
            connection.close()
            time.sleep(0.2 * 2**attempt)
    raise AssertionError
