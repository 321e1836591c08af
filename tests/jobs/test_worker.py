"""Events are handled at least once, failures come back later, poison is parked and seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from nineplus.jobs import claims, kinds, worker
from nineplus.jobs.kinds import Lane
from nineplus.jobs.worker import Worker
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern import events, heartbeat
from nineplus.stages.govern.heartbeat import Part
from nineplus.store.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def goes(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lane(monkeypatch: pytest.MonkeyPatch) -> Lane:
    lane = Lane("tested", ("tested",), batch=10)
    monkeypatch.setattr(worker, "LANES", (lane,))
    return lane


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[dict], None]], None]:
    def use(handle: Callable[[dict], None]) -> None:
        monkeypatch.setitem(kinds.HANDLERS, "tested", (lambda data, *, now, stopping: handle(data),))

    return use


def publish(count: int = 1, kind: str = "tested") -> None:
    with transaction.atomic():
        for n in range(count):
            Event.publish(kind=kind, data={"n": n}, now=START)


def states() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("state", flat=True))


def test_an_event_lives_and_dies_with_its_transaction():
    with transaction.atomic():
        Event.publish(kind="tested", now=START)
        transaction.set_rollback(True)
    assert not Event.objects.exists()


def test_an_event_outside_a_transaction_is_refused():
    with pytest.raises(AssertionError):
        Event.publish(kind="tested", now=START)


def test_a_burst_handles_everything_once_and_in_order(lane, handler, clock):
    seen: list[int] = []
    handler(lambda data: seen.append(data["n"]))
    publish(25)
    assert Worker(clock=clock).burst() == 25
    assert seen == list(range(25))
    assert set(states()) == {"done"}
    assert Worker(clock=clock).burst() == 0


def test_one_failure_does_not_stop_its_neighbours_and_comes_back_later(lane, handler, clock):
    seen: list[int] = []

    def fails_first(data: dict) -> None:
        seen.append(data["n"])
        if data["n"] == 1 and seen.count(1) == 1:
            raise OSError("away")

    handler(fails_first)
    publish(3)
    hand = Worker(clock=clock)
    hand.burst()
    assert states() == ["done", "waiting", "done"]
    failed = Event.objects.get(state="waiting")
    assert failed.error == "OSError: away"
    assert START + timedelta(seconds=0.5) <= failed.due_at <= START + timedelta(seconds=1.5)
    clock.goes(seconds=2)
    hand.burst()
    assert states() == ["done"] * 3
    assert Event.objects.get(pk=failed.pk).error == ""


@pytest.mark.parametrize("broken", [False, True])
def test_of_a_batch_only_the_answers_that_a_handler_has_to_do_with_are_handed_to_it(lane, clock, monkeypatch, broken):
    seen, asked = [], []

    def handle(data, *, now, stopping):
        seen.append(data["response"])

    def sieve(responses):
        asked.append(set(responses))
        if broken:
            raise RuntimeError("the sieve")
        return {n for n in responses if n % 2}

    monkeypatch.setitem(kinds.HANDLERS, "tested", (handle,))
    monkeypatch.setitem(kinds.SIEVES, handle, sieve)
    with transaction.atomic():
        for n in range(4):
            Event.publish(kind="tested", data={"response": n}, now=START)
    assert Worker(clock=clock).burst() == 4
    assert seen == ([0, 1, 2, 3] if broken else [1, 3])
    assert asked == [{0, 1, 2, 3}]
    assert Event.objects.filter(state="done").count() == 4


def test_poison_is_parked_seen_and_can_be_sent_again(lane, handler, clock):
    poison = True

    def handle(data: dict) -> None:
        if poison:
            raise ValueError("poison")

    handler(handle)
    publish()
    hand = Worker(clock=clock)
    for _ in range(claims.MOST_ATTEMPTS):
        assert states() == ["waiting"]
        hand.burst()
        clock.goes(hours=2)
    [parked] = events.parked()
    assert (parked.attempts, parked.error) == (claims.MOST_ATTEMPTS, "ValueError: poison")
    assert hand.burst() == 0
    poison = False
    events.resend(event_id=parked.pk, now=clock.now)
    hand.burst()
    assert states() == ["done"]


def test_what_cannot_be_done_is_not_tried_again(lane, handler, clock):
    def refuse(data: dict) -> None:
        raise NotPossible("There is no such import.")

    handler(refuse)
    publish()
    Worker(clock=clock).burst()
    assert [event.attempts for event in events.parked()] == [1]


def test_a_kind_that_nobody_handles_is_shown(lane, clock):
    publish(kind="from.the.future")
    Worker(clock=clock).burst()
    assert [event.kind for event in events.parked()] == ["from.the.future"]


def test_waits_double_and_differ():
    first = [claims.pause(1).total_seconds() for _ in range(200)]
    assert 0.5 <= min(first) < max(first) <= 1.5
    assert max(first) - min(first) > 0.5
    assert 32 <= claims.pause(7).total_seconds() <= 96
    assert claims.pause(60) <= timedelta(hours=1.5)


def test_many_events_of_a_kind_taken_together_are_one_piece_of_work(monkeypatch, handler, clock):
    monkeypatch.setattr(worker, "LANES", (Lane("together", ("tested",), batch=1000, together=True),))
    calls: list[dict] = []
    handler(calls.append)
    publish(50)
    Worker(clock=clock).burst()
    assert len(calls) == 1
    assert states() == ["done"] * 50


def test_together_fails_together(monkeypatch, handler, clock):
    monkeypatch.setattr(worker, "LANES", (Lane("together", ("tested",), batch=1000, together=True),))

    def handle(data: dict) -> None:
        raise OSError("away")

    handler(handle)
    publish(3)
    Worker(clock=clock).once()
    assert states() == ["waiting"] * 3
    assert set(Event.objects.values_list("attempts", flat=True)) == {1}


def test_claims_of_a_silent_worker_are_put_back_after_the_lease(lane, handler, clock):
    handler(lambda data: None)
    publish(2)
    claims.claim("tested", lane, worker="elsewhere/1/a", now=START, until=START + timedelta(seconds=60))
    hand = Worker(clock=clock)
    clock.goes(seconds=59)
    assert hand.burst() == 0
    claims.renew(worker="elsewhere/1/a", until=clock.now + timedelta(seconds=60))
    clock.goes(seconds=59)
    assert hand.burst() == 0
    clock.goes(seconds=2)
    assert hand.burst() == 2
    assert states() == ["done"] * 2


def test_a_worker_that_lost_its_lease_changes_nothing(lane, clock):
    publish()
    [event] = claims.claim("tested", lane, worker="elsewhere/1/slow", now=START, until=START)
    clock.goes(seconds=1)
    claims.requeue_dead(now=clock.now)
    claims.claim("tested", lane, worker="elsewhere/1/other", now=clock.now, until=clock.now)
    claims.finish([event.pk], worker="elsewhere/1/slow", now=clock.now)
    assert states() == ["claimed"]
    assert claims.renew(worker="elsewhere/1/slow", until=clock.now) == 0


def test_what_was_in_hand_when_a_worker_died_travels_alone(lane, clock):
    publish(5)
    claims.claim("tested", lane, worker="elsewhere/1/a", now=START, until=START)
    clock.goes(seconds=1)
    claims.requeue_dead(now=clock.now)
    again = claims.claim("tested", lane, worker="elsewhere/1/b", now=clock.now, until=clock.now)
    assert [event.attempts for event in again] == [2]


def test_what_kills_every_worker_is_parked(lane, clock):
    publish()
    for _ in range(claims.MOST_ATTEMPTS):
        assert claims.claim("tested", lane, worker="elsewhere/1/a", now=clock.now, until=clock.now)
        clock.goes(seconds=1)
        claims.requeue_dead(now=clock.now)
    [parked] = events.parked()
    assert parked.error == "The worker ended while it handled this."


def test_a_dead_process_on_this_machine_is_known_before_its_lease_ends(lane, clock, on_postgres):
    publish()
    gone = claims.worker_name("gone").replace(f"/{__import__('os').getpid()}/", "/4194303/")
    claims.claim("tested", lane, worker=gone, now=START, until=START + timedelta(hours=1))
    assert claims.requeue_dead(now=clock.now) == (0 if on_postgres else 1)


def test_two_workers_never_take_the_same_event(lane):
    publish(200)
    taken: list[list[int]] = [[], []]

    def take(mine: list[int], name: str) -> None:
        while found := claims.claim("tested", lane, worker=name, now=START, until=START + timedelta(minutes=1)):
            mine += [event.pk for event in found]
        connection.close()

    threads = [threading.Thread(target=take, args=(mine, f"here/1/{i}")) for i, mine in enumerate(taken)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken[0]) + len(taken[1]) == 200
    assert not set(taken[0]) & set(taken[1])


def test_an_idle_look_is_one_query_and_no_lock(lane, django_assert_num_queries, clock):
    hand = Worker(clock=clock)
    with django_assert_num_queries(1) as asked:
        assert hand._round(lane) == 0
    assert asked.captured_queries[0]["sql"].startswith("SELECT")


def test_stopping_hands_back_what_takes_too_long(monkeypatch, lane):
    begun, free = threading.Event(), threading.Event()

    def long(data: dict, *, now: datetime, stopping: Callable[[], bool]) -> None:
        begun.set()
        free.wait(10)

    monkeypatch.setitem(kinds.HANDLERS, "tested", (long,))
    publish()
    hand = Worker(grace=0.1, poll=0.01)
    running = threading.Thread(target=lambda: (hand.run(), connection.close()))
    running.start()
    assert begun.wait(5)
    hand.stop()
    running.join(5)
    row = Event.objects.get()
    assert (row.state, row.attempts) == ("waiting", 0)
    free.set()
    for thread in threading.enumerate():
        if thread.name == lane.name:
            thread.join(5)
    assert Event.objects.get().state == "waiting"  # the late finish of a lost claim changes nothing


def test_long_work_that_stops_half_way_goes_on_elsewhere(monkeypatch, lane):
    begun = threading.Event()

    def half(data: dict, *, now: datetime, stopping: Callable[[], bool]) -> None:
        begun.set()
        while not stopping():
            threading.Event().wait(0.005)
        raise kinds.NotFinished

    monkeypatch.setitem(kinds.HANDLERS, "tested", (half,))
    publish()
    hand = Worker(poll=0.01)
    running = threading.Thread(target=lambda: (hand.run(), connection.close()))
    running.start()
    assert begun.wait(5)
    hand.stop()
    running.join(5)
    row = Event.objects.get()
    assert (row.state, row.attempts, row.error) == ("waiting", 0, "")


def test_a_lane_goes_on_at_once_after_a_full_batch_only(lane):
    """A stream of answers is taken a few times a second, together; a flood without a pause."""
    hand = Worker(poll=0.25)
    resting = Lane("resting", ("tested",), batch=10, together=True, rest=0.5)
    ticked = Lane("ticked", ("tested",), batch=10, together=True)
    assert hand._pause(lane, handled=0, took=0.1) == hand._pause(lane, handled=9, took=0.1) == 0.25
    assert hand._pause(lane, handled=10, took=0.1) == 0.0
    assert hand._pause(ticked, handled=1, took=0.1) == 0.0
    assert [hand._pause(resting, handled=1, took=took) for took in (0.1, 1.0)] == [0.5, 4.0]


def test_stopping_finishes_what_is_in_hand(monkeypatch, lane):
    begun = threading.Event()
    seen: list[int] = []

    def handle(data: dict, *, now: datetime, stopping: Callable[[], bool]) -> None:
        begun.set()
        seen.append(data["n"])
        threading.Event().wait(0.01)

    monkeypatch.setitem(kinds.HANDLERS, "tested", (handle,))
    publish(30)
    hand = Worker(poll=0.01)
    running = threading.Thread(target=lambda: (hand.run(), connection.close()))
    running.start()
    assert begun.wait(5)
    hand.stop()
    running.join(5)
    assert sorted(states()) == ["done"] * len(seen) + ["waiting"] * (30 - len(seen))
    assert len(seen) == 10  # the batch that was in hand, no more


def test_events_done_long_ago_are_taken_away_and_nothing_else(lane, handler, clock, monkeypatch):
    monkeypatch.setattr(claims, "_PORTION", 2)
    old, young = START - claims.KEPT - timedelta(days=1), START - timedelta(days=1)
    publish(9)
    ids = list(Event.objects.order_by("pk").values_list("pk", flat=True))
    Event.objects.filter(pk=ids[0]).update(state="parked")
    Event.objects.filter(pk__in=ids[1:7]).update(state="done", done_at=old)
    Event.objects.filter(pk=ids[7]).update(state="done", done_at=young)
    assert claims.prune(now=START) == 6
    assert states() == ["parked", "done", "waiting"]
    assert claims.prune(now=START) == 0


@pytest.mark.parametrize("part", Part)
def test_a_running_worker_is_known_to_be_alive_until_it_leaves(lane, clock, part):
    hand = Worker(poll=0.01, clock=clock, keeps_house=part == Part.QUICK)
    thread = threading.Thread(target=lambda: (hand.run(), connection.close()))
    thread.start()
    try:
        ends = time.monotonic() + 10
        while not heartbeat.alive(now=START, part=part):
            assert time.monotonic() < ends
            time.sleep(0.01)
    finally:
        hand.stop()
        thread.join(10)
    assert sum(heartbeat.alive(now=START, part=each) for each in Part) == 0
