"""Nobody is asked how we do while a follow-up with them is open."""

from __future__ import annotations

import pytest

from nineplus.stages.act.cases import opening, working
from nineplus.stages.capture.asking import planning
from nineplus.store.models import Invitation, User
from tests.stages.capture import asking_world as world
from tests.stages.capture.asking_world import DAY, NOW

pytestmark = pytest.mark.django_db


def _asked(survey, who, *, occasion, now=NOW):
    planning.ask(survey, contacts=[who.pk], occasion=occasion, now=now)
    return Invitation.objects.order_by("-pk").values_list("fate", "reason").first()


@pytest.mark.parametrize("with_account", [True, False])
def test_an_open_case_holds_its_account_and_its_person(with_account):
    company = world.account() if with_account else None
    unhappy, colleague = world.contact(account=company), world.contact(account=company)
    survey = world.survey(rules={"hold_open_case": True})
    made = opening.open_case(account=company, contact=unhappy, reason="by_hand", now=NOW).case
    assert _asked(survey, unhappy, occasion="a") == ("skipped", "open_case")
    assert _asked(survey, colleague, occasion="a")[1] == ("open_case" if with_account else "")
    ada = User.objects.create(email="ada@us.example", role="agent", created_at=NOW)
    working.close(made.pk, outcome="solved", root_cause="none", note="Done", by=ada, now=NOW + DAY)
    assert _asked(survey, unhappy, occasion="b", now=NOW + DAY) == ("planned", "")
