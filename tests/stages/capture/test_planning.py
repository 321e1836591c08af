"""Planning on real rows: once each, never forgotten, and never more than the rules allow."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from nineplus.model.survey import Condition, Content
from nineplus.stages.capture import planning, surveys, turns
from nineplus.stages.capture.suppression import digest_of
from nineplus.stages.errors import NotPossible
from nineplus.store.models import (
    Contact,
    Event,
    Experiment,
    Invitation,
    Message,
    Response,
    Revision,
    Subscription,
    Suppression,
    Survey,
    TicketEvent,
)
from tests.stages.capture import asking_world as world
from tests.stages.capture.asking_world import DAY, HOUR, NOW, outcomes

pytestmark = pytest.mark.django_db


def fresh(survey: Survey) -> Survey:
    return Survey.objects.select_related("current").get(pk=survey.pk)


def run(survey: Survey, *, now: datetime, **more):
    return planning.plan(fresh(survey), now=now, **more)


def test_a_resolved_ticket_is_asked_about_once_after_its_delay():
    asked = world.survey(kind="ticket_resolved", delay_hours=24)
    person = world.contact(language="en", account=world.account())
    about = world.ticket(person, resolved=NOW + HOUR)
    assert run(asked, now=NOW + 24 * HOUR).planned == 0
    done = run(asked, now=NOW + 26 * HOUR)
    assert (done.planned, done.complete) == (1, True)
    row = Invitation.objects.get()
    assert (row.contact, row.account, row.ticket, row.fate) == (person, person.account, about, "planned")
    assert (row.version_id, row.language, row.channel) == (fresh(asked).current_id, "en", "email")
    assert row.external_id == f"{asked.pk}/ticket:{about.pk}"
    assert row.revision == Revision.last()
    message = Message.objects.get()
    assert (message.invitation, message.address, message.state) == (row, person.email, "waiting")
    assert message.due_at == row.due_at == NOW + 26 * HOUR
    assert Event.objects.filter(kind="mart.stale").exists()
    for later in (26, 27, 30, 24 * 30):
        assert run(asked, now=NOW + later * HOUR).planned == 0
    assert Invitation.objects.count() == Message.objects.count() == 1


def test_a_ticket_that_becomes_known_days_late_is_asked_about_but_not_what_was_before_the_survey():
    asked = world.survey(kind="ticket_resolved")
    world.ticket(world.contact(), resolved=NOW - HOUR)
    for day in range(20):
        run(asked, now=NOW + day * DAY)
    world.ticket(world.contact(), resolved=NOW + 13 * DAY)
    world.ticket(world.contact(), resolved=NOW + 11 * DAY)  # eight days ago: nobody remembers
    assert run(asked, now=NOW + 19 * DAY).planned == 1
    assert outcomes() == {"planned": 1}


def test_a_ticket_opened_again_is_not_done():
    asked = world.survey(kind="ticket_resolved", delay_hours=1)
    about = world.ticket(world.contact(), resolved=NOW + HOUR)
    TicketEvent.objects.create(ticket=about, at=NOW + 1.5 * HOUR, kind="reopen", external_id="E1", revision=0)
    assert run(asked, now=NOW + 3 * HOUR).planned == 0


def test_closing_is_another_moment_than_resolving():
    asked = world.survey(kind="ticket_closed")
    late, plain = (world.ticket(world.contact(), resolved=NOW + HOUR) for _ in range(2))
    closed = {"ticket": late, "kind": "stage", "to_value": "Closed", "external_id": "E1", "revision": 0}
    TicketEvent.objects.create(at=NOW + 30 * HOUR, **closed)
    run(asked, now=NOW + 20 * HOUR)
    assert set(Invitation.objects.values_list("ticket", flat=True)) == {plain.pk}
    run(asked, now=NOW + 31 * HOUR)
    assert set(Invitation.objects.values_list("ticket", flat=True)) == {plain.pk, late.pk}


def test_a_ticket_without_a_contact_is_a_skip_with_its_reason():
    asked = world.survey(kind="ticket_resolved")
    world.ticket(None, resolved=NOW + HOUR)
    assert run(asked, now=NOW + 2 * HOUR).skipped == {"no_contact": 1}
    assert run(asked, now=NOW + 3 * HOUR).skipped == {}


def test_a_day_on_the_contact_or_on_their_account_makes_due_at_their_own_midnight():
    asked = world.survey(kind="date_reached", attribute="onboarded", delay_hours=24)
    company = world.account(attributes={"onboarded": "2026-03-10"})
    inherits = world.contact(account=company, time_zone="America/New_York")
    own = world.contact(account=company, attributes={"onboarded": "2026-03-20T09:30:00Z"})
    world.contact(account=company, attributes={"onboarded": "soon"})
    world.contact()
    run(asked, now=datetime(2026, 3, 11, 0, tzinfo=UTC))
    assert list(Invitation.objects.values_list("contact", "due_at")) == [
        (inherits.pk, datetime(2026, 3, 11, 4, tzinfo=UTC))
    ]
    run(asked, now=datetime(2026, 3, 21, 1, tzinfo=UTC))
    assert set(Invitation.objects.values_list("contact", flat=True)) == {inherits.pk, own.pk}


def test_before_a_renewal_all_contacts_of_the_account_are_asked_once():
    asked = world.survey(kind="before_renewal", days_before=90)
    company = world.account()
    people = [world.contact(account=company) for _ in range(2)]
    terms = {"account": company, "renews_at": NOW + 91 * DAY, "revision": 0}
    Subscription.objects.create(external_id="S1", **terms)
    Subscription.objects.create(external_id="S2", ended_at=NOW, **terms)
    assert run(asked, now=NOW).planned == 0
    assert run(asked, now=NOW + 2 * DAY).planned == 2
    assert run(asked, now=NOW + 3 * DAY).planned == 0
    assert set(Invitation.objects.values_list("contact", flat=True)) == {person.pk for person in people}


def test_an_anniversary_comes_each_year_and_the_29th_of_february_too():
    asked = world.survey(kind="anniversary", attribute="created_at", on=datetime(2026, 1, 1, tzinfo=UTC))
    leap = world.contact(account=world.account(created_at=datetime(2024, 2, 29, 15, tzinfo=UTC)))
    world.contact(account=world.account(created_at=datetime(2026, 2, 28, tzinfo=UTC)))  # only this year
    own = world.survey("Own", kind="anniversary", attribute="joined", on=datetime(2026, 1, 1, tzinfo=UTC))
    joined = world.contact(attributes={"joined": "2020-05-06"})
    for year in (2026, 2027, 2028):
        for month, day in ((2, 28), (3, 1), (5, 6), (5, 7)):
            for one in (asked, own):
                run(one, now=datetime(year, month, day, 1, tzinfo=UTC))
    dates = [(row.contact_id, row.due_at.date().isoformat()) for row in Invitation.objects.filter(survey=asked)]
    assert [day for whose, day in dates if whose == leap.pk] == ["2026-02-28", "2027-02-28", "2028-03-01"]
    mine = Invitation.objects.filter(survey=own, contact=joined)
    assert [row.due_at.date().isoformat() for row in mine] == ["2026-05-06", "2027-05-06", "2028-05-06"]
