"""A preview says what the next runs do, and writes nothing."""

from __future__ import annotations

import pytest

from nineplus.model.survey import Condition, Plan, Policy
from nineplus.stages.capture.asking import planning
from nineplus.stages.capture.asking.preview import preview, preview_rows
from nineplus.store.models import Event, Invitation, Message, Survey, SurveyVersion
from tests.stages.capture import asking_world as world
from tests.stages.capture.asking_world import DAY, HOUR, NOW

pytestmark = pytest.mark.django_db


def crowd(asked: Survey) -> None:
    """Two accounts with five tickets each, an unsubscribed contact, one outside, one ticket of nobody."""
    for _ in range(2):
        company = world.account(attributes={"plan": "pro"})
        for number in range(5):
            person = world.contact(account=company, consent=False if number == 4 else None)
            world.ticket(person, resolved=NOW + HOUR)
    world.ticket(world.contact(), resolved=NOW + HOUR)
    world.ticket(None, resolved=NOW + HOUR)


def drawn(**more) -> Survey:
    audience = (Condition(attribute="plan", values=("pro",)),)
    return world.survey(kind="ticket_resolved", rules={"account_cap": 3}, audience=audience, **more)


def test_it_is_what_the_run_then_does(monkeypatch):
    monkeypatch.setattr(planning, "PORTION", 4)
    asked = drawn()
    crowd(asked)
    before = (Invitation.objects.count(), Message.objects.count(), Event.objects.count())
    found = preview(asked, now=NOW + 2 * HOUR)
    assert (Invitation.objects.count(), Message.objects.count(), Event.objects.count()) == before
    assert Survey.objects.get().planned_to == NOW
    assert (found.due, found.asked, found.not_asked, found.outside) == (11, 6, 5, 1)
    assert {one.reason: one.n for one in found.reasons} == {"account_cap": 2, "no_consent": 2, "no_contact": 1}
    assert all(one.says.endswith(".") for one in found.reasons)
    done = planning.plan(Survey.objects.select_related("current").get(), now=NOW + 2 * HOUR)
    assert done.planned == found.asked
    assert done.skipped == {one.reason: one.n for one in found.reasons}
    times = {one.contact: one.at for one in found.people if one.asked}
    assert times == dict(Invitation.objects.filter(fate="planned").values_list("contact", "due_at"))


def test_people_come_in_pages_those_asked_first_and_by_reason(monkeypatch):
    monkeypatch.setattr("nineplus.stages.capture.asking.preview.PAGE", 4)
    asked = drawn()
    crowd(asked)
    pages = [preview(asked, now=NOW + 2 * HOUR, page=page) for page in (1, 2, 3)]
    assert [found.pages for found in pages] == [3, 3, 3]
    everyone = [one for found in pages for one in found.people]
    assert [one.asked for one in everyone] == [True] * 6 + [False] * 5
    assert len({one.contact for one in everyone}) == 11
    capped = preview(asked, now=NOW + 2 * HOUR, reason="account_cap")
    assert [one.reason for one in capped.people] == ["account_cap"] * 2
    assert (capped.pages, capped.asked) == (1, 6)
    assert len(preview(asked, now=NOW + 2 * HOUR, reason="asked").people) == 4
    rows = list(preview_rows(asked, now=NOW + 2 * HOUR))
    assert rows[0] == ("name", "email", "decision", "reason", "at")
    assert [row[2] for row in rows[1:]].count("asked") == 6


def test_it_looks_ahead():
    asked = world.survey(kind="ticket_resolved", delay_hours=48)
    world.ticket(world.contact(), resolved=NOW + HOUR)
    assert [preview(asked, now=NOW + 2 * HOUR, hours=hours).asked for hours in (24, 47.5)] == [0, 1]
    quarterly = world.survey("Quarterly", kind="relationship", period_days=28)
    for _ in range(40):
        world.contact()
    assert preview(quarterly, now=NOW, hours=24 * 28).asked == 41
    assert preview(quarterly, now=NOW, hours=24 * 14).asked in range(18, 24)


def test_a_draft_and_a_plan_that_is_being_drawn_up_are_shown_as_if_they_were_on():
    draft = world.survey(kind="manual", state="draft")
    person = world.contact()
    assert (preview(draft, now=NOW).asked, preview(draft, now=NOW).by_hand) == (1, True)
    other = Plan(policy=Policy(needs_consent=True))
    assert [one.reason for one in preview(draft, now=NOW, plan=other).reasons] == ["no_consent"]
    unsaved = Survey(name="Not yet", created_at=NOW)
    assert [one.contact for one in preview(unsaved, now=NOW, plan=Plan()).people] == [person.pk]
    assert SurveyVersion.objects.count() == 1


def test_no_more_are_looked_at_than_wanted():
    asked = world.survey()
    for _ in range(3):
        world.contact()
    assert preview(asked, now=NOW, most=1000).complete
    assert not preview(asked, now=NOW, most=0).complete


def test_who_is_to_be_looked_at_again_is_in_it():
    world.survey(kind="ticket_resolved", rules={"hold_open_ticket": True})
    company = world.account()
    world.ticket(world.contact(account=company), resolved=NOW + HOUR)
    other = world.ticket(world.contact(account=company), resolved=None)
    planning.plan(Survey.objects.select_related("current").get(), now=NOW + 2 * HOUR)
    other.delete()
    found = preview(Survey.objects.get(), now=NOW + 3 * HOUR, hours=24)
    assert (found.asked, found.not_asked) == (1, 0)
    assert found.people[0].at == NOW + DAY + HOUR
