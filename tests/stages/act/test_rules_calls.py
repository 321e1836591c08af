"""Steps that call others: each call once, by one worker, however long the other side takes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nineplus.channels._web import Answer
from nineplus.stages.act.actions import _calling
from nineplus.stages.act.rules import steps
from nineplus.store.models import WorkflowRun
from tests.stages.act.ruling import UNHAPPY, document, happen, switched_on
from tests.stages.act.world import NOW, answer, company, person

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


class Clock:
    def __init__(self, at) -> None:
        self.at = at

    def __call__(self):
        return self.at


def test_two_workers_call_once_for_each_run_however_long_calls_take(monkeypatch):
    keys, clock = [], Clock(NOW)

    def call(url, *, headers, **more):
        """Half a minute each; during the sixth another worker looks what is due."""
        keys.append(headers["webhook-id"])
        clock.at += MINUTE / 2
        if len(keys) == 6:
            steps.advance_due(clock=clock)
        return Answer(200, {}, b"")

    monkeypatch.setattr(_calling, "call", call)
    switched_on(document(UNHAPPY, then=[{"wait": 1}, {"do": "webhook", "with": {"url": "https://hooks.example/x"}}]))
    for _ in range(8):
        happen("response.scored", {"response": answer(3, by=person(at=company())).pk})
    clock.at += timedelta(hours=2)
    steps.advance_due(clock=clock)
    assert sorted(keys) == sorted(f"rule-{run.pk}-2" for run in WorkflowRun.objects.all())
    assert set(WorkflowRun.objects.values_list("state", flat=True)) == {"done"}
