"""The worker process: one thread per lane, and one that keeps leases and puts back what dead workers held."""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import close_old_connections, connection
from django.utils import timezone

from nineplus.jobs import claims
from nineplus.jobs.kinds import HANDLERS, LANES, ONCE, SIEVES, TICKS, Handler, Lane, NotFinished, Tick
from nineplus.stages.capture.people import digests
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern import heartbeat, settled
from nineplus.stages.govern.heartbeat import Part
from nineplus.store.models import Event
from nineplus.store.sqlite3 import checkpoints

log = logging.getLogger(__name__)

_BETWEEN_PRUNINGS = 3600.0  # seconds
_AFTER_A_FAULT = 2.0  # seconds: the database is away; look again soon, not at once


@dataclass(slots=True)
class _Chore:
    work: Callable[[], None]
    every: float
    due: float = 0.0


class Worker:
    """Handles events until it is stopped. Several may run on one database, on one machine or many.

    `lease`: how long a silent worker is believed alive. `poll`: seconds between looks while idle.
    `grace`: seconds a stopping worker gives a long piece of work before it hands it back.
    `lanes`: what it does; None: everything.
    `keeps_house`: it also ticks and prunes; of the processes that make up one worker, one does.
    """

    def __init__(
        self,
        *,
        lease: timedelta = timedelta(seconds=60),
        poll: float = 0.25,
        grace: float = 10.0,
        clock: Callable[[], datetime] = timezone.now,
        lanes: Sequence[Lane] | None = None,
        keeps_house: bool = True,
    ) -> None:
        self.lease = lease
        self.poll = poll
        self.grace = grace
        self.clock = clock
        self.lanes = LANES if lanes is None else lanes
        self.keeps_house = keeps_house
        self.part = Part.QUICK if keeps_house else Part.HEAVY
        token = secrets.token_hex(4)
        claims.enlist(token)
        self.name = claims.worker_name(token)
        self._stop = threading.Event()
        self._looking = threading.Lock()
        self._seen: frozenset[str] = frozenset()
        self._look_again = 0.0

    def stop(self) -> None:
        """Finish what is in hand and end. Safe to call from a signal handler."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def run(self, *, with_parent: int | None = None, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Work until stopped, or until the process `with_parent` is gone; `meanwhile` is called twice a second."""
        log.info("worker_started", extra={"worker": self.name})
        if self.keeps_house:
            self._guarded(digests.keep)  # before anybody is erased
        lanes = [
            threading.Thread(target=self._lane, args=(lane,), name=lane.name, daemon=True)
            for lane in self.lanes
            for _ in range(lane.threads)
        ]
        for thread in lanes:
            thread.start()
        chores = self._chores()
        while not self.stopping:
            for chore in chores:
                if time.monotonic() >= chore.due:
                    self._guarded(chore.work)
                    chore.due = time.monotonic() + chore.every
            meanwhile()
            self._stop.wait(min(0.5, self.lease.total_seconds() / 4))
            if with_parent is not None and os.getppid() != with_parent:
                self.stop()
        ends = time.monotonic() + self.grace
        for thread in lanes:
            thread.join(max(0.0, ends - time.monotonic()))
        left = claims.give_back(worker=self.name, now=self.clock())
        self._guarded(self._leave)
        log.info("worker_stopped", extra={"worker": self.name, "given_back": left})

    def once(self) -> int:
        """One batch of each kind that is due; how many events were handled."""
        claims.requeue_dead(now=self.clock())
        claims.park_unknown(now=self.clock())
        return sum(self._batch(kind, lane) for lane in self.lanes for kind in lane.kinds)

    def burst(self) -> int:
        """Everything that is due, and what that leads to; how many events were handled."""
        handled = 0
        while now := self.once():
            handled += now
        return handled

    def _chores(self) -> list[_Chore]:
        """What is done again and again besides events."""
        care = _Chore(self._care, self.lease.total_seconds() / 4)
        beat = _Chore(self._beat, heartbeat.EVERY.total_seconds())
        if not self.keeps_house:
            return [beat, care]
        ticks = [_Chore(partial(self._tick, tick), tick.seconds) for tick in TICKS]
        filing = _Chore(self._file, checkpoints.EVERY)
        return [beat, care, filing, *ticks, _Chore(self._prune, _BETWEEN_PRUNINGS, due=time.monotonic() + 60.0)]

    def _lane(self, lane: Lane) -> None:
        while not self.stopping:
            began = time.monotonic()
            handled = self._guarded(self._round, lane)
            took = time.monotonic() - began
            self._stop.wait(self._pause(lane, handled=handled, took=took))
        connection.close()

    def _pause(self, lane: Lane, *, handled: int, took: float) -> float:
        """Seconds until a lane looks again. What comes meanwhile is taken together, which costs far less than each."""
        if not handled:
            return self.poll
        if lane.rest:
            return max(lane.rest, 4 * took)
        return self.poll if not lane.together and handled < lane.batch else 0.0

    def _round(self, lane: Lane) -> int:
        due = self._due()
        return sum(self._batch(kind, lane) for kind in lane.kinds if kind in due and not self.stopping)

    def _due(self) -> frozenset[str]:
        """What waits, looked for once in a poll by whichever lane asks first: an idle house is looked at seldom."""
        with self._looking:
            if time.monotonic() >= self._look_again:
                self._seen = claims.due_kinds(now=self.clock())
                self._look_again = time.monotonic() + self.poll
            return self._seen

    def _batch(self, kind: str, lane: Lane) -> int:
        now = self.clock()
        events = claims.claim(kind, lane, worker=self.name, now=now, until=now + self.lease)
        if lane.together:
            self._handle(events[:1], with_them=events)
        else:
            self._handle(events)
        return len(events)

    def _handle(self, events: Sequence[Event], *, with_them: Sequence[Event] = ()) -> None:
        with settled.for_a_batch():
            self._handle_each(events, with_them)

    def _handle_each(self, events: Sequence[Event], with_them: Sequence[Event]) -> None:
        done: list[int] = []
        said: set[Handler] = set()
        wanted = _sifted(events)
        for event in events:
            try:
                for handler in HANDLERS[event.kind]:
                    if handler not in said and (handler not in wanted or event.data["response"] in wanted[handler]):
                        data = _with_found(event.data, wanted.get(handler))
                        handler(data, now=self.clock(), stopping=self._stop.is_set)
                    if handler in ONCE:
                        said.add(handler)
            except NotFinished:
                continue  # stays claimed: stopping hands it back
            except Exception as problem:  # whatever a handler raises is that event's failure, not the worker's
                self._failed(with_them or [event], problem)
            else:
                done += [other.pk for other in with_them or [event]]
        if done:
            claims.finish(done, worker=self.name, now=self.clock())

    def _failed(self, events: Sequence[Event], problem: Exception) -> None:
        for event in events:
            parked = claims.fail(
                event,
                worker=self.name,
                error=f"{type(problem).__name__}: {problem}",
                hopeless=isinstance(problem, NotPossible),
                now=self.clock(),
            )
            # The message may quote a customer: it stays in the row, the log names only its type.
            log.warning(
                "event_parked" if parked else "event_failed",
                extra={
                    "event": event.pk,
                    "kind": event.kind,
                    "attempt": event.attempts,
                    "type": type(problem).__name__,
                },
            )

    def _care(self) -> None:
        now = self.clock()
        claims.renew(worker=self.name, until=now + self.lease)
        claims.requeue_dead(now=now)
        claims.park_unknown(now=now)

    def _file(self) -> None:
        checkpoints.checkpoint()

    def _beat(self) -> None:
        heartbeat.beat(self.name, now=self.clock(), part=self.part)

    def _leave(self) -> None:
        heartbeat.leave(self.name, part=self.part)

    def _tick(self, tick: Tick) -> None:
        now = self.clock()
        if tick.wanted(now):
            Event.publish_once(kind=tick.kind, now=now)

    def _prune(self) -> None:
        from nineplus.stages.act.alerts import telling as alerts
        from nineplus.stages.act.chat import outbox
        from nineplus.stages.analyze import removals  # it knows the mart: not in the worker's start-up
        from nineplus.stages.analyze.comments import meaning, versions
        from nineplus.stages.capture.sending import queue
        from nineplus.stages.connect.syncing import pruning
        from nineplus.stages.share import telling

        claims.prune(now=self.clock())
        removals.prune(now=self.clock())
        telling.prune(now=self.clock())
        alerts.prune(now=self.clock())
        outbox.prune(now=self.clock())
        queue.forget_words(now=self.clock())
        pruning.prune(now=self.clock())
        meaning.tidy()
        while not self.stopping and versions.forget_old():
            pass

    def _guarded(self, work: Callable[..., int | None], *args: Lane) -> int:
        """Do it; when the database is away or locked, say so and go on."""
        try:
            return work(*args) or 0
        except Exception as fault:
            log.warning("worker_fault", extra={"worker": self.name, "type": type(fault).__name__})
            close_old_connections()
            connection.close()
            self._stop.wait(_AFTER_A_FAULT)
            return 0


def _sifted(events: Sequence[Event]) -> dict[Handler, Collection[int]]:
    """For which responses these events' handlers have anything to do; handlers of everything are left out."""
    if len(events) < 2:  # the handler finds out as cheaply
        return {}
    sieves = {handler: SIEVES[handler] for handler in HANDLERS[events[0].kind] if handler in SIEVES}
    try:
        responses = {event.data["response"] for event in events}
        return {handler: _quick_to_ask(sieve(responses)) for handler, sieve in sieves.items()}
    except Exception:  # what is wrong, the handlers find as well, each event for itself
        return {}


def _quick_to_ask(found: Collection[int]) -> Collection[int]:
    return found if isinstance(found, Mapping) else set(found)


def _with_found(data: dict[str, Any], wanted: Collection[int] | None) -> dict[str, Any]:
    """What the sieve found for this event's response goes along, so that the handler need not ask again."""
    return {**data, "found": wanted[data["response"]]} if isinstance(wanted, Mapping) else data
