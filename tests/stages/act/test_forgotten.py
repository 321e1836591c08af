"""Whoever was erased is named nowhere: not in steps of playbooks, letters to colleagues, alerts or channels."""

from __future__ import annotations

import pytest

from nineplus.stages.act.actions import actions
from nineplus.stages.act.alerts import telling as alerts
from nineplus.stages.act.chat import places, telling
from nineplus.stages.act.playbooks import keeping, running
from nineplus.stages.act.rules.doing import Doing
from nineplus.stages.capture.people import erasing
from nineplus.store.models import Alert, CaseStep, ChatPost, Message, Raised, Workflow, WorkflowRun, WorkflowVersion
from tests.stages.act.world import NOW, agent, answer, case, company, person

pytestmark = pytest.mark.django_db


def test_who_was_erased_is_named_nowhere_and_others_keep_their_words():
    ada, zoe = agent("Ada"), person("Zoë", at=company())
    playbook = keeping.save("Call", [{"title": "Call them"}], by=ada, now=NOW).playbook
    running.start(case(by=zoe).pk, playbook.pk, by=ada, now=NOW)
    running.tick(CaseStep.objects.get().pk, by=ada, note="Zoë was glad", now=NOW)
    place = places.add(kind="slack", name="cs", channel="C1", wants=["rising_theme"], now=NOW)
    for subject, title in (("1", "Zoë wrote of prices"), ("2", "“Zoëtrope” rises")):  # of nobody in particular
        alerts.tell(kind="rising_theme", subject=subject, period="1", title=title, path="/", whom=[ada.pk], now=NOW)
        alerts.mail_due(now=NOW)
        telling.alert(Raised.objects.get(subject=subject).pk, now=NOW)
    ChatPost.objects.update(state="sent", ts="1.2")
    written = answer(2, by=zoe, comment="A secret of mine")
    rule = Workflow.objects.create(name="Rule", event="response.scored", created_at=NOW)
    version = WorkflowVersion.objects.create(workflow=rule, number=1, document={}, at=NOW)
    run = WorkflowRun.objects.create(workflow=rule, version=version, subject="1", contact=zoe, at=NOW, state="done")
    letter = {"kind": "reply", "medium": "email", "address": ada.email, "due_at": NOW, "created_at": NOW}
    Message.objects.create(key=f"rule-{run.pk}-2", body={"text": "Acme gave 2: “A secret of mine”"}, **letter)
    doing = Doing(run, f"rule-{run.pk}-1", NOW, written, zoe.account, zoe, None)
    actions()["alert"].run(doing, {"to": ada.email})
    alerts.mail_due(now=NOW)
    assert "A secret of mine" in Message.objects.latest("pk").body["text"]
    erasing.erase(contact=zoe.pk, now=NOW)
    assert CaseStep.objects.get().note == ""
    assert not any("secret" in str(one.body) for one in Message.objects.all())
    assert Raised.objects.get(kind="rule").title == Alert.objects.get(kind="rule").title == erasing._ERASED
    for rows in (Raised.objects, Alert.objects):
        assert list(rows.exclude(kind="rule").order_by("pk").values_list("title", flat=True)) == [
            erasing._ERASED,
            "“Zoëtrope” rises",
        ]
    letters = Message.objects.filter(key__startswith="alert-").order_by("pk")
    assert ["Zoë" in str(one.body) for one in letters] == [False, True, False]
    assert list(ChatPost.objects.filter(place=place).order_by("pk").values_list("stale", flat=True)) == [True, False]
