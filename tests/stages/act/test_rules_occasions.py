"""Each occasion of a case counts for itself, and an occasion that is told twice counts once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nineplus.stages.act.cases import escalating, working
from nineplus.stages.share import webhooks
from nineplus.store.models import Case, Event, WebhookDelivery, WorkflowRun
from tests.stages.act.ruling import DAY, document, happen, switched_on
from tests.stages.act.world import HOUR, NOW, agent, case

pytestmark = pytest.mark.django_db
TAG = [{"do": "tag_answer", "with": {"tag": "seen"}}]


def told(kind: str, *, times: int = 2) -> None:
    """The worker hands on the newest event of that kind, more than once, as after a crash."""
    event = Event.objects.filter(kind=kind).latest("pk")
    for _ in range(times):
        happen(kind, event.data, now=event.created_at)


def closed(made: Case, *, by, at) -> None:
    working.close(made.pk, outcome="solved", root_cause="none", note="We called.", by=by, now=at)


def test_each_closing_and_each_opening_fires_once():
    switched_on(document(when="case.closed", then=TAG, name="Closed"))
    switched_on(document(when="case.opened", then=TAG, name="Opened"))
    ada, made = agent("Ada"), case()
    told("case.opened")
    closed(made, by=ada, at=NOW + HOUR)
    told("case.closed")
    assert dict(fired()) == {"Closed": 1, "Opened": 1}
    working.reopen(made.pk, why="They called again.", by=ada, now=NOW + 2 * HOUR)
    told("case.opened")
    closed(made, by=ada, at=NOW + 3 * HOUR)
    told("case.closed")
    assert dict(fired()) == {"Closed": 2, "Opened": 2}


def test_a_case_that_is_overdue_again_fires_again():
    switched_on(document(when="case.overdue", then=TAG, name="Late"))
    ada, made = agent("Ada"), case()
    late = NOW + 10 * DAY
    assert escalating.escalate(now=late) == 1
    told("case.overdue")
    assert escalating.escalate(now=late + timedelta(minutes=1)) == 0
    working.promise(made.pk, text="A fix.", until=late + DAY, by=ada, now=late + HOUR)
    working.contact(made.pk, way="call", by=ada, now=late + HOUR)
    assert escalating.escalate(now=late + 10 * DAY) == 1
    told("case.overdue")
    assert dict(fired()) == {"Late": 2}


def fired() -> list[tuple[str, int]]:
    names = list(WorkflowRun.objects.filter(state="done").values_list("workflow__name", flat=True))
    return [(name, names.count(name)) for name in set(names)]


def test_webhooks_hear_of_each_time_a_case_is_late_and_closed_once():
    events = ["case.overdue", "case.closed"]
    webhooks.add(url="https://hooks.example/x", events=events, format="standard", now=NOW)
    ada, made = agent("Ada"), case()
    late = NOW + 10 * DAY
    escalating.escalate(now=late)
    told("case.overdue")
    working.promise(made.pk, text="A fix.", until=late + DAY, by=ada, now=late + HOUR)
    working.contact(made.pk, way="call", by=ada, now=late + HOUR)
    escalating.escalate(now=late + 10 * DAY)
    told("case.overdue")
    closed(made, by=ada, at=late + 11 * DAY)
    told("case.closed", times=1)
    working.note(made.pk, text="They are happy.", by=ada, now=late + 12 * DAY)
    told("case.closed", times=1)
    assert sorted(WebhookDelivery.objects.values_list("event", flat=True)) == ["case.closed", *["case.overdue"] * 2]
