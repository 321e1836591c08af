"""Accounts at risk: what the store says of them, on the list, on their page and over the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from nineplus.stages.govern import keys
from nineplus.stages.share.customers.health import at_risk, health_of
from nineplus.store.models import Invitation, Movement, Subscription, Ticket, TicketEvent
from tests.stages.act.world import answer, case, company, person
from tests.web.conftest import client_of  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def world():
    """Five accounts: unhappy and renewing, silent though asked, happy, in trouble, and one nobody knows anything of."""
    now = timezone.now()
    named = {name: company(name) for name in ("Unhappy", "Silent", "Happy", "Trouble", "New")}
    for score in (2, 8):
        answer(score, by=person(at=named["Unhappy"]), at=now - DAY)
    answer(10, by=person(at=named["Happy"]), at=now - DAY)
    answer(10, by=person(at=named["Trouble"]), at=now - 200 * DAY)
    Subscription.objects.create(
        external_id="u", account=named["Unhappy"], renews_at=now + 10 * DAY, started_at=now - 300 * DAY, revision=1
    )
    for number, (name, amount, kind, at) in enumerate(
        [
            ("Silent", 5_000, "new", 700),
            ("Happy", 9_000, "new", 700),
            ("Trouble", 9_000, "new", 700),
            ("Trouble", -1_000, "contraction", 20),
        ]
    ):
        Movement.objects.create(
            external_id=f"m{number}",
            account=named[name],
            amount_minor=amount,
            currency="EUR",
            kind=kind,
            at=now - at * DAY,
            revision=1,
        )
    first = answer(9, by=person(at=named["Silent"]), at=now - 500 * DAY)
    for number, fate in enumerate(("sent", "opened", "skipped")):
        Invitation.objects.create(
            external_id=f"i{number}",
            survey=first.survey,
            account=named["Silent"],
            sent_at=None if fate == "skipped" else now - (30 + number) * DAY,
            fate=fate,
            reason="daily_cap" if fate == "skipped" else "",
            revision=1,
        )
    for number in range(2):
        one = Ticket.objects.create(
            external_id=f"t{number}", account=named["Trouble"], opened_at=now - (20 + number) * DAY, revision=1
        )
        for kind in ("escalation", "reopen"):
            TicketEvent.objects.create(external_id=f"e{number}{kind}", ticket=one, at=now - DAY, kind=kind, revision=1)
    return named


def said(account, now) -> list[str]:
    return [sign.says for sign in health_of(account.pk, now=now).signs]


def test_the_store_says_why(world, django_assert_max_num_queries):
    now = timezone.now()
    assert said(world["Unhappy"], now) == [
        "1 of 2 answers of the last 90 days is 0 to 6.",
        "It renews within 10 days.",
    ]
    assert said(world["Silent"], now) == ["Asked 2 times in a year, and nobody answered."]
    assert said(world["Happy"], now) == ["The only answer of the last 90 days is 9 or 10, none 0 to 6."]
    assert said(world["Trouble"], now) == [
        "A ticket has been open for 21 days.",
        "2 tickets were escalated or reopened in the last 90 days.",
        "It pays less than half a year ago.",
    ]
    assert said(world["New"], now) == []
    with django_assert_max_num_queries(12):
        found, of = at_risk(now=now)
    assert [(one.account.name, one.health.points) for one in found] == [("Unhappy", 4), ("Trouble", 3), ("Silent", 1)]
    assert of == 3
    assert found[1].pays == ((8_000, "EUR"),)
    assert [one.account.name for one in at_risk(now=now, watched=False)[0]] == ["Unhappy", "Trouble"]
    assert len(at_risk(now=now, limit=1)[0]) == 1


def test_open_and_overdue_cases_are_signs():
    made = case()
    assert health_of(made.account_id, now=made.opened_at).signs[-1].says == "A follow-up is open."
    assert health_of(made.account_id, now=made.due_at + DAY).signs[-1].says == "A follow-up is overdue."


def test_it_stands_on_the_pages_and_over_the_api(world, client_of, client):  # noqa: F811
    agent = client_of("agent")
    page = agent.get("/accounts/risk/").content.decode()
    assert page.index("Unhappy") < page.index("Trouble") < page.index("Silent")
    assert "3 accounts to look after" in page
    lines = agent.get("/accounts/risk/risk.csv").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert "It pays less than half a year ago." in lines[2]
    one = agent.get(f"/accounts/{world['Trouble'].pk}/").content.decode()
    assert "2 tickets were escalated or reopened" in one
    headers = {"Authorization": f"Bearer {keys.create(name='K', role='agent', now=timezone.now()).token}"}
    listed = client.get("/api/accounts/at-risk?limit=2", headers=headers).json()
    assert ([one["name"] for one in listed["items"]], listed["of"]) == (["Unhappy", "Trouble"], 3)
    shown = client.get(f"/api/accounts/{world['New'].pk}", headers=headers).json()
    assert shown["health"] == {"level": "unknown", "points": 0, "signs": []}
