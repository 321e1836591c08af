"""Some weeks after closing they are asked again, once, and only if they may be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nineplus.model.cases import CasePolicy
from nineplus.stages.act.cases import escalating, opening, policy, reading, recovering, working
from nineplus.stages.capture.asking import planning
from nineplus.store.models import Case, Invitation, User
from tests.stages.capture import asking_world as world
from tests.stages.capture.asking_world import DAY, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed():
    def close(outcome: str = "solved", **rules: object) -> Case:
        survey = world.survey("Is it well now?", rules=rules)
        policy.change(CasePolicy(recovery_survey=survey.pk, recovery_days=30))
        ada = User.objects.create(email="ada@us.example", role="agent", created_at=NOW)
        made = opening.open_case(account=None, contact=world.contact(), reason="by_hand", now=NOW).case
        working.close(made.pk, outcome=outcome, root_cause="none", note="Done", by=ada, now=NOW)
        return Case.objects.get(pk=made.pk)

    return close


def test_they_are_asked_again_once(closed):
    made = closed()
    assert not recovering.wanted(NOW + 29 * DAY)
    then = NOW + 31 * DAY
    assert escalating.look(now=then)["asked"] == 1
    assert escalating.look(now=then)["asked"] == 0
    held = Case.objects.get(pk=made.pk)
    assert held.recovery == Invitation.objects.get()
    assert "They are asked again: Is it well now?" in [one.title for one in reading.detail(made.pk, now=then).told]


@pytest.mark.parametrize("outcome", ["not_wanted", "lost"])
def test_who_wants_no_contact_or_has_left_is_not(closed, outcome):
    assert closed(outcome).recovery_at is None


def test_a_reason_that_passes_is_waited_for_and_others_are_not(closed):
    made = closed(survey_gap_days=0, contact_gap_days=90)
    other = world.survey("Quarterly")
    planning.ask(other, contacts=[made.contact_id], occasion="q", now=NOW + 10 * DAY)
    then = NOW + 31 * DAY
    assert recovering.ask_due(now=then) == 0
    assert Case.objects.get(pk=made.pk).recovery_at == then + timedelta(days=7)
    much_later = NOW + 130 * DAY
    assert recovering.ask_due(now=much_later) == 1


def test_reopened_before_then_nobody_is_asked(closed):
    made = closed()
    working.reopen(made.pk, why="It broke again", by=None, now=NOW + DAY)
    assert recovering.ask_due(now=NOW + 31 * DAY) == 0
