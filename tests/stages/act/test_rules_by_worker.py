"""Rules as the worker hears of them: in batches, of which each reads the rules once."""

from __future__ import annotations

import pytest
from django.db import transaction

from nineplus.jobs.worker import Worker
from nineplus.stages.act.cases import opening
from nineplus.stages.act.rules import hearing, keeping
from nineplus.stages.govern import settled
from nineplus.store.models import Event, Response, WorkflowRun
from tests.stages.act.ruling import UNHAPPY, document
from tests.stages.act.world import HOUR, NOW, answer, company, person

pytestmark = pytest.mark.django_db(transaction=True)


def given(at) -> Response:
    """An answer, and the event that tells of it, as the survey page leaves them."""
    said = answer(3, by=person(at=company()), at=at)
    with transaction.atomic():
        Event.publish(kind="response.scored", data={"response": said.pk}, now=at)
    return said


def test_a_rule_is_on_for_the_first_answer_after_its_switch(monkeypatch):
    """A batch read the rules just before the switch; what it read is not taken for the answers of the next one."""
    kept = keeping.save(document(UNHAPPY), by=None, now=NOW)
    keeping.tried(kept.version, {"of": 0, "examples": []})
    before, after = given(NOW), []

    def follows_up(pk, **more):
        if not after:
            assert not hearing.waiting(("response.scored",))
            keeping.switch(kept.workflow.pk, on=True, now=NOW + HOUR)
            assert not hearing.waiting(("response.scored",)), "a batch reads the rules once"
            after.append(given(NOW + HOUR))

    monkeypatch.setattr(opening, "from_answer", follows_up)
    monkeypatch.setattr(settled, "_FRESH", 3600.0)
    Worker(clock=lambda: NOW + 2 * HOUR).burst()
    assert [run.response for run in WorkflowRun.objects.all()] == after
    assert before not in after
