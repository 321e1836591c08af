"""People of every role, and answers to look at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from tests.web.given import NOW, PASSWORD


@pytest.fixture(autouse=True)
def _nobody_was_here() -> None:
    """Tests call their first invitation by the same link, more often than one person would."""
    from nineplus.web.survey.often import VISITORS

    VISITORS.forget()


@pytest.fixture
def within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sends too often does so within one minute, 25 seconds before its end. A test that the clock's own minute
    ended in would see the count begin anew."""
    from nineplus.web.survey.often import VISITORS

    wait, at = VISITORS.wait, NOW.replace(second=35)

    def at_once(*what: str, limit: int, now: datetime) -> int:
        return wait(*what, limit=limit, now=at)

    monkeypatch.setattr(VISITORS, "wait", at_once)


@pytest.fixture
def client_of(db: None) -> Callable[[str], Client]:
    """A browser that is logged in with that role; "" is a stranger."""
    from nineplus.stages.govern import people

    def make(role: str) -> Client:
        client = Client()
        if role:
            person = people.create_person(
                email=f"{role}@example.org", name=role.capitalize(), role=role, password=PASSWORD, now=NOW
            )
            client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def answers(db: None) -> list[int]:
    """Sixty answers of sixty people in seven accounts, an hour apart, the newest first; their ids."""
    from nineplus.store.models import Account, Contact, Response, Survey

    survey = Survey.objects.create(
        external_id="S", name="Relationship", touchpoint="relationship", created_at=NOW, revision=1
    )
    accounts = Account.objects.bulk_create(
        Account(external_id=f"A{number}", name=f"Account {number}", revision=1) for number in range(7)
    )
    contacts = Contact.objects.bulk_create(
        Contact(external_id=f"C{number}", email=f"person{number}@example.org", revision=1) for number in range(60)
    )
    made = Response.objects.bulk_create(
        Response(
            external_id=f"R{number}",
            survey=survey,
            account=accounts[number % 7],
            contact=contacts[number],
            score=number % 11,
            comment=f"The export <b>failed</b> {number} times" if number % 2 else "",
            answered_at=NOW - timedelta(hours=number),
            revision=1,
        )
        for number in range(60)
    )
    return [one.pk for one in made]
