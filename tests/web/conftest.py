"""People of every role, and answers to look at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from tests.web.given import NOW, PASSWORD


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
    """Sixty answers, an hour apart, the newest first; their ids."""
    from nineplus.stages.capture import record_response

    made = [
        record_response(
            score=number % 11,
            survey="Relationship",
            touchpoint="relationship",
            comment=f"The export <b>failed</b> {number} times" if number % 2 else "",
            answered_at=NOW - timedelta(hours=number),
            account=f"Account {number % 7}",
            email=f"person{number}@example.org",
            attributes={"Plan": "Pro" if number % 3 else "Basic"},
            now=NOW,
        )
        for number in range(60)
    ]
    return [one.response.pk for one in made]
