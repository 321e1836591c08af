"""Alerts: late cases and large unhappy customers are told once, mailed when a person wants it, never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nineplus.jobs.kinds import HANDLERS
from nineplus.stages.act.alerts import choosing, telling
from nineplus.stages.act.alerts.kinds import high_value_detractor
from nineplus.stages.act.cases import escalating, policy
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Alert, AlertChoice, Event, Message, Sender
from nineplus.store.models.alerts import Mailed
from tests.stages.act import world

pytestmark = pytest.mark.django_db
NOW = world.NOW


def sender() -> None:
    Sender.objects.create(
        name="Mail", medium="email", channel="smtp", from_address="us@us.example", is_default=True, created_at=NOW
    )


def overdue(now: datetime) -> None:
    """The worker finds what is late, and handles what that says twice, as after a crash."""
    escalating.escalate(now=now)
    for event in Event.objects.filter(kind="case.overdue"):
        for handler in [one for one in HANDLERS[event.kind] if one.__name__ == "alert_overdue"] * 2:
            handler(event.data, now=now, stopping=lambda: False)


def test_a_late_case_is_told_to_its_owner_once_and_mailed_once():
    sender()
    ada = world.agent("Ada")
    case = world.case()
    overdue(late := NOW + timedelta(days=30))
    row = Alert.objects.filter(user=ada).get()
    assert (row.subject, row.path) == (f"case-{case.pk}", f"/loop/{case.pk}/")
    assert "overdue" in row.title
    assert telling.due(late)
    assert [telling.mail_due(now=late), telling.mail_due(now=late)] == [1, 0]
    letter = Message.objects.get(key__startswith="alert-")
    assert letter.address == ada.email
    assert row.title in letter.body["text"]
    assert choosing.unread(ada) == 1
    choosing.read_all(ada, to=row.pk, now=late)
    assert choosing.unread(ada) == 0


def test_without_an_owner_the_owners_of_the_company_are_told():
    boss = world.agent("Boss", seat=False, role="owner")
    world.case()
    overdue(NOW + timedelta(days=30))
    assert Alert.objects.get().user == boss


def test_a_large_unhappy_customer_is_told_once_a_day(monkeypatch: pytest.MonkeyPatch):
    ada = world.agent("Ada", seat=False)
    account = world.company(owner=ada)
    policy.change(replace(policy.current(), high_value_minor=100_000))
    paid = {account.pk: 99_999}

    class Paid:
        def filter(self, *, account, currency):  # type: ignore[no-untyped-def]
            return [{"mrr": paid[account.pk]}]

    monkeypatch.setattr(high_value_detractor, "paid_monthly", lambda *, now: Paid())
    bo = world.person(at=account)
    answers = [world.answer(2, by=bo), world.answer(3, by=bo), world.answer(9, by=bo)]
    assert high_value_detractor.worth_a_look([one.pk for one in answers]) == [answers[0].pk, answers[1].pk]
    assert high_value_detractor.look(answers[0].pk, now=NOW) == 0
    paid[account.pk] = 100_000
    for one in answers:
        high_value_detractor.look(one.pk, now=NOW)
    assert Alert.objects.get().user == ada
    assert high_value_detractor.look(answers[0].pk, now=NOW + timedelta(days=400)) == 0  # history


def test_several_things_are_one_letter_and_who_wants_nothing_gets_nothing():
    sender()
    ada, bea, cy = (world.agent(name, seat=False) for name in ("Ada", "Bea", "Cy"))
    choosing.choose(bea, wanted=["overdue_case"], mailed=Mailed.NEVER)
    choosing.choose(cy, wanted=[], mailed=Mailed.AT_ONCE)
    for number in (1, 2):
        telling.tell(
            kind="overdue_case",
            subject=f"case-{number}",
            period="1",
            title=f"Case {number}",
            path=f"/loop/{number}/",
            whom=[ada.pk, bea.pk, cy.pk],
            now=NOW,
        )
    assert telling.mail_due(now=NOW) == 1
    assert "Case 2" in Message.objects.get().body["text"]
    assert [choosing.unread(one) for one in (ada, bea, cy)] == [2, 2, 0]


@pytest.mark.parametrize(
    ("choice", "hour", "mailed"),
    [
        ({}, 12, "17 12"),
        ({"quiet_from": 20, "quiet_to": 7}, 22, "18 06"),  # 23 in Berlin, until 7 of the next day
        ({"quiet_from": 20, "quiet_to": 7}, 3, "17 06"),
        ({"quiet_from": 20, "quiet_to": 7}, 6, "17 06"),
        ({"mailed": Mailed.DAILY}, 3, "17 07"),
        ({"mailed": Mailed.DAILY}, 12, "18 07"),
        ({"mailed": Mailed.DAILY, "quiet_from": 6, "quiet_to": 10}, 3, "17 09"),
        ({"mailed": Mailed.NEVER}, 12, ""),
    ],
)
def test_when_it_is_mailed(choice: dict[str, object], hour: int, mailed: str):
    at = telling.mail_time(
        AlertChoice(time_zone="Europe/Berlin", **choice), now=datetime(2026, 11, 17, hour, tzinfo=UTC)
    )
    assert (f"{at:%d %H}" if at else "") == mailed


@pytest.mark.parametrize(
    "wrong",
    [{"mailed": "x"}, {"time_zone": "Mars"}, {"quiet_from": 3}, {"quiet_from": 3, "quiet_to": 3}],
)
def test_what_cannot_be_chosen_is_said(wrong: dict[str, object]):
    with pytest.raises(NotPossible):
        choosing.choose(world.agent("Ada"), **{"wanted": [], "mailed": "never", **wrong})
