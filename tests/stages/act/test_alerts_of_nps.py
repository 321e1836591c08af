"""NPS that changed is told after the test of the real question, over the real rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from nineplus.stages import analyze
from nineplus.stages.act.alerts import looking, policy
from nineplus.stages.act.alerts.kinds import nps_change
from nineplus.store.models import Account, Alert, Raised, Response, Survey
from tests.stages.act import world

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "today", "start", "end"),
    [
        ("week", date(2026, 11, 3), date(2026, 10, 26), date(2026, 11, 2)),
        ("week", date(2026, 11, 2), date(2026, 10, 26), date(2026, 11, 2)),
        ("month", date(2026, 1, 31), date(2025, 12, 1), date(2026, 1, 1)),
        ("quarter", date(2026, 11, 3), date(2026, 7, 1), date(2026, 10, 1)),
        ("quarter", date(2026, 2, 1), date(2025, 10, 1), date(2026, 1, 1)),
    ],
)
def test_the_last_full_period(window: str, today: date, start: date, end: date):
    assert nps_change.last_period(window, today=today) == (start, end)


def given(month: int, scores: list[int], *, channel: str) -> None:
    """Answers over a month, each of an account of its own."""
    survey, _ = Survey.objects.get_or_create(
        external_id="S", defaults={"name": "Relationship", "created_at": NOW, "revision": 1}
    )
    name = f"{month}-{channel}"
    accounts = Account.objects.bulk_create(
        Account(external_id=f"{name}-{number}", name=name, revision=1) for number in range(len(scores))
    )
    Response.objects.bulk_create(
        Response(
            source="nineplus",
            external_id=f"{name}-{number}",
            survey=survey,
            account=account,
            score=score,
            channel=channel,
            answered_at=datetime(2026, month, 1 + number % 30, 8, tzinfo=UTC),
            revision=1,
        )
        for number, (account, score) in enumerate(zip(accounts, scores, strict=True))
    )


def test_what_the_test_calls_a_change_is_told_once_a_period_and_nothing_else(settings, tmp_path):
    settings.HOME = tmp_path
    boss = world.agent("Boss", seat=False, role="owner")
    world.agent("Agent", seat=False)
    steady = [10, 9, 7, 8, 3] * 18
    for month in (8, 9, 10):
        given(month, steady, channel="email")
        given(month, [9, 10, 9] * 30 if month < 10 else [2, 9, 6] * 30, channel="link")
    analyze.rebuild_mart(now=NOW)
    policy.change(policy.AlertPolicy(nps_by="channel"))
    assert looking.wanted(NOW)
    looking.look(now=NOW)
    assert not looking.wanted(NOW)
    nps_change.look(now=NOW + timedelta(days=1))
    told = {row.subject: row for row in Raised.objects.filter(kind="nps_change")}
    assert set(told) == {"nps ", "nps link"}
    assert told["nps link"].title.startswith("NPS of link fell by 133 to -33")
    assert "95 % interval" in told["nps "].detail
    assert "looked for every month" in told["nps "].detail
    assert "one year in 10 would bring any such alert" in told["nps "].detail
    assert told["nps link"].path.startswith("/analysis/trend/?from=")
    assert set(Alert.objects.values_list("user", flat=True)) == {boss.pk}
