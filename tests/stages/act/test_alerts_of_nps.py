"""NPS that changed is told after the test of the real question, over the real rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from nineplus.stages import analyze
from nineplus.stages.act.alerts import looking, policy
from nineplus.stages.act.alerts.kinds import nps_change
from nineplus.store.models import Account, Alert, Import, Preference, Raised, Response, Revision, Survey
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


def given(month: int, scores: list[int], *, channel: str, late: str = "") -> None:
    """Answers over a month, each of an account of its own."""
    survey, _ = Survey.objects.get_or_create(
        external_id="S", defaults={"name": "Relationship", "created_at": NOW, "revision": 1}
    )
    name = f"{month}-{channel}{late}"
    with transaction.atomic():
        revision = Revision.next()
        accounts = Account.objects.bulk_create(
            Account(external_id=f"{name}-{number}", name=name, revision=revision) for number in range(len(scores))
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
                revision=revision,
            )
            for number, (account, score) in enumerate(zip(accounts, scores, strict=True))
        )


STEADY = [10, 9, 7, 8, 3] * 18


@pytest.fixture
def steady(settings, tmp_path):
    """Three months of the same answers by e-mail, where people have looked for long."""
    settings.HOME = tmp_path
    world.agent("Boss", seat=False, role="owner")
    world.agent("Agent", seat=False)
    for month in (8, 9, 10):
        given(month, STEADY, channel="email")
    analyze.rebuild_mart(now=NOW)
    looking.look(now=NOW - timedelta(days=90))
    return {"settled": datetime(2026, 11, 4, 9, tzinfo=UTC)}


def told() -> dict[str, Raised]:
    return {row.subject: row for row in Raised.objects.filter(kind="nps_change")}


def test_what_the_test_calls_a_change_is_told_once_a_period_and_nothing_else(steady):
    for month in (8, 9, 10):
        given(month, [9, 10, 9] * 30 if month < 10 else [2, 9, 6] * 30, channel="link")
    analyze.refresh_mart(now=NOW)
    policy.change(policy.AlertPolicy(nps_by="channel"))
    assert looking.wanted(NOW)
    looking.look(now=NOW)
    assert not told(), "the month ended two days ago: some answers may still come"
    looking.look(now=steady["settled"])
    assert not looking.wanted(steady["settled"])
    looking.look(now=steady["settled"] + timedelta(days=1))
    assert set(told()) == {"nps ", "nps link"}
    assert told()["nps link"].title.startswith("NPS of link fell by 133 to -33")
    assert "95 % interval" in told()["nps "].detail
    assert "looked for every month" in told()["nps "].detail
    assert "one year in 10 would bring any such alert" in told()["nps "].detail
    assert told()["nps link"].path.startswith("/analysis/trend/?from=")
    assert set(Alert.objects.values_list("user__name", flat=True)) == {"Boss"}


def test_a_period_is_looked_at_once_whatever_comes_later(steady):
    looking.look(now=steady["settled"])
    assert not told()
    given(10, [0] * 200, channel="email", late="late")
    analyze.refresh_mart(now=steady["settled"])
    policy.change(policy.AlertPolicy(nps_by="channel"))
    for day in range(1, 29):
        looking.look(now=steady["settled"] + timedelta(days=day))
    assert not told(), "the test was done, and each further look would be another chance of a false alert"
    assert nps_change._looked_at("month") == "2026-10-01"


def test_what_ended_before_anybody_looked_is_history(steady):
    Preference.objects.filter(key="alerts looked").delete()
    given(10, [0] * 200, channel="email", late="imported")
    analyze.refresh_mart(now=NOW)
    looking.look(now=steady["settled"])
    looking.look(now=steady["settled"] + timedelta(days=1))
    assert not told()
    Preference.objects.filter(key="alerts looked").update(value={"hour": "", "day": ""})
    looking.look(now=steady["settled"] + timedelta(days=2))
    assert set(told()) == {"nps "}, "where people looked before the first day was written down"


def test_while_a_file_is_read_nothing_is_looked_at(steady):
    given(10, [0] * 200, channel="email", late="half")
    analyze.refresh_mart(now=NOW)
    settled = steady["settled"]
    going_on = Import.objects.create(
        kind="responses", file_name="a.csv", created_at=settled, started_at=settled, state=Import.State.RUNNING
    )
    looking.look(now=steady["settled"])
    assert not told()
    assert nps_change._looked_at("month") < "2026-10"
    assert nps_change._more_is_read(settled + timedelta(hours=23))
    assert not nps_change._more_is_read(settled + timedelta(days=2)), "one that is stuck holds nothing up"
    going_on.state = Import.State.DONE
    going_on.save()
    looking.look(now=steady["settled"] + timedelta(hours=1))
    assert set(told()) == {"nps "}


def test_two_workers_who_look_at_once_tell_once_and_of_one_look(steady, monkeypatch):
    given(10, [0] * 200, channel="email", late="more")
    analyze.refresh_mart(now=NOW)
    own, calls = nps_change._changed, []

    def while_another_tells(*given: object) -> list:
        found = own(*given)
        if not calls:
            calls.append(1)
            assert nps_change.look(now=steady["settled"]) == 1
        return found

    monkeypatch.setattr(nps_change, "_changed", while_another_tells)
    assert nps_change.look(now=steady["settled"]) == 0
    assert len(told()) == 1


def test_when_the_telling_fails_the_period_is_looked_at_again(steady, monkeypatch):
    given(10, [0] * 200, channel="email", late="more")
    analyze.refresh_mart(now=NOW)

    def dies(**_: object) -> int:
        raise ConnectionError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(nps_change, "tell", dies)
        with pytest.raises(ConnectionError, match="gone"):
            nps_change.look(now=steady["settled"])
    assert nps_change.look(now=steady["settled"]) == 1


def test_answers_that_come_by_a_file_on_the_sixth_are_looked_at_all_the_same(settings, tmp_path):
    settings.HOME = tmp_path
    world.agent("Boss", seat=False, role="owner")
    given(8, STEADY, channel="email")
    given(9, STEADY, channel="email")
    analyze.rebuild_mart(now=NOW)
    looking.look(now=NOW - timedelta(days=90))
    looking.look(now=datetime(2026, 11, 4, 9, tzinfo=UTC))
    assert nps_change._looked_at("month") < "2026-10", "nothing of October was there to be tested"
    given(10, [0] * 90, channel="email")
    sixth = datetime(2026, 11, 6, 9, tzinfo=UTC)
    analyze.refresh_mart(now=sixth)
    looking.look(now=sixth)
    assert set(told()) == {"nps "}
