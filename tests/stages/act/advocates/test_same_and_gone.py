"""People who turn out to be one, and people who are erased: what they did for us counts once, and on."""

from __future__ import annotations

from itertools import product

import pytest
from django.apps import apps
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from nineplus.stages.act.advocates import acts, asking, leads, ledger, programmes, reading, rewards
from nineplus.stages.capture.people import erasing
from nineplus.stages.connect import identity
from nineplus.store.models import Act, Advocate, Contact, Lead, Points, Redemption
from tests.stages.act.advocates.world import act, programme, rich, sender
from tests.stages.act.world import NOW, answer, company, person

pytestmark = pytest.mark.django_db


def _lead(of: Advocate, who: str) -> Lead:
    made = leads.bring(of.code, name=who, email=f"{who}@new.example", company="New", agreed=True, now=NOW)
    assert made is not None
    return made


def test_two_who_are_one_have_one_ledger_and_are_in_a_programme_once():
    at = company()
    ada, same = person("Ada", at=at), person("A. Lovelace", at=at)
    quote, story, calls = (programme(kind, points=10) for kind in ("quote", "case_study", "reference"))
    friends = programme("referral", points=50)
    further, behind = act(quote, same, "doing"), act(quote, ada, "asked")
    done, open_still = act(story, ada, "done"), act(story, same, "agreed")
    moved, called = act(calls, same, "asked"), act(calls, ada, "done")
    one, two = rich("", 30, who=ada), rich("", 20, who=same)
    leads.settle(_lead(two, "zoe").pk, won=True, value_minor=700_00, currency="EUR", by=None, now=NOW)
    mug = rewards.offer(name="Mug", points=90, cost_minor=1, currency="EUR", budget_minor=10)

    merge = identity.merge(table="contact", kept=ada.pk, gone=same.pk, now=NOW)
    stages = dict(Act.objects.filter(contact=ada).values_list("pk", "stage"))
    assert stages == {
        further.pk: "doing",
        behind.pk: "skipped",
        done.pk: "done",
        open_still.pk: "skipped",
        moved.pk: "asked",
        called.pk: "done",
    }
    assert asking.advocate_of(ada, now=NOW) == one
    assert [ledger.balance(who) for who in Advocate.objects.order_by("pk")] == [100, 100]
    assert sum(Points.objects.values_list("points", flat=True)) == 100
    assert programmes.standing(friends).values == {"EUR": 700_00}
    assert programmes.standing(quote).asked == 1
    acts.move(moved.pk, stage="doing", by=None, now=NOW)  # its slot is that of whom it belongs to now
    assert Act.objects.get(pk=moved.pk).slot == f"{calls.pk}-{ada.pk}"
    rewards.redeem(Advocate.objects.get(pk=two.pk), reward=mug.pk, now=NOW)
    assert ledger.balance(one) == 10, "spent under one name, gone under both"

    identity.undo(merge.pk, now=NOW)
    assert dict(Act.objects.filter(contact=ada).values_list("pk", "stage")) == {
        behind.pk: "asked",
        done.pk: "done",
        called.pk: "done",
    }
    assert Act.objects.get(pk=further.pk).slot == f"{quote.pk}-{same.pk}"
    assert Act.objects.get(pk=open_still.pk).stage == "agreed"


def test_who_wants_no_part_under_one_name_wants_none_under_the_other():
    at = company()
    ada, same = person("Ada", at=at), person("A. Lovelace", at=at)
    programme("referral")
    one, two = rich("", 1, who=ada), rich("", 1, who=same)
    acts.leave(two, now=NOW)
    identity.merge(table="contact", kept=ada.pk, gone=same.pk, now=NOW)
    assert leads.advocate_of(one.code) is None


def test_who_is_erased_counts_on_and_is_known_no_more(settings, tmp_path):
    settings.HOME = tmp_path
    sender(tmp_path)
    ada = person("Adalovelace", at=company())
    answer(10, by=ada)
    quote, friends = programme("quote", points=40), programme("referral", points=50)
    told = asking.ask(quote, ada, by=None, now=NOW)
    assert told is not None
    mine = asking.advocate_of(ada, now=NOW)
    acts.say(mine, act=told.pk, wants=True, quote="Adalovelace likes it.", now=NOW)
    acts.move(told.pk, stage="done", note="Adalovelace called", by=None, now=NOW)
    acts.worth(told.pk, value_minor=500_00, currency="EUR", now=NOW)
    open_still = acts.begin(friends.pk, contact=ada.pk, by=None, now=NOW)
    ledger.give(mine, points=5, why="Adalovelace's talk", key="talk", by=None, now=NOW)
    won, going = _lead(mine, "zoe"), _lead(mine, "eve")
    leads.settle(won.pk, won=True, value_minor=900_00, currency="EUR", by=None, now=NOW)
    mug = rewards.offer(name="Mug", points=10, cost_minor=7_00, currency="EUR", budget_minor=20_00)
    given, _ = (rewards.redeem(mine, reward=mug.pk, now=NOW) for _ in range(2))
    rewards.settle(given.pk, give=True, code="adalovelace-1", by=None, now=NOW)
    private = (ada.email, "adalovelace", mine.code, "zoe")
    assert {"Act", "ActEntry", "Advocate", "Contact", "Lead", "Message", "Points", "Redemption"} <= set(
        _where(*private)
    )
    before = [programmes.standing(of).values for of in (quote, friends)]

    erasing.erase(contact=ada.pk, now=NOW)
    erasing.erase(contact=ada.pk, now=NOW)
    assert [programmes.standing(of).values for of in (quote, friends)] == before == [{"EUR": 500_00}, {"EUR": 900_00}]
    assert programmes.standing(quote).stages == {"done": 1}
    mug.refresh_from_db()
    assert (mug.spent_minor, dict(Redemption.objects.values_list("pk", "state"))[given.pk]) == (7_00, "given")
    assert Act.objects.get(pk=open_still.pk).stage == "declined"
    mine.refresh_from_db()
    assert (ledger.balance(mine), leads.advocate_of(mine.code)) == (75, None)
    assert _where(*private) == []
    leads.settle(going.pk, won=True, value_minor=1_00, currency="EUR", by=None, now=NOW)
    assert programmes.standing(friends).values == {"EUR": 901_00}
    assert _where("eve@new") == []
    assert dict(reading.won()) == {"EUR": 901_00}
    assert list(reading.everybody()) == []
    assert Contact.objects.get(pk=ada.pk).name == ""


def _where(*texts: str) -> list[str]:
    """Every table of the store in which one of these stands, in whichever column."""
    found = []
    for model in apps.get_app_config("nineplus").get_models():
        columns = [one.attname for one in model._meta.concrete_fields if not one.is_relation]
        named = {f"text_{place}": Cast(name, TextField()) for place, name in enumerate(columns)}
        stands = Q()
        for name, text in product(named, texts):
            stands |= Q(**{f"{name}__icontains": text})
        if model._default_manager.annotate(**named).filter(stands).exists():
            found.append(model.__name__)
    return found
