"""Who was erased leaves no words in what was done about them, wherever it was written down."""

from __future__ import annotations

import pytest

from nineplus.stages.act.cases import working
from nineplus.stages.capture.people.erasing import erase
from nineplus.store.models import (
    Alert,
    Case,
    CaseAnswer,
    CaseEntry,
    CaseMail,
    Workflow,
    WorkflowRun,
    WorkflowStep,
    WorkflowVersion,
)
from tests.stages.act.world import HOUR, NOW, agent, answer, case, company, person

pytestmark = pytest.mark.django_db


def test_a_case_that_only_their_answers_are_behind_is_forgotten_with_them():
    bo = person("Bo Berger", at=company())
    mine, shared = case(by=bo), case(by=person(at=company("Other")))
    Case.objects.filter(pk=mine.pk).update(contact=None)
    CaseAnswer.objects.create(case=shared, response=answer(3, by=bo), at=NOW)
    for one, words in ((mine, "Bo is ill"), (shared, "They want another invoice")):
        working.note(one.pk, text=words, by=agent(words[:2]), now=NOW)
    CaseMail.objects.create(case=shared, address=bo.email.upper(), subject="Dear Bo", text="Secret", at=NOW)
    rule = Workflow.objects.create(name="R", created_at=NOW)
    version = WorkflowVersion.objects.create(workflow=rule, number=1, document={}, at=NOW)
    run = WorkflowRun.objects.create(workflow=rule, version=version, subject="x", response=answer(2, by=bo), at=NOW,
                                     state="done", why=["Role is Managing director."])  # fmt: skip
    WorkflowStep.objects.create(run=run, place="1", what="email", at=NOW, says="Wrote of Bo Berger.")
    Alert.objects.create(
        user=agent("Ada"), kind="k", subject="s", period="p", title="BO BERGER gave 2", path="/", at=NOW, mail_at=NOW
    )
    erase(contact=bo.pk, now=NOW + HOUR)
    kept = "".join(
        repr(list(model.objects.values())) for model in (Case, CaseMail, CaseEntry, WorkflowRun, WorkflowStep, Alert)
    )
    for word in ("ill", "Dear", "Secret", "director", "Berger", "BERGER", bo.email):
        assert word not in kept, word
    assert "another invoice" in kept
    assert Alert.objects.get().title == "The person it was about was erased."
