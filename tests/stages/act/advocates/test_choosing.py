"""Who is asked now: the statement says what the rule says, for everybody."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from nineplus.rules import advocates
from nineplus.stages.act.advocates import asking, choosing, limits
from nineplus.stages.act.advocates.programmes import TERMS
from nineplus.stages.capture.people import suppression
from nineplus.store.models import Act, Advocate, Attribute, Case, Contact, Programme, Response
from tests.stages.act.advocates.world import DAY, programme
from tests.stages.act.world import NOW, answer, company, person

pytestmark = pytest.mark.django_db
_SECOND, _PART = timedelta(seconds=1), timedelta(microseconds=500)
_QUARTER = datetime(2026, 10, 1, tzinfo=UTC)
_STAGES = ("asked", "agreed", "doing", "done", "declined", "skipped")


def _known(who: Contact, of: Programme) -> advocates.Known:
    """What the rule is to know of them, said anew from their rows."""
    last = max(who.responses.all(), key=lambda one: (one.answered_at, one.pk))
    asked = [one for one in who.acts.all() if one.stage != "skipped"]
    here = [one for one in asked if one.programme_id == of.pk]
    declined = [one.changed_at for one in here if one.stage == "declined"]
    ended = ("declined", "done") if of.kind == "reference" else ("declined",)
    this_quarter = [one for one in asked if one.programme.kind == of.kind and one.stage != "declined"]
    return advocates.Known(
        answered_at=last.answered_at,
        score=last.score,
        open_case=of.kind != "review" and any(one.closed_at is None for one in who.cases.all()),
        opted_out=any(one.opted_out_at for one in who.advocacies.all()),
        here=any(one.stage not in ended for one in here),
        declined_at=max(declined, default=None),
        asked=tuple(one.asked_at for one in asked),
        elsewhere_at=max((one.asked_at for one in asked if one.programme_id != of.pk), default=None),
        of_kind=sum(one.stage != "done" or one.done_at >= _QUARTER for one in this_quarter),
    )


def _some_people(number: int, programmes: list[Programme]) -> list[Contact]:
    """Answers, acts, cases and wishes of every age at which something changes."""
    draw, at = random.Random(5), company()
    ages = (*(days * DAY for days in (0, 7, 40, 50, 90, 91, 180, 364, 366)), 7 * DAY + _SECOND, 7 * DAY - _PART)
    ages += (180 * DAY + _PART,)
    people = [person(f"P{place}", at=at) for place in range(number)]
    answers, acts, cases, wishes = [], [], [], []
    survey = answer(10, by=people[0], at=NOW - 366 * DAY).survey
    for who in people:
        for _ in range(draw.randint(1, 2)):
            parts = {"contact": who, "survey": survey, "revision": 1, "external_id": f"A{len(answers)}"}
            score = draw.choice((6, 7, 9, 10))
            answers.append(Response(**parts, score=score, answered_at=NOW - draw.choice(ages)))
        for of in draw.sample(programmes, draw.choice((0, 0, 1, 2))):
            ago, stage = NOW - draw.choice(ages), draw.choice(_STAGES)
            times = {"asked_at": ago, "changed_at": ago, "done_at": ago if stage == "done" else None}
            acts.append(Act(programme=of, contact=who, stage=stage, **times))
        if draw.random() < 0.15:
            still = draw.random() < 0.7
            ends = {"slot": f"m{who.pk}"} if still else {"state": "closed", "closed_at": NOW, "outcome": "solved"}
            cases.append(Case(contact=who, reason="manual", minutes=0, opened_at=NOW, due_at=NOW, **ends))
        if draw.random() < 0.15:
            left = draw.choice((None, NOW))
            wishes.append(Advocate(contact=who, code=f"c{who.pk}", opted_out_at=left, created_at=NOW))
    for rows in (answers, acts, cases, wishes):
        type(rows[0])._default_manager.bulk_create(rows)
    return list(Contact.objects.prefetch_related("responses", "acts__programme", "cases", "advocacies"))


def test_the_statement_decides_as_the_rule_does():
    kinds = ("review", "reference", "quote")
    often = {"asks_in_90_days": 2, "rest_days": 50}
    programmes = [programme(kind, least_score=None if kind == "review" else 7, **often) for kind in kinds]
    for kind in kinds:
        limits.set_limit(kind, 1)
    people = _some_people(250, [*programmes, programme("reference", name="Other")])
    for of in programmes:
        terms = advocates.Terms(of.least_score, **{name: getattr(of, name) for name in TERMS}, in_quarter=1)
        rule = {who.pk: advocates.against(_known(who, of), terms, now=NOW) for who in people}
        found = choosing.chosen(of, now=NOW)
        assert {**dict.fromkeys(found.asked, ""), **found.against} == rule
        expected = {"", "already", "cool_off", "declined", "long_ago", "often", "opted_out", "resting"}
        expected |= {"score", "open_case"} if of.kind != "review" else set()
        assert set(rule.values()) == expected | ({"limit"} if of.kind == "reference" else set())


def test_an_audience_is_of_a_persons_values_or_else_their_companys():
    Attribute.objects.create(slug="plan", type="text", created_at=NOW)
    at = company()
    at.attributes = {"plan": "Gold"}
    at.save()
    ada, bo, cy = (
        person(name, at=at, attributes=given)
        for name, given in (("Ada", {}), ("Bo", {"plan": "tin"}), ("Cy", {"plan": ""}))
    )
    for who in (ada, bo, cy):
        answer(9, by=who, at=NOW - 30 * DAY)
    of = programme("quote", audience=({"attribute": "plan", "values": ["gold"]},))
    assert list(choosing.chosen(of, now=NOW).asked) == [ada.pk, cy.pk]


def test_nobody_gets_a_letter_who_wants_none(django_assert_max_num_queries):
    names = ("no_consent", "unsubscribed", "bounced", "no_address", "erased", "")
    people = {why: person(why or "Ada", consent=False if why == "no_consent" else None) for why in names}
    suppression.suppress(medium="email", address=people["unsubscribed"].email, reason="unsubscribed", now=NOW)
    bounced = Contact.objects.filter(pk=people["bounced"].pk)
    suppression.suppress(medium="email", address=people["bounced"].email, reason="bounced", keep_address=False, now=NOW)
    bounced.update(email=people["bounced"].email.capitalize())
    Contact.objects.filter(pk=people["no_address"].pk).update(email="")
    Contact.objects.filter(pk=people["erased"].pk).update(erased_at=NOW)
    with django_assert_max_num_queries(7):
        found = choosing.refused([who.pk for who in people.values()], sender=None)
    assert found == {who.pk: why for why, who in people.items() if why}
    assert asking.REASONS.keys() >= set(found.values())
    assert choosing.refused([people[""].pk], sender=None) == {}
