"""Planning on real rows: once each, never forgotten, and never more than the rules allow."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from nineplus.jobs import kinds
from nineplus.model.survey import Condition, Content
from nineplus.stages.capture.asking import planning, turns
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.capture.people.suppression import digest_of
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


# --- relationship: spread, once a period, with second chances


WORKDAYS = {"weekdays": (0, 1, 2, 3, 4), "quiet_from": "18:00", "quiet_to": "09:00", "skip_holidays": False}


def test_a_periods_contacts_are_asked_once_each_and_evenly_over_its_working_days():
    asked = world.survey(kind="relationship", period_days=25, rules=WORKDAYS)
    people = Contact.objects.bulk_create(
        Contact(external_id=f"R{n}", email=f"r{n}@customer.example", revision=0) for n in range(100)
    )
    for hours in range(15, 24 * 28, 24):
        run(asked, now=NOW + hours * HOUR)
    rows = list(Invitation.objects.values_list("contact", "due_at"))
    assert sorted(contact for contact, _ in rows) == sorted(person.pk for person in people)
    days = [due_at.date() for _, due_at in rows]
    by_day = {day: days.count(day) for day in days}
    assert len(by_day) == 20
    assert set(by_day.values()) <= {4, 5, 6}
    assert {due_at.hour for _, due_at in rows} == {9}
    new = world.contact()
    for hours in range(15 + 24 * 28, 24 * 35, 24):
        run(asked, now=NOW + hours * HOUR)
    times: dict[int, list[datetime]] = {}
    for contact, due_at in Invitation.objects.order_by("due_at").values_list("contact", "due_at"):
        times.setdefault(contact, []).append(due_at)
    again = [second - first for first, second in (pair for pair in times.values() if len(pair) == 2)]
    assert len(again) >= 20
    assert set(again) == {28 * DAY}
    # By now everyone's day has come, also of who was new on the very day that is theirs.
    run(asked, now=NOW + 55 * DAY + 15 * HOUR)
    assert Invitation.objects.filter(contact=new).count() == 1


def test_who_rests_on_their_day_is_looked_at_again_each_week_and_asked_in_the_same_period():
    asked = world.survey(kind="relationship", period_days=91, rules={**WORKDAYS, "contact_gap_days": 30})
    other = world.survey("Other")
    person = world.contact()
    slot = planning.Asking.of(fresh(asked)).spread.next(person.pk, after=(NOW + 30 * DAY).date())
    day = datetime(slot.year, slot.month, slot.day, 1, tzinfo=UTC)
    Survey.objects.filter(pk=asked.pk).update(planned_to=day - DAY)
    planning.ask(fresh(other), contacts=[person.pk], occasion="x", now=day - 17 * DAY)
    assert run(asked, now=day).skipped == {"contact_gap": 1}
    row = Invitation.objects.get(survey=asked)
    assert (row.fate, row.reason, row.due_at.date()) == ("skipped", "contact_gap", slot + 7 * DAY)
    for number in range(1, 13):
        run(asked, now=day + number * DAY)
    assert outcomes(asked) == {"contact_gap": 1}
    run(asked, now=day + 14 * DAY)
    row = Invitation.objects.get(survey=asked)
    assert (row.fate, row.reason, row.due_at.date()) == ("planned", "", slot + 14 * DAY)
    assert Message.objects.filter(invitation=row).count() == 1
    for number in range(15, 91):
        run(asked, now=day + number * DAY)
    assert Message.objects.filter(invitation__survey=asked).count() == 1


# --- rules on real rows


def ask(survey: Survey, *people: Contact, occasion: str = "o", now: datetime = NOW):
    return planning.ask(fresh(survey), contacts=[person.pk for person in people], occasion=occasion, now=now)


def test_two_contacts_of_one_account_in_one_run_count_for_its_cap():
    asked = world.survey(rules={"account_cap": 2})
    company = world.account()
    people = [world.contact(account=company) for _ in range(3)]
    assert [one.reason for one in ask(asked, *people)] == ["", "", "account_cap"]
    other = world.survey("Other", rules={"account_cap": 2})
    assert [one.reason for one in ask(other, people[2])] == ["account_cap"]
    later = ask(other, people[2], occasion="later", now=NOW + 30 * DAY)
    assert [one.reason for one in later] == [""]


def test_two_surveys_at_once_the_older_one_asks():
    rules = {"contact_gap_days": 30}
    young = world.survey("Young", kind="ticket_resolved", rules=rules, on=NOW + HOUR)
    old = world.survey("Old", kind="ticket_resolved", rules=rules, on=NOW)
    world.ticket(world.contact(), resolved=NOW + 2 * HOUR)
    planning.plan_due(now=NOW + 3 * HOUR)
    assert outcomes(old) == {"planned": 1}
    assert outcomes(young) == {"contact_gap": 1}


def test_two_contacts_with_one_address_are_one_person():
    asked = world.survey(rules={"contact_gap_days": 30})
    one, other = world.contact("kim@customer.example"), world.contact("kim@customer.example")
    assert [found.reason for found in ask(asked, one, other)] == ["", "contact_gap"]
    assert [found.reason for found in ask(asked, other, occasion="p", now=NOW + DAY)] == ["contact_gap"]


def test_the_same_occasion_again_says_what_became_of_them():
    asked = world.survey()
    person = world.contact()
    assert ask(asked, person) == ask(asked, person)
    assert Message.objects.count() == 1


def test_answers_declines_and_asks_from_elsewhere_count():
    rules = {"after_answer_days": 30, "after_decline_days": 60, "contact_gap_days": 7}
    asked = world.survey(rules=rules)
    history = Survey.objects.create(name="Imported", external_id="h", created_at=NOW, revision=0)
    answered, declined, sent, bounced = (world.contact() for _ in range(4))
    Response.objects.create(
        survey=history, contact=answered, score=9, answered_at=NOW - 20 * DAY, external_id="r", revision=0
    )
    for person, fate, ago in ((declined, "declined", 50), (sent, "sent", 6), (bounced, "bounced", 6)):
        Invitation.objects.create(
            survey=history, contact=person, fate=fate, sent_at=NOW - ago * DAY, external_id=fate, revision=0
        )
    reasons = [one.reason for one in ask(asked, answered, declined, sent, bounced)]
    assert reasons == ["after_answer", "after_decline", "contact_gap", ""]


def test_an_open_ticket_holds_and_is_looked_at_again_each_day_for_a_week():
    asked = world.survey(kind="ticket_resolved", rules={"hold_open_ticket": True})
    company = world.account()
    person, colleague = world.contact(account=company), world.contact(account=company)
    world.ticket(person, resolved=NOW + HOUR)
    other = world.ticket(colleague, resolved=None)
    run(asked, now=NOW + 2 * HOUR)
    assert outcomes() == {"open_ticket": 1}
    run(asked, now=NOW + 26 * HOUR)
    other.resolved_at = NOW + 27 * HOUR
    other.save()
    run(asked, now=NOW + 28 * HOUR)
    assert outcomes() == {"open_ticket": 1, "planned": 1}  # the other ticket's own
    run(asked, now=NOW + 52 * HOUR)
    assert outcomes() == {"planned": 2}
    assert Message.objects.count() == 2


def test_a_skip_that_two_planners_look_at_again_is_asked_once(monkeypatch):
    asked = world.survey(kind="ticket_resolved", rules={"hold_open_ticket": True})
    company = world.account()
    world.ticket(world.contact(account=company), resolved=NOW + HOUR)
    other = world.ticket(world.contact(account=company), resolved=None)
    run(asked, now=NOW + 2 * HOUR)
    other.delete()
    found = planning.audience.again

    def overtaken(asking, *, now, limit):
        waiting = found(asking, now=now, limit=limit)
        monkeypatch.setattr(planning.audience, "again", found)
        assert run(asked, now=now).planned == 1
        return waiting

    monkeypatch.setattr(planning.audience, "again", overtaken)
    assert run(asked, now=NOW + 26 * HOUR).planned == 0
    assert Message.objects.count() == 1


def test_a_hold_that_does_not_end_stays_a_skip():
    asked = world.survey(kind="ticket_resolved", rules={"hold_open_ticket": True})
    person = world.contact(account=world.account())
    world.ticket(person, resolved=NOW + HOUR)
    world.ticket(person, resolved=None)
    for day in range(12):
        run(asked, now=NOW + day * DAY + 2 * HOUR)
    row = Invitation.objects.get()
    assert (row.reason, row.due_at) == ("open_ticket", None)


def test_an_unsubscribed_person_who_is_brought_in_again_stays_unsubscribed():
    asked = world.survey(channels=("email", "sms"))
    gone = world.contact("Kim@customer.example", phone="+4915112345678")
    for reason in ("unsubscribed", "bounced"):
        Suppression.objects.create(
            medium="email", digest=digest_of("email", "kim@customer.example"), reason=reason, at=NOW
        )
    gone.delete()
    again = world.contact("kim@customer.example", phone="+4915112345678")
    assert [one.reason for one in ask(asked, again)] == ["unsubscribed"]


def test_who_unsubscribed_is_known_under_both_spellings_of_two_contacts():
    asked = world.survey()
    people = [world.contact("Kim@customer.example"), world.contact("kim@customer.example")]
    Suppression.objects.create(
        medium="email", digest=digest_of("email", "kim@customer.example"), reason="unsubscribed", at=NOW
    )
    assert [one.reason for one in ask(asked, *people)] == ["unsubscribed"] * 2


def test_a_bounced_address_is_reached_by_telephone_where_the_plan_allows():
    asked = world.survey(channels=("email", "sms"))
    person = world.contact("kim@customer.example", phone="+4915112345678")
    Suppression.objects.create(medium="email", digest=digest_of("email", person.email), reason="bounced", at=NOW)
    assert [one.reason for one in ask(asked, person)] == [""]
    assert Message.objects.get().address == "+4915112345678"
    assert Invitation.objects.get().channel == "sms"


def test_only_the_audience_is_asked_and_nobody_else_is_a_row():
    asked = world.survey(
        audience=(
            Condition(attribute="plan", values=("pro",)),
            Condition(attribute="seats", op="at_least", values=("10",)),
        )
    )
    company = world.account(attributes={"plan": "pro", "seats": "25"})
    inside = world.contact(account=company)
    own = world.contact(account=company, attributes={"seats": "9"})
    outside = world.contact()
    assert [one.contact for one in ask(asked, inside, own, outside)] == [inside.pk]
    assert outcomes() == {"planned": 1}


def test_the_daily_cap_makes_the_rest_wait_until_the_next_days():
    asked = world.survey(rules={"daily_cap": 2}, open_days=2)
    people = [world.contact() for _ in range(8)]
    found = ask(asked, *people)
    assert [one.at.date().day if one.at else one.reason for one in found] == [
        4,
        4,
        5,
        5,
        6,
        6,
        "daily_cap",
        "daily_cap",
    ]
    more = ask(asked, world.contact(), occasion="p", now=NOW + DAY)
    assert [one.at.date().day for one in more] == [7]


def test_messages_wait_for_the_recipients_morning_and_their_holidays():
    asked = world.survey(rules=WORKDAYS | {"skip_holidays": True})
    easter = datetime(2026, 4, 2, 20, tzinfo=UTC)  # the evening before Good Friday
    berlin, boston = world.contact(time_zone="Europe/Berlin", country="DE"), world.contact(time_zone="America/New_York")
    nowhere = world.contact(time_zone="Nowhere/Land", country="XX")
    found = ask(asked, berlin, boston, nowhere, now=easter)
    assert [one.at.isoformat()[:16] for one in found] == ["2026-04-07T07:00", "2026-04-02T20:00", "2026-04-03T09:00"]


def test_each_is_asked_in_their_language_where_the_survey_has_it():
    asked = world.survey(content=Content(language="en", languages=("en", "de")))
    people = [world.contact(language=code) for code in ("de-AT", "fr", "")]
    ask(asked, *people)
    assert list(Invitation.objects.order_by("pk").values_list("language", flat=True)) == ["de", "en", "en"]


def test_an_experiment_gives_whole_accounts_an_arm_and_timing_moves_the_ask():
    asked = world.survey(kind="ticket_resolved", delay_hours=1)
    arms = [{"name": "soon", "share": 1, "change": {}}, {"name": "late", "share": 1, "change": {"delay_hours": 48}}]
    Experiment.objects.create(
        survey=asked, name="When", kind="timing", arms=arms, seed="s", created_at=NOW, started_at=NOW
    )
    for _ in range(12):
        company = world.account()
        for _ in range(2):
            world.ticket(world.contact(account=company), resolved=NOW + HOUR)
    run(asked, now=NOW + 3 * HOUR)
    early = Invitation.objects.count()
    assert set(Invitation.objects.values_list("arm", flat=True)) == {"soon"}
    run(asked, now=NOW + 60 * HOUR)
    assert 0 < early < Invitation.objects.count() == 24
    for company in {row.account_id for row in Invitation.objects.all()}:
        assert Invitation.objects.filter(account=company).values("arm").distinct().count() == 1


def test_what_a_program_says_is_asked_about_after_the_delay_once():
    asked = world.survey(kind="event", event="exported", delay_hours=2)
    world.survey("Other", kind="event", event="other")
    person = world.contact()
    for _ in range(2):
        assert planning.happened(event="exported", contact=person.pk, occasion="e1", now=NOW) == 1
    events = list(Event.objects.filter(kind="survey.happened"))
    assert [event.due_at for event in events] == [NOW + 2 * HOUR] * 2
    for event in events:
        planning.ask_about(**event.data, now=NOW + 2 * HOUR)
    assert outcomes(asked) == {"planned": 1}
    person.delete()
    planning.ask_about(**{**events[0].data, "occasion": "e2"}, now=NOW + 3 * HOUR)
    assert Invitation.objects.count() == 1


def test_a_survey_that_is_not_on_asks_nobody():
    asked = world.survey(kind="ticket_resolved")
    surveys.switch(asked, state="paused", now=NOW)
    world.ticket(world.contact(), resolved=NOW + HOUR)
    with pytest.raises(NotPossible):
        run(asked, now=NOW + 2 * HOUR)
    assert planning.plan_due(now=NOW + 2 * HOUR) == {}
    surveys.switch(asked, state="active", now=NOW + 3 * HOUR)
    run(asked, now=NOW + 4 * HOUR)
    assert outcomes() == {}  # what happened while it slept is past


def test_a_survey_switched_off_during_a_run_stops_it(monkeypatch):
    asked = world.survey(kind="ticket_resolved")
    world.ticket(world.contact(), resolved=NOW + HOUR)
    survey = fresh(asked)
    surveys.switch(asked, state="closed", now=NOW + 2 * HOUR)
    assert not planning.plan(survey, now=NOW + 2 * HOUR).complete
    assert outcomes() == {}


# --- interruptions


def test_a_run_that_is_cut_short_goes_on_where_it_was(monkeypatch):
    monkeypatch.setattr(planning, "PORTION", 3)
    asked = world.survey(kind="ticket_resolved")
    for _ in range(10):
        world.ticket(world.contact(), resolved=NOW + HOUR)
    mark = fresh(asked).planned_to
    left = iter([False, False, True])
    assert not run(asked, now=NOW + 8 * DAY, stopping=lambda: next(left)).complete
    assert not run(asked, now=NOW + 8 * DAY, limit=2).complete
    assert Invitation.objects.count() == 5 or Invitation.objects.count() == 8
    assert fresh(asked).planned_to == mark
    assert run(asked, now=NOW + 8 * DAY).complete
    assert Invitation.objects.count() == Message.objects.count() == 10
    assert fresh(asked).planned_to > mark


def test_a_clock_that_was_wrong_does_not_stop_a_survey_for_years():
    asked = world.survey(kind="ticket_resolved")
    Survey.objects.filter(pk=asked.pk).update(planned_to=NOW + 3000 * DAY)
    run(asked, now=NOW)
    world.ticket(world.contact(), resolved=NOW + HOUR)
    assert run(asked, now=NOW + 2 * HOUR).planned == 1
    assert run(asked, now=NOW + HOUR).planned == 0  # and back again


@pytest.mark.django_db(transaction=True)
def test_a_contact_deleted_while_it_is_decided_is_left_out(monkeypatch):
    asked = world.survey(kind="ticket_resolved")
    gone, stays = world.contact(), world.contact()
    for person in (gone, stays):
        world.ticket(person, resolved=NOW + HOUR)
    decide = planning.Desk.decide

    def deleted_after(self, dues):
        found = decide(self, dues)
        Contact.objects.filter(pk=gone.pk).delete()
        return found

    monkeypatch.setattr(planning.Desk, "decide", deleted_after)
    assert run(asked, now=NOW + 2 * HOUR).planned == 1
    assert Message.objects.get().address == stays.email


@pytest.mark.django_db(transaction=True)
def test_a_contact_deleted_after_planning_leaves_an_invitation_without_a_person():
    asked = world.survey()
    person = world.contact()
    ask(asked, person)
    person.delete()
    assert Invitation.objects.get().contact is None


@pytest.mark.django_db(transaction=True)
def test_planners_at_the_same_time_invite_each_once_and_keep_the_accounts_cap(monkeypatch):
    monkeypatch.setattr(planning, "PORTION", 7)
    companies = [world.account() for _ in range(6)]
    rules = {"account_cap": 5}
    both = [world.survey(name, kind="ticket_resolved", rules=rules) for name in ("One", "Two")]
    for company in companies:
        for _ in range(8):
            world.ticket(world.contact(account=company), resolved=NOW + HOUR)
    faults: list[Exception] = []

    def work() -> None:
        try:
            for one in both:
                run(one, now=NOW + 2 * HOUR)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert Invitation.objects.count() == 2 * 48
    assert outcomes() == {"planned": 30, "account_cap": 66}
    for company in companies:
        assert Message.objects.filter(invitation__account=company).count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_planner_that_slept_too_long_writes_nothing(monkeypatch):
    asked = world.survey(kind="ticket_resolved")
    world.ticket(world.contact(), resolved=NOW + HOUR)
    monkeypatch.setattr(turns, "_LEASE", -1.0)
    decide = planning.Desk.decide
    taken = []

    def overtaken(self, dues):
        found = decide(self, dues)
        if not taken:
            taken.append(True)
            run(asked, now=NOW + 2 * HOUR)
        return found

    monkeypatch.setattr(planning.Desk, "decide", overtaken)
    assert run(asked, now=NOW + 2 * HOUR).planned == 0
    assert Message.objects.count() == 1


def test_the_worker_plans_while_a_survey_asks_and_takes_up_what_happened():
    (tick,) = [tick for tick in kinds.TICKS if tick.kind == "survey.plan"]
    assert not tick.wanted(NOW)
    asked = world.survey(kind="ticket_resolved")
    listening = world.survey("Event", kind="event", event="exported")
    person = world.contact()
    world.ticket(person, resolved=NOW + HOUR)
    assert tick.wanted(NOW)
    planning.happened(event="exported", contact=person.pk, occasion="e1", now=NOW)
    told = Event.objects.get(kind="survey.happened").data
    for kind, data in ((tick.kind, {}), ("survey.happened", told)):
        for handle in kinds.HANDLERS[kind]:
            handle(data, now=NOW + 2 * HOUR, stopping=lambda: False)
    assert outcomes(asked) == outcomes(listening) == {"planned": 1}
    assert {kind for lane in kinds.LANES for kind in lane.kinds} >= {tick.kind, "survey.happened"}
