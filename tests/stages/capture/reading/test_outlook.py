"""When the next messages go: the planner's own answer in a sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nineplus.stages.capture.reading.outlook import outlook
from nineplus.store.models import Message, Sender
from tests.stages.capture import asking_world as world
from tests.stages.capture.asking_world import NOW

pytestmark = pytest.mark.django_db


def sender(**more):
    return Sender.objects.create(
        name="Folder", channel="outbox_folder", medium="email", hook_key="k", is_default=True, created_at=NOW, **more
    )


def test_a_draft_says_when_the_first_would_go_and_why_not_at_once():
    sender()
    company = world.account()
    world.ticket(world.contact(account=company), resolved=NOW + timedelta(hours=2))
    rules = {"quiet_from": "18:00", "quiet_to": "09:00"}
    drawn = world.survey(kind="ticket_resolved", delay_hours=8, rules=rules, state="draft")
    found = outlook(drawn, now=NOW)  # due at 20:00, when it is quiet
    assert found.says == (
        "If you start now, 1 person is due in the next 24 hours; the first message goes on 5 Mar 2026, 09:00 UTC "
        "(never from 18:00 to 09:00 where they live)."
    ).replace(" Mar 2026", "\u00a0Mar\u00a02026").replace("00 UTC", "00\u00a0UTC")
    assert found.hindrance == ""


def test_what_waits_and_what_keeps_it_are_said():
    running = world.survey(kind="ticket_resolved")
    assert outlook(running, now=NOW).says.startswith("Nobody is due in the next 90 days.")
    invitation = running.invitations.create(external_id="1", fate="planned", revision=0)
    Message.objects.create(
        invitation=invitation, kind="invitation", medium="email", key="k", due_at=NOW, created_at=NOW
    )
    found = outlook(running, now=NOW)
    assert found.says.startswith("1 message goes out now.")
    assert "no e-mail sender yet" in found.hindrance
    sender(error="It does not let us in.")
    assert outlook(running, now=NOW).hindrance == "“Folder” does not work: It does not let us in."


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        ({"kind": "manual"}, "nobody is asked by itself"),
        ({"kind": "event", "event": "went_live"}, "when a program sends the event “went_live”"),
        ({"kind": "manual", "channels": ()}, "If you start now, it writes to nobody: its links take answers."),
    ],
)
def test_who_is_not_asked_by_time_is_told_what_makes_it_ask(plan, says):
    assert says in outlook(world.survey(state="draft", **plan), now=NOW).says


def test_a_closed_survey_has_no_outlook():
    closed = world.survey()
    closed.state = "closed"
    assert outlook(closed, now=NOW) is None
