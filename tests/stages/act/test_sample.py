"""Cases tried out with the sample company leave with it, and leave nothing behind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nineplus.stages.act.cases import escalating, opening, reading, working
from nineplus.stages.act.rules import drafts, trying
from nineplus.stages.govern.sample import SOURCE, clearing, state
from nineplus.stages.govern.sample.state import Work
from nineplus.stages.share import telling
from nineplus.store.models import (
    Account,
    Case,
    CaseEntry,
    Contact,
    Event,
    Response,
    Workflow,
    WorkflowVersion,
)
from nineplus.store.models.cases import CaseEntryKind
from tests.stages.act.world import NOW, agent, answer, case, company, person

pytestmark = pytest.mark.django_db


def test_cases_of_the_sample_go_with_it():
    ada, who = agent("Ada"), person(at=company())
    said = answer(3, by=who)
    for model in (Account, Contact, Response):
        model.objects.update(source=SOURCE)
    made = opening.open_case(account=who.account, contact=who, reason="by_hand", response=said, now=NOW).case
    working.note(made.pk, text="Trying it", by=ada, now=NOW)
    own = case(by=person("Cy", at=company("Ours")))
    assert clearing.clear(Work.begin("removing"))
    assert [one.pk for one in Case.objects.all()] == [own.pk]
    assert not CaseEntry.objects.exclude(case=own).exists()
    assert not Account.objects.filter(name="Acme").exists()


def test_a_late_case_of_the_sample_calls_nobody():
    who = person(at=company())
    made, own = case(by=who), case(by=person("Cy", at=company("Ours")))
    Account.objects.filter(pk=made.account_id).update(source=SOURCE)
    escalating.escalate(now=NOW + timedelta(days=30))
    late = Event.objects.filter(kind="case.overdue").values_list("data", flat=True)
    assert {data["case"] for data in late} == {own.pk}


def test_webhooks_hear_nothing_of_the_sample(monkeypatch):
    made, own = case(by=person(at=company())), case(by=person("Cy", at=company("Ours")))
    Account.objects.filter(pk=made.account_id).update(source=SOURCE)
    told = []
    monkeypatch.setattr(telling, "_listening", lambda: ["somebody"])
    monkeypatch.setattr(telling, "_put", lambda *args, about, **kept: told.append(about["case"]) or 1)
    for one in (made, own):
        telling.case(happening="case_changed", case=one.pk, now=NOW)
    assert told == [own.pk]


def test_colleagues_of_the_sample_are_names_in_its_history():
    made = case(by=person(at=company()))
    CaseEntry.objects.create(case=made, at=NOW, kind=CaseEntryKind.NOTE, text="Called", data={"colleague": "Mara"})
    assert "Mara noted" in [line.title for line in reading.detail(made.pk, now=NOW).told]


def test_rules_of_the_sample_are_tried_once():
    document = {"name": "Low", "when": "response.scored", "then": [{"do": "tag_answer", "with": {"tag": "low"}}]}
    for name in ("Low", "Ours"):
        rule = Workflow.objects.create(name=name, event="response.scored", created_at=NOW)
        WorkflowVersion.objects.create(workflow=rule, number=1, document=document | {"name": name}, at=NOW)
    state.keep(state="loaded", set_up={"workflow": [Workflow.objects.get(name="Low").pk]})
    answer(9)
    assert drafts.try_sample(now=NOW) == 1
    assert drafts.try_sample(now=NOW) == 0
    kept = dict(WorkflowVersion.objects.values_list("workflow__name", "tried"))
    assert kept["Ours"] is None
    assert kept["Low"]["fired"] == 1
    assert kept["Low"]["days"] == trying.DAYS
