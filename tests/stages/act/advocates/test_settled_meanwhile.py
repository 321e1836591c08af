"""Referrals are followed while people settle them: whoever was first counts, and the others are followed still."""

from __future__ import annotations

import pytest

from nineplus.stages.act.advocates import asking, leads
from nineplus.store.models import Contact, Deal, Lead
from tests.stages.act.advocates.world import DAY, programme
from tests.stages.act.world import NOW, company, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def referred() -> list[Lead]:
    """Three referrals, with a deal that was won for each."""
    programme("referral", points=50)
    advocate = asking.advocate_of(person("Ada", at=company()), now=NOW)
    made = []
    for name in ("eve", "fay", "gil"):
        lead = leads.bring(advocate.code, name=name, email=f"{name}@{name}.example", company="", agreed=True, now=NOW)
        assert lead is not None
        made.append(lead)
        theirs = person(name)
        Contact.objects.filter(pk=theirs.pk).update(email=f"{name}@{name}.example")
        Deal.objects.create(
            external_id=name, contact=theirs, created_at=NOW + DAY, is_closed=True, is_won=True, amount_minor=1,
            currency="EUR",
        )  # fmt: skip
    return made


def by_hand(first: Lead) -> None:
    leads.settle(first.pk, won=False, by=None, now=NOW + DAY)


def by_hand_and_opened_again(first: Lead) -> None:
    by_hand(first)
    leads.reopen(first.pk, by=None, now=NOW + DAY)


def erased(first: Lead) -> None:
    first.delete()


@pytest.mark.parametrize(
    ("meanwhile", "state"), [(by_hand, ["lost"]), (by_hand_and_opened_again, ["open"]), (erased, [])]
)
def test_what_somebody_does_meanwhile_stands(referred, meanwhile, state, monkeypatch):
    first, found = referred[0], leads._deal_of

    def deal_of(lead: Lead) -> Deal | None:
        deal = found(lead)
        if lead == first:
            meanwhile(Lead.objects.get(pk=first.pk))
        return deal

    monkeypatch.setattr(leads, "_deal_of", deal_of)
    assert leads.follow(now=NOW + 2 * DAY) == 2
    assert list(Lead.objects.order_by("name").values_list("state", flat=True)) == [*state, "won", "won"]
