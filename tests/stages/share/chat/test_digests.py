"""Digests: every morning at eight of the company, or on Mondays, once; of the real questions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nineplus.stages import analyze
from nineplus.stages.act.alerts import telling as alerts
from nineplus.stages.act.chat import places
from nineplus.stages.govern.preferences import change
from nineplus.stages.share.chat import commands, digests
from nineplus.store.models import ChatPost
from tests.stages.act import world

pytestmark = pytest.mark.django_db(transaction=True)
NOW = world.NOW  # a Tuesday, 9 in UTC


def place(digest: str):
    return places.add(kind="slack", name="cs", channel=f"C{digest}", digest=digest, now=NOW)


def test_when_a_digest_comes():
    change(time_zone="Europe/Berlin")
    place("daily")
    place("weekly")
    place("")
    early = datetime(2026, 11, 16, 6, 59, tzinfo=UTC)  # a Monday, a minute to eight
    assert not digests.due(early)
    assert digests.due(early + timedelta(minutes=1))
    assert [digests.write_due(now=early + timedelta(minutes=at)) for at in (1, 2)] == [2, 0]
    assert digests.write_due(now=NOW) == 1
    assert [post.what for post in ChatPost.objects.all()] == ["digest"] * 3


def test_what_it_says_is_what_happened_and_so_does_the_command(settings, tmp_path):
    settings.HOME = tmp_path
    ada = world.agent("Ada", seat=False)
    for score in (10, 9, 9, 8, 2, 10):
        world.answer(score, by=world.person(at=world.company()), at=NOW - timedelta(days=1), channel="email")
    world.answer(3, by=world.person(at=world.company()), at=NOW - timedelta(days=3), channel="link")
    world.case(at=NOW - timedelta(hours=3))
    analyze.rebuild_mart(now=NOW)
    alerts.tell(kind="rising_theme", subject="a", period="1", title="Billing rises", path="/", whom=(), now=NOW)
    alerts.tell(
        kind="score_fall",
        subject="b",
        period="1",
        title="Bo fell",
        path="/",
        whom=(),
        contact=world.person().pk,
        now=NOW,
    )
    said = digests.digest(days=1, now=NOW)
    assert said.title == "Yesterday: 6 answers"
    facts = dict(said.facts)
    assert facts["NPS"].startswith("50 (")
    assert (facts["Cases opened"], facts["Nobody has them"]) == ("1", "1")
    assert said.text == "• Billing rises"
    assert said.foot == "1 other alert."
    of_link = commands.answer("score link", by=ada, now=NOW)
    assert of_link.title == "NPS of link"
    assert "Fewer than 5 respondents" in of_link.text
    assert "NPS is" in commands.answer("score channel=email", by=ada, now=NOW).text
