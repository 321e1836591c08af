"""The queue of messages against a real SMTP server: what is due goes once, and nothing is forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from nineplus.jobs.kinds import TICKS
from nineplus.jobs.worker import Worker
from nineplus.rules import links
from nineplus.stages.capture import sending
from nineplus.stages.capture.links import links_key
from nineplus.store.models import Message, Sender
from tests.fixtures.mail_server import MailServer
from tests.stages.capture.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)

Invite = Callable[..., Message]


def send(at=NOW):
    return sending.run(clock=lambda: at)


def test_an_invitation_has_eleven_buttons_that_lead_to_its_page(
    invite: Invite, mail_sender: Sender, server: MailServer
):
    message = invite()
    assert send()["sent"] == 1
    (taken,) = server.taken
    html = taken.message.get_body(("html",)).get_content()
    found = re.findall(r'href="http://127\.0\.0\.1:8000/s/([\w-]{27})/\?score=(\d+)"', html)
    assert [int(score) for _token, score in found] == list(range(11))
    (token,) = {token for token, _score in found}
    assert links.unseal(token, purpose="answer", key=links_key()).number == message.invitation_id
    message.refresh_from_db()
    assert (message.state, message.provider_id, message.attempts) == ("sent", "T1", 1)
    assert message.invitation.fate == "sent"
    assert message.invitation.sent_at == NOW
    assert message.invitation.expires_at == NOW + timedelta(days=30)
    assert send()["sent"] == 0


def test_the_worker_sends_what_is_due(invite: Invite, mail_sender: Sender, server: MailServer):
    messages = [invite(f"person{number}@customer.example") for number in range(30)]
    worker = Worker(clock=lambda: NOW)
    for tick in TICKS:
        worker._tick(tick)
    worker.burst()
    assert sorted(taken.recipients[0] for taken in server.taken) == sorted(message.address for message in messages)
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    assert server.connections <= 4
