"""Cases tried out with the sample company leave with it, and leave nothing behind."""

from __future__ import annotations

import pytest

from nineplus.stages.act.cases import opening, working
from nineplus.stages.govern.sample import SOURCE, clearing
from nineplus.stages.govern.sample.state import Work
from nineplus.store.models import Account, Case, CaseEntry, Contact, Response
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
