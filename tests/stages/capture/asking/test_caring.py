"""A paused survey's messages wait, and what is late goes at an hour its recipient allows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nineplus.jobs import kinds
from nineplus.stages.capture.asking import caring, planning
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.capture.sending import queue
from nineplus.store.models import Message, Sender, Survey
from tests.stages.capture import asking_world as world
from tests.stages.capture.asking_world import DAY, HOUR, NOW

pytestmark = pytest.mark.django_db

HOURS = {"quiet_from": "18:00", "quiet_to": "09:00", "weekdays": (0, 1, 2, 3, 4), "skip_holidays": False}


def planned(**contact):
    asked = world.survey(rules=HOURS)
    planning.ask(surveys.find(asked.pk), contacts=[world.contact(**contact).pk], occasion="o", now=NOW)
    return asked


def waiting(now):
    sender = Sender.objects.get_or_create(
        medium="email", is_default=True, defaults={"hook_key": "k", "created_at": NOW, "channel": "smtp"}
    )[0]
    return list(queue.due_for(sender, now=now))


def test_messages_of_a_paused_survey_wait_for_it():
    asked = planned()
    assert len(waiting(NOW)) == 1
    surveys.switch(asked, state="paused", now=NOW)
    assert waiting(NOW) == []
    surveys.switch(Survey.objects.get(), state="active", now=NOW + HOUR)
    assert len(waiting(NOW + HOUR)) == 1


@pytest.mark.parametrize(
    ("zone", "back", "then"),
    [
        ("", "2026-03-04T22:00", "2026-03-05T09:00"),
        ("America/New_York", "2026-03-05T02:00", "2026-03-05T14:00"),
        ("", "2026-03-07T12:00", "2026-03-09T09:00"),  # a Saturday
        ("", "2026-03-05T12:00", None),  # late, and yet at a good hour
    ],
)
def test_what_is_late_does_not_go_at_night(zone, back, then):
    planned(time_zone=zone)
    before = Message.objects.get().due_at
    back = datetime.fromisoformat(back).replace(tzinfo=UTC)
    assert caring.put_off(now=back) == (1 if then else 0)
    expected = datetime.fromisoformat(then).replace(tzinfo=UTC) if then else before
    assert Message.objects.get().due_at == expected
    assert caring.put_off(now=back) == 0


def test_the_worker_puts_off_before_it_sends():
    planned()
    (handle,) = kinds.HANDLERS["messages.due"]
    handle({}, now=NOW + 12 * HOUR, stopping=lambda: True)
    assert Message.objects.get().due_at == NOW + DAY - HOUR


def test_what_is_put_off_keeps_to_the_day_s_cap():
    asked = world.survey(rules={**HOURS, "daily_cap": 2})
    people = [world.contact().pk for _ in range(3)]
    planning.ask(surveys.find(asked.pk), contacts=people, occasion="o", now=NOW)  # two on Wednesday, one on Thursday
    back = datetime(2026, 3, 5, 12, tzinfo=UTC)  # a Thursday: all three are late, and one of them is of today
    caring.put_off(now=back)
    days = lambda: sorted(Message.objects.values_list("due_at__day", flat=True))  # noqa: E731
    assert days() == [5, 5, 6]
    caring.put_off(now=back + HOUR)
    assert days() == [5, 5, 6]
    planning.ask(surveys.find(asked.pk), contacts=[world.contact().pk], occasion="p", now=back + HOUR)
    assert days() == [5, 5, 6, 6]  # who is planned now finds the places taken
