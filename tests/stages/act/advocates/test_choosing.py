"""Who is asked now: the statement says what the rule says, for everybody."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from nineplus.rules import advocates
from nineplus.stages.act.advocates import asking, choosing, limits
from nineplus.stages.capture.people import suppression
from nineplus.store.models import Act, Advocate, Attribute, Case, Contact, Programme
from tests.stages.act.advocates.world import DAY, act, programme
from tests.stages.act.world import NOW, answer, company, person

pytestmark = pytest.mark.django_db
_SECOND, _PART = timedelta(seconds=1), timedelta(microseconds=500)
_STAGES = ("asked", "agreed", "doing", "done", "declined", "skipped")


def _known(who: Contact, of: Programme) -> advocates.Known:
    """What the rule is to know of them, read one by one."""
    last = who.responses.order_by("-answered_at", "-pk").first()
    asked = who.acts.exclude(stage="skipped")
    declined = asked.filter(programme=of, stage="declined").order_by("changed_at").last()
    here = asked.filter(programme=of).exclude(stage="declined")
    if of.kind == "reference":
        here = here.exclude(stage="done")
    may_look = of.kind != "review"
    return advocates.Known(
        answered_at=last.answered_at,
        score=last.score,
        open_case=may_look and Case.objects.filter(contact=who, closed_at=None).exists(),
        opted_out=Advocate.objects.filter(contact=who).exclude(opted_out_at=None).exists(),
        here=here.exists(),
        declined_at=declined.changed_at if declined else None,
        asked=tuple(asked.values_list("asked_at", flat=True)),
        of_kind=limits.used(who, kind=of.kind, now=NOW),
    )


def _case(who: Contact, *, still_open: bool) -> None:
    ends = {"slot": f"manual-{who.pk}"} if still_open else {"state": "closed", "closed_at": NOW, "outcome": "solved"}
    Case.objects.create(contact=who, reason="manual", minutes=0, opened_at=NOW, due_at=NOW, **ends)


@pytest.mark.parametrize("kind", ["review", "reference", "quote"])
def test_the_statement_decides_as_the_rule_does(kind):
    draw = random.Random(kind)
    of, other = programme(kind), programme("board", name="Other")
    if kind != "review":
        of.least_score = 7
    of.save()
    limits.set_limit(kind, 1)
    ages = (
        0 * DAY,
        7 * DAY,
        7 * DAY + _SECOND,
        7 * DAY - _PART,
        40 * DAY,
        50 * DAY,
        90 * DAY,
        91 * DAY,
        364 * DAY,
        366 * DAY,
    )
    at = company()
    people = [person(f"P{number}", at=at) for number in range(220)]
    for who in people:
        for _ in range(draw.randint(1, 2)):
            answer(draw.choice((6, 7, 9, 10)), by=who, at=NOW - draw.choice(ages))
        for _ in range(draw.choice((0, 0, 1, 2))):
            ago = NOW - draw.choice(ages)
            stage = draw.choice(_STAGES)
            where = draw.choice((of, other))
            if not Act.objects.filter(slot=f"{where.pk}-{who.pk}").exists():
                act(where, who, stage, asked_at=ago, changed_at=ago, done_at=ago if stage == "done" else None)
        if draw.random() < 0.15:
            _case(who, still_open=draw.random() < 0.7)
        if draw.random() < 0.15:
            Advocate.objects.create(
                contact=who, code=f"c{who.pk}", opted_out_at=draw.choice((None, NOW)), created_at=NOW
            )
    people.append(person("Last", at=at))
    answer(10, by=people[-1], at=NOW - 40 * DAY)
    act(of, people[-1], asked_at=NOW - 40 * DAY)
    terms = advocates.Terms(of.least_score, of.cool_off_days, of.asks_in_90_days, in_quarter=1)
    rule = {who.pk: advocates.against(_known(who, of), terms, now=NOW) for who in people}
    found = choosing.chosen(of, now=NOW)
    assert {**dict.fromkeys(found.asked, ""), **found.against} == rule
    reasons = {"", "already", "cool_off", "declined", "often", "opted_out"}
    assert reasons <= set(rule.values())
    assert ({"score", "open_case"} <= set(rule.values())) is (kind != "review")
    assert ("limit" in rule.values()) is (kind == "reference")


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
