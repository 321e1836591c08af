"""Letters of alerts: of which day or week, how many of what, and safe where mail is read in the dark."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nineplus.stages.act.alerts import choosing, telling
from nineplus.stages.act.alerts.kinds import KINDS
from nineplus.store.models import Message, Sender
from tests.stages.act import world

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 16, 21, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 17, 22, tzinfo=UTC)
"""Already Wednesday in Tokyo."""


def letter(*kinds: str, **choice: object) -> dict[str, str]:
    Sender.objects.create(name="Mail", medium="email", channel="smtp", is_default=True, created_at=MONDAY)
    ada = world.agent("Ada")
    choosing.choose(ada, wanted=KINDS, now=MONDAY, **{"mailed": "daily", "digest_hour": 22, **choice})
    for number, kind in enumerate(kinds, start=1):
        said = {"kind": kind, "subject": f"case-{number}", "title": f"<b>{number}</b>", "path": f"/loop/{number}/"}
        telling.tell(**said, period="1", whom=[ada.pk], now=MONDAY)
    assert telling.mail_due(now=TUESDAY) == 1
    return Message.objects.get().body


SEVERAL = ("overdue_case", "rising_theme", "overdue_case")


@pytest.mark.parametrize(
    ("kinds", "choice", "subject"),
    [
        (SEVERAL, {}, "Tuesday 17 November, 3 alerts: 2 cases are overdue and 1 theme rises"),
        (
            SEVERAL,
            {"time_zone": "Europe/Berlin", "digest_hour": 23},
            "Tuesday 17 November, 3 alerts: 2 cases are overdue and 1 theme rises",
        ),
        (
            SEVERAL,
            {"time_zone": "Asia/Tokyo", "digest_hour": 7},
            "Wednesday 18 November, 3 alerts: 2 cases are overdue and 1 theme rises",
        ),
        (("rule",), {}, "Tuesday 17 November: <b>1</b>"),
        (
            SEVERAL[1:],
            {"mailed": "weekly", "digest_day": "tuesday"},
            "Week to Tuesday 17 November, 2 alerts: 1 theme rises and 1 case is overdue",
        ),
        (SEVERAL, {"mailed": "at_once"}, "<b>1</b>, and 2 more"),
        (SEVERAL[:1], {"mailed": "at_once"}, "<b>1</b>"),
    ],
)
def test_the_subject_says_of_when_and_how_many(kinds, choice, subject):
    assert letter(*kinds, **choice)["subject"] == subject


def test_it_can_be_read_in_the_dark_and_as_plain_text():
    body = letter(*SEVERAL)
    assert '<meta name="color-scheme" content="light dark">' in body["html"]
    assert "prefers-color-scheme:dark" in body["html"]
    assert "&lt;b&gt;3&lt;/b&gt;" in body["html"]
    for number in (1, 2, 3):
        assert f"<b>{number}</b>\nhttp" in body["text"]
        assert f"/loop/{number}/" in body["text"]
    assert "What you are told, and when: http" in body["text"]
