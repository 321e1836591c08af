"""Alerts: the bell counts, the page shows, and each person chooses for themselves."""

from __future__ import annotations

import pytest
from django.test import Client

from nineplus.stages.act.alerts import policy
from nineplus.stages.act.alerts.kinds import KINDS
from nineplus.store.models import Alert, AlertChoice, User
from tests.web.given import NOW

pytestmark = pytest.mark.django_db


def test_told_read_and_chosen(client_of):
    agent: Client = client_of("agent")
    user = User.objects.get(role="agent")
    said = {"kind": "overdue_case", "subject": "case-1", "period": "1", "title": "<b>Late</b>", "path": "/loop/1/"}
    row = Alert.objects.create(user=user, **said, at=NOW, mail_at=NOW)
    html = agent.get("/alerts/").content.decode()
    assert "Alerts, 1 new" in html
    assert "&lt;b&gt;Late" in html
    agent.post("/alerts/read/", {"to": row.pk})
    assert "1 new" not in agent.get("/alerts/").content.decode()
    agent.post("/alerts/choose/", {"mailed": "daily", "digest_hour": "0", "quiet_from": "22", "quiet_to": "6"})
    choice = AlertChoice.objects.get(user=user)
    assert (choice.mailed, choice.digest_hour, choice.quiet_from, choice.quiet_to) == ("daily", 0, 22, 6)
    html = agent.get("/alerts/").content.decode()
    assert "by one letter every day at 0:00" in html
    assert "Not by e-mail: you did not want this kind any more." in html
    assert "overdue_case" in choice.unwanted
    said = agent.post("/alerts/choose/", {"mailed": "daily", "quiet_from": "x"}, follow=True).content.decode()
    assert "Hours go from 0 to 23." in said


def test_what_was_typed_stays_when_it_is_refused(client_of):
    analyst: Client = client_of("analyst")
    typed = {"kind": ["score_fall"], "mailed": "weekly", "quiet_from": "22", "quiet_to": "6", "time_zone": "Berlin"}
    refused = analyst.post("/alerts/choose/", typed)
    html = refused.content.decode()
    assert refused.status_code == 400
    assert "There is no time zone &#x27;Berlin&#x27;" in html
    for kept in (
        'name="kind" value="score_fall" checked',
        'name="kind" value="overdue_case">',
        '<option value="weekly" selected>',
        '<option value="22" selected>',
        '<option value="6" selected>',
        'name="time_zone" maxlength="60" autocomplete="off" value="Berlin"',
    ):
        assert kept in html, kept
    assert not AlertChoice.objects.exists()
    typed = {"on": ["score_fall"], "fall_points": "4", "nps_window": "quarter", "silent_days": "2", "renewal_days": "9"}
    html = analyst.post("/alerts/change/", typed).content.decode()
    assert "Silence lasts from 7" in html
    for kept in ('required value="4"', 'required value="2"', 'required value="9"', "<option selected>quarter"):
        assert kept in html, kept
    assert html.count('name="on" value="score_fall" checked') == html.count('name="on" value="nps_change">') == 1
    assert policy.current().fall_points != 4


def test_the_company_says_what_is_worth_an_alert(client_of):
    viewer, analyst = client_of("viewer"), client_of("analyst")
    assert "What is worth an alert" not in viewer.get("/alerts/").content.decode()
    given = {"on": ["overdue_case"], "fall_points": "4", "nps_window": "quarter", "silent_days": "90"}
    said = analyst.post("/alerts/change/", given, follow=True).content.decode()
    assert "Say a number of days." in said
    said = analyst.post("/alerts/change/", {**given, "renewal_days": "60"}, follow=True).content.decode()
    assert "a score 4 points below what was to be expected; NPS by quarter" in said
    assert "Off for the whole company." in said
    assert policy.current().off == tuple(kind for kind in KINDS if kind != "overdue_case")
