"""What tests of asking share: a survey that is asked, contacts, a mail server and a sender that uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from nineplus.model.survey import Brand, Content, Plan
from tests.fixtures.mail_server import MailServer, mail_server

if TYPE_CHECKING:  # pytest reads this file before Django is ready
    from nineplus.store.models import Message, Sender, Survey

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def mail_sender(db: None, server: MailServer) -> Sender:
    from nineplus.stages.capture.sending import delivering, senders

    delivering._RESTS.clear()
    return senders.create(channel="smtp", settings=server.settings, from_address="cs@acme.example", now=NOW)


@pytest.fixture
def survey(db: None) -> Survey:
    from nineplus.stages.capture.drawing import surveys

    content = Content(brand=Brand(company="Acme"), product="Acme Cloud")
    made = surveys.create(name="After tickets", touchpoint="post-resolution", content=content, plan=Plan(), now=NOW)
    surveys.publish(made, now=NOW)
    return surveys.switch(made, state="active", now=NOW)


@pytest.fixture
def invite(survey: Survey) -> Callable[..., Message]:
    """Plan a message to one contact, as the planner does."""
    from django.db import transaction

    from nineplus.stages.capture.sending import preparing
    from nineplus.store.models import Contact, Invitation, Message, Revision

    def made(email: str = "ada@customer.example", *, due: datetime = NOW, **contact: object) -> Message:
        with transaction.atomic():
            revision = Revision.next()
            number = Contact.objects.count()
            person = Contact.objects.create(external_id=f"c{number}", email=email, revision=revision, **contact)
            invitation = Invitation.objects.create(
                source="nineplus",
                external_id=f"{survey.pk}/{number}",
                survey=survey,
                contact=person,
                version_id=survey.current_id,
                due_at=due,
                revision=revision,
            )
            return Message.objects.create(
                invitation=invitation,
                kind="invitation",
                medium="email",
                address=email,
                key=preparing.message_key(invitation.pk),
                due_at=due,
                created_at=due - timedelta(days=1),
            )

    return made
