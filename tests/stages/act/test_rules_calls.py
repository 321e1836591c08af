"""Steps that call others: each call once, by one worker, however long the other side takes."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection

from nineplus.channels import Unknown
from nineplus.channels._web import Answer
from nineplus.stages.act.actions import _calling
from nineplus.stages.act.rules import calls, firing, steps
from nineplus.store.models import Case, Response, Workflow, WorkflowRun
from tests.stages.act.ruling import UNHAPPY, document, switched_on
from tests.stages.act.world import NOW, answer, company, person

pytestmark = pytest.mark.django_db(transaction=True)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


class Clock:
    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def calling(host: str, *, first: list | None = None, then: list | None = None, name: str = "") -> Workflow:
    """A rule that is on and calls that host, with those steps before and after."""
    call = {"do": "webhook", "with": {"url": f"https://{host}/x"}}
    return switched_on(document(UNHAPPY, then=[*(first or []), call, *(then or [])], name=name or host))


def unhappy(*, times: int) -> None:
    """So many customers are unhappy; the worker looked, and nobody was called so far."""
    for _ in range(times):
        firing.look({"on": "response.scored", "response": answer(3, by=person(at=company())).pk}, now=NOW)


def work(clock: Clock) -> None:
    steps.advance_due(clock=clock)
    calls.call_due(clock=clock)


def states() -> list[str]:
    return sorted(WorkflowRun.objects.values_list("state", flat=True))


def test_two_workers_call_once_for_each_run_however_long_calls_take(monkeypatch):
    keys, clock = [], Clock()

    def call(url, *, headers, **more):
        """Half a minute each; during the sixth another worker looks what is due."""
        keys.append(headers["webhook-id"])
        clock.at += 30 * SECOND
        if len(keys) == 6:
            work(clock)
        return Answer(200, {}, b"")

    monkeypatch.setattr(_calling, "call", call)
    calling("hooks.example", first=[{"wait": 1}])
    unhappy(times=8)
    clock.at += 2 * HOUR
    work(clock)
    assert sorted(keys) == sorted(f"rule-{run.pk}-2" for run in WorkflowRun.objects.all())
    assert states() == ["done"] * 8


def test_who_hangs_holds_up_neither_steps_nor_others_who_are_called(monkeypatch):
    hangs, go_on, called = threading.Event(), threading.Event(), []

    def call(url, **more):
        if "slow" in url:
            hangs.set()
            assert go_on.wait(60)
            raise Unknown("slow.example did not answer.")
        called.append(url)
        return Answer(200, {}, b"")

    monkeypatch.setattr(_calling, "call", call)
    clock = Clock()
    calling("slow.example")
    calling("quick.example")
    switched_on(document(UNHAPPY, then=[{"wait": 0.01}, {"do": "tag_answer", "with": {"tag": "seen"}}], name="No call"))
    unhappy(times=3)

    def stuck() -> None:
        try:
            calls.call_due(clock=clock)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(stuck)
        try:
            assert hangs.wait(60)
            clock.at += 40 * SECOND
            work(clock)
            assert len(called) == 3
            assert set(Response.objects.values_list("tags__0", flat=True)) == {"seen"}
            assert WorkflowRun.objects.filter(state="going").count() == 3
        finally:
            go_on.set()
        other.result(60)


def test_who_fails_slowly_rests_and_nothing_is_lost(monkeypatch):
    clock, keys, away = Clock(), Counter(), True

    def call(url, *, headers, **more):
        keys[headers["webhook-id"]] += 1
        if away:
            clock.at += 10 * SECOND
            raise Unknown("slow.example did not answer.")
        return Answer(200, {}, b"")

    monkeypatch.setattr(_calling, "call", call)
    calling("slow.example")
    unhappy(times=20)
    calls.call_due(clock=clock)
    assert keys.total() == 1
    assert not calls.due(clock())
    clock.at += 29 * SECOND
    assert not calls.due(clock())
    clock.at += SECOND
    calls.call_due(clock=clock)
    assert keys.total() == 2
    away = False
    clock.at += HOUR
    calls.call_due(clock=clock)
    assert (states(), keys.total(), len(keys)) == (["done"] * 20, 22, 20)


def test_a_quick_refusal_holds_up_nobody(monkeypatch):
    def call(url, *, headers, **more):
        return Answer(500 if headers["webhook-id"] == f"rule-{first}-1" else 200, {}, b"")

    monkeypatch.setattr(_calling, "call", call)
    calling("hooks.example")
    unhappy(times=3)
    first = WorkflowRun.objects.earliest("pk").pk
    work(Clock())
    assert states() == ["done", "done", "going"]


class Killed(BaseException):
    """As sudden as a kill: nothing in between catches it."""


def test_killed_at_any_statement_every_call_is_made_and_what_follows_is_done_once(monkeypatch):
    keys = Counter()

    def call(url, *, headers, **more):
        keys[headers["webhook-id"]] += 1
        return Answer(200, {}, b"")

    monkeypatch.setattr(_calling, "call", call)
    calling("hooks.example", first=[{"do": "open_case"}], then=[{"do": "tag_answer", "with": {"tag": "a"}}])
    kills, left, clock = 0, 0, Clock()
    for dies_at in range(1, 200, 3):
        left = dies_at
        unhappy(times=1)
        run = WorkflowRun.objects.latest("pk")

        def kills_it(execute, sql, params, many, context):
            nonlocal left
            left -= 1
            if not left:
                raise Killed
            return execute(sql, params, many, context)

        with connection.execute_wrapper(kills_it):
            try:
                work(clock)
            except Killed:
                kills += 1
        whole = left > 0
        clock.at += 5 * 60 * SECOND
        work(clock)
        run.refresh_from_db()
        assert (run.state, run.steps.count(), run.receiver) == ("done", 3, None), dies_at
        assert 1 <= keys[f"rule-{run.pk}-2"] <= 2, dies_at
        if whole:
            break
    assert kills >= 5
    assert len(keys) == WorkflowRun.objects.count() == Case.objects.filter(reason="rule").count() == kills + 1
    assert list(Response.objects.values_list("tags", flat=True)) == [["a"]] * (kills + 1)
