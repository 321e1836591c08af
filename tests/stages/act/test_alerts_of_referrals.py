"""A referral that counts, and one that is won, are told to whoever looks after the programme."""

from __future__ import annotations

import pytest

from nineplus.jobs.kinds import HANDLERS, LANES
from nineplus.stages.act.advocates import leads
from nineplus.stages.capture.people import erasing
from nineplus.stages.govern import sample
from nineplus.store.models import Alert, Contact, Event, Programme, Raised
from tests.stages.act.advocates.world import programme, rich
from tests.stages.act.world import NOW, agent, company, person

pytestmark = pytest.mark.django_db
HAPPENED = ("referral.came", "referral.won")


def _work() -> None:
    """The worker hands on what happened twice, as after a crash."""
    for event in Event.objects.filter(kind__in=HAPPENED).order_by("pk"):
        assert any(event.kind in lane.kinds for lane in LANES)
        for _ in range(2):
            for handler in HANDLERS[event.kind]:
                handler(event.data, now=NOW, stopping=lambda: False)


def _bring(code: str, email: str = "bo@globex.example"):
    return leads.bring(code, name="Bo", email=email, company="Globex", agreed=True, now=NOW)


def test_a_referral_and_its_deal_are_told_once_to_who_has_the_programme():
    ben, of = agent("Ben"), programme("referral")
    Programme.objects.filter(pk=of.pk).update(owner=ben)
    ada = person("Ada", at=company())
    mine = rich("Ada", 1, who=ada)
    lead = _bring(mine.code)
    assert _bring(mine.code).state == "refused"
    _work()
    told = Alert.objects.get()
    assert (told.user, told.kind, told.path) == (ben, "referral_came", "/loop/advocates/")
    assert told.title == "Ada (Acme) referred Bo (Globex)"
    leads.settle(lead.pk, won=True, value_minor=1200_00, currency="EUR", by=None, now=NOW)
    _work()
    won = Alert.objects.get(kind="referral_won")
    assert (won.user, won.title) == (ben, "A referral of Ada (Acme) became a customer: Globex")
    assert "1,200" in won.raised.detail
    leads.reopen(lead.pk, by=None, now=NOW)
    leads.settle(lead.pk, won=False, by=None, now=NOW)
    _work()
    assert Alert.objects.count() == 2
    erasing.erase(contact=ada.pk, now=NOW)
    assert not Raised.objects.filter(title__contains="Ada").exists()


def test_whoever_says_that_it_was_won_knows_it_and_a_viewer_hears_of_nobody():
    ben, vi = agent("Ben"), agent("Vi", seat=False, role="viewer")
    boss = agent("Di", role="owner")
    of = programme("referral")
    Programme.objects.filter(pk=of.pk).update(owner=vi)
    lead = _bring(rich("Ada", 1).code)
    _work()
    assert [one.user for one in Alert.objects.all()] == [boss]
    Programme.objects.filter(pk=of.pk).update(owner=ben)
    leads.settle(lead.pk, won=True, value_minor=None, by=ben, now=NOW)
    _work()
    assert not Alert.objects.filter(kind="referral_won").exists()


def test_referrals_by_the_sample_are_told_to_nobody():
    agent("Di", role="owner")
    programme("referral")
    mine = rich("Ada", 1)
    Contact.objects.filter(pk=mine.contact_id).update(source=sample.SOURCE)
    leads.settle(_bring(mine.code).pk, won=True, by=None, now=NOW)
    _work()
    assert not Raised.objects.exists()
