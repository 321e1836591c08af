"""What rises is published once by theme and week, and told to the webhooks that asked for it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction

from nineplus.jobs.kinds import HANDLERS, LANES
from nineplus.stages import analyze
from nineplus.stages.analyze.comments import alerting, reading
from nineplus.stages.share import telling, webhooks
from nineplus.stages.share.formats import FORMATS
from nineplus.store.models import Event, Raised, Response, Revision, User, WebhookDelivery
from tests.stages.analyze.comments.conftest import DEAR, NOW, PRAISE, SLOW

pytestmark = pytest.mark.django_db(transaction=True)
WEEK = date(2026, 2, 16)  # NOW is a Sunday: the week that ended last began on that Monday


def given(say, *weeks: list[str]) -> None:
    """So many comments a week; the last of these weeks is the one that ended before NOW. Read, and in the mart."""
    for back, said in enumerate(reversed(weeks)):
        made = [one.pk for one in say(*said)]
        with transaction.atomic():
            at = NOW - timedelta(days=10 + 7 * back)
            Response.objects.filter(pk__in=made).update(answered_at=at, revision=Revision.next())
    reading.follow(now=NOW)
    analyze.rebuild_mart(now=NOW)


USUAL = [SLOW, *[DEAR] * 8]


def told_of_rising() -> None:
    """Handlers may run twice."""
    for event in Event.objects.filter(kind="theme.rising"):
        for handler in [one for one in HANDLERS["theme.rising"] if one.__name__ == "alert_rising"] * 2:
            handler(event.data, now=NOW, stopping=lambda: False)


def test_what_rises_is_found_by_the_question_and_told_once_a_theme_and_week(say, settings, tmp_path):
    """A theme that hardly anybody spoke of for half a year, and many last week; then another; then nobody."""
    settings.HOME = tmp_path
    boss = User.objects.create(email="boss@us.example", name="Boss", role="owner", created_at=NOW)
    assert not alerting.wanted(NOW)
    given(say, *[USUAL] * 20, [*USUAL, *[SLOW] * 30])
    assert alerting.wanted(NOW)
    assert [alerting.look(now=NOW) for _ in range(2)] == [1, 0]
    assert not alerting.wanted(NOW)
    assert not alerting.wanted(NOW + timedelta(days=2)), "the week is looked at once; the next ended yesterday"
    assert alerting.wanted(NOW + timedelta(days=3))
    said = Event.objects.get(kind="theme.rising").data
    assert (said["theme"], said["week"], said["accounts"]) == ("support.speed", WEEK.isoformat(), 31)
    told_of_rising()
    raised = Raised.objects.get(kind="rising_theme")
    assert raised.title.endswith("rises: 31 accounts spoke of it in a week")
    assert raised.detail.startswith(f"{said['usual']} would be usual. The week began on 16\xa0Feb")
    assert [one.user for one in raised.told.all()] == [boss]
    next_week = NOW + timedelta(days=7)
    made = [one.pk for one in say(*USUAL, *[PRAISE] * 30)]
    with transaction.atomic():
        Response.objects.filter(pk__in=made).update(answered_at=NOW - timedelta(days=3), revision=Revision.next())
    reading.follow(now=next_week)
    analyze.rebuild_mart(now=next_week)
    assert alerting.look(now=next_week) >= 1
    newest = Event.objects.filter(kind="theme.rising").latest("pk").data
    assert newest["week"] == "2026-02-23"
    assert newest["theme"] != "support.speed"
    assert alerting.look(now=NOW + timedelta(days=21)) == 0  # what is newest is no news any more


def test_a_week_whose_comments_are_read_later_is_looked_at_then(say, settings, tmp_path):
    settings.HOME = tmp_path
    given(say, *[USUAL] * 20)
    later = NOW + timedelta(days=3)  # the week that ended on NOW's day: nothing of it is there
    assert alerting.look(now=later) == 0
    assert not alerting.wanted(later), "not again and again"
    assert alerting.wanted(later + timedelta(days=1))
    made = [one.pk for one in say(*USUAL, *[SLOW] * 30)]
    with transaction.atomic():
        Response.objects.filter(pk__in=made).update(answered_at=NOW - timedelta(days=3), revision=Revision.next())
    reading.follow(now=later)
    analyze.rebuild_mart(now=later)
    assert alerting.look(now=later + timedelta(days=1)) == 1
    assert alerting.look(now=later + timedelta(days=1)) == 0


def test_a_short_history_is_no_news(say, settings, tmp_path):
    settings.HOME = tmp_path
    given(say, *[USUAL] * 3, [*USUAL, *[SLOW] * 30])
    assert alerting.look(now=NOW) == 0
    assert not Event.objects.filter(kind="theme.rising").exists()


def test_the_worker_knows_it_and_webhooks_that_asked_are_told_once(db):
    assert {"rising.due", "theme.rising"} <= {kind for lane in LANES for kind in lane.kinds}
    asked = webhooks.add(url="https://hooks.example.com/a", events=["theme.rising"], now=NOW).endpoint
    webhooks.add(url="https://hooks.example.com/b", now=NOW)  # all that Delighted had
    told = {"theme": "billing", "title": "Billing", "week": "2026-02-16", "accounts": 12, "usual": 4.0}
    for _ in range(2):  # handlers may run twice
        for handler in HANDLERS["theme.rising"]:
            handler(told, now=NOW, stopping=lambda: False)
    [row] = WebhookDelivery.objects.all()
    assert row.endpoint == asked
    said = FORMATS["delighted"].body(row)
    assert said["event_type"] == "theme.rising"
    assert said["event_data"] == {**told, "url": said["event_data"]["url"]}
    assert said["event_data"]["url"].endswith("/themes/billing/")
    assert telling.due(NOW)
