"""What rises is published once by theme and week, and told to the webhooks that asked for it."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from nineplus.jobs.kinds import HANDLERS, LANES
from nineplus.stages.analyze.comments import alerting, reading
from nineplus.stages.share import telling, webhooks
from nineplus.stages.share.formats import FORMATS
from nineplus.store.models import CommentReading, Event, WebhookDelivery
from tests.stages.analyze.comments.conftest import DEAR, NOW, SLOW

pytestmark = pytest.mark.django_db(transaction=True)
WEEK = date(2026, 2, 16)  # NOW is a Sunday: the week that ended last began on that Monday


def found(*themes: str, week: date = WEEK, refused: bool = False):
    rows = [
        {"theme": slug, "title": slug.capitalize(), "observed": 12, "expected": 4.04, "rises": slug != "calm"}
        for slug in themes
    ]
    return SimpleNamespace(refused=refused, figures={"week": week}, tables=(SimpleNamespace(rows=rows),))


def test_each_theme_is_published_once_a_week(db, monkeypatch):
    answers = iter([found("billing", "calm"), found("billing", "outages"), found("billing", week=WEEK + timedelta(7))])
    monkeypatch.setattr(alerting, "run", lambda name, filter, now: next(answers))
    assert [alerting.look(now=NOW + timedelta(days=day)) for day in (0, 0, 7)] == [1, 1, 1]
    told = [(one.data["theme"], one.data["week"]) for one in Event.objects.filter(kind="theme.rising").order_by("pk")]
    assert told == [("billing", "2026-02-16"), ("outages", "2026-02-16"), ("billing", "2026-02-23")]


@pytest.mark.parametrize("quiet", [found("billing", refused=True), found("billing", week=WEEK - timedelta(7))])
def test_a_short_or_old_history_is_no_news(db, monkeypatch, quiet):
    monkeypatch.setattr(alerting, "run", lambda name, filter, now: quiet)
    assert alerting.look(now=NOW) == 0
    assert not Event.objects.filter(kind="theme.rising").exists()


def test_it_is_looked_once_a_day_and_only_where_comments_were_read(say, fast, monkeypatch):
    assert not alerting.wanted(NOW)
    [one] = say(SLOW)
    CommentReading.objects.create(version=fast, response=one, digest="", sentiment="negative", revision=1)
    assert alerting.wanted(NOW)
    monkeypatch.setattr(alerting, "run", lambda name, filter, now: found())
    alerting.look(now=NOW)
    assert not alerting.wanted(NOW)
    assert alerting.wanted(NOW + timedelta(days=1))


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


def test_the_question_itself_is_asked_of_the_mart(say, settings, tmp_path):
    """A theme that hardly anybody spoke of for half a year, and everybody last week."""
    from django.db import transaction

    from nineplus.stages import analyze
    from nineplus.store.models import Response, Revision

    settings.HOME = tmp_path
    made = say(*(DEAR if number % 9 else SLOW for number in range(270)), *[SLOW] * 30)
    with transaction.atomic():
        revision = Revision.next()
        for number, one in enumerate(made):
            weeks = 1 + number // 9 if number < 270 else 0  # nine a week, and thirty in the week that ended last
            at = NOW - timedelta(days=10 + 7 * weeks)
            Response.objects.filter(pk=one.pk).update(answered_at=at, revision=revision)
    reading.follow(now=NOW)
    analyze.rebuild_mart(now=NOW)
    assert alerting.look(now=NOW) == 1
    told = Event.objects.get(kind="theme.rising").data
    assert (told["theme"], told["week"]) == ("support.speed", WEEK.isoformat())
