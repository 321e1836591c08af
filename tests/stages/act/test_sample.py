"""Cases tried out with the sample company leave with it, and leave nothing behind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nineplus.stages.act.advocates import acts, asking, leads, rewards
from nineplus.stages.act.advocates.kinds import KINDS
from nineplus.stages.act.cases import escalating, opening, reading, working
from nineplus.stages.act.rules import drafts, trying
from nineplus.stages.govern.sample import SOURCE, clearing, state
from nineplus.stages.govern.sample.state import Work
from nineplus.stages.share import telling
from nineplus.store.models import (
    Account,
    Act,
    ActEntry,
    Case,
    CaseEntry,
    Code,
    CodePool,
    Contact,
    Event,
    Lead,
    Message,
    Points,
    Programme,
    Redemption,
    Response,
    Reward,
    Workflow,
    WorkflowVersion,
)
from nineplus.store.models.cases import CaseEntryKind
from tests.stages.act.advocates.world import programme, rich, sender
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


def test_advocates_of_the_sample_leave_nothing_and_what_is_ones_own_stays(settings, tmp_path):
    settings.HOME = tmp_path
    sender(tmp_path)
    ada, own = person("Ada", at=company()), person("Cy", at=company("Ours"))
    for who in (ada, own):
        answer(10, by=who, at=NOW - timedelta(days=30))
    for model in (Account, Contact, Response):
        model.objects.filter(pk__in=(ada.pk, ada.account_id)).update(source=SOURCE)
    Contact.objects.filter(pk=own.pk).update(source="crm")
    Account.objects.filter(pk=own.account_id).update(source="crm")
    Response.objects.filter(contact=ada).update(source=SOURCE)
    Response.objects.filter(contact=own).update(source="crm")
    made = [programme(kind, asks_in_90_days=9, rest_days=0) for kind in KINDS]
    pool = CodePool.objects.create(name="Mugs", created_at=NOW)
    Code.objects.bulk_create(Code(pool=pool, code=f"MUG-{n}") for n in range(4))
    of = next(one for one in made if one.kind == "referral")
    mug = rewards.offer(
        name="Mug", points=10, cost_minor=5_00, currency="EUR", budget_minor=100_00, pool=pool.pk, programme=of.pk
    )
    for who in (ada, own):
        for one in made:
            acts.move(asking.ask(one, who, by=None, now=NOW).pk, stage="done", by=None, now=NOW)
        mine = rich(who.name, 50, who=who)
        lead = leads.bring(
            mine.code, name="Bo", email=f"bo@{who.name}.example", company=f"Of {who.name}", agreed=True, now=NOW
        )
        leads.settle(lead.pk, won=True, value_minor=9_00, currency="EUR", by=None, now=NOW)
        for _ in range(2):
            rewards.settle(rewards.redeem(mine, reward=mug.pk, now=NOW).pk, give=True, by=None, now=NOW)
        for _ in range(2):
            rewards.redeem(mine, reward=mug.pk, now=NOW)
        last = Redemption.objects.filter(advocate=mine).latest("pk")
        rewards.settle(last.pk, give=False, why="Enough", by=None, now=NOW)
    assert Reward.objects.get().spent_minor == 30_00
    assert clearing.clear(Work.begin("removing"))
    assert Programme.objects.count() == len(KINDS)
    assert Reward.objects.get().spent_minor == 15_00, "what nobody gets costs nothing"
    assert Code.objects.filter(given_at=None).count() == 2, "codes that nobody got can be given"
    assert {one.contact_id for one in Act.objects.all()} == {own.pk}
    assert {one.act.contact_id for one in ActEntry.objects.all()} == {own.pk}
    for model in (Lead, Points, Redemption):
        assert {one.advocate.contact_id for one in model.objects.all()} == {own.pk}
    assert {one.address for one in Message.objects.all()} == {own.email}
    assert [one.name for one in Contact.objects.all()] == ["Cy"]
    assert [one.name for one in Account.objects.all()] == ["Ours"]
