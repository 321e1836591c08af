"""What providers tell: kept once, carried on to invitations and addresses, refused when it is not signed."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from django.test import Client

from nineplus.channels import Delivery
from nineplus.stages.capture.people import suppression
from nineplus.stages.capture.sending import hooks, senders
from nineplus.store.models import Invitation, Message, Notice, Sender
from tests.stages.capture.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)

Invite = Callable[..., Message]
KEY = "mailgun-signing-key"


@pytest.fixture
def mailgun(db: None) -> Sender:
    settings = {"api_key": "k", "domain": "mg.acme.example", "signing_key": KEY}
    return senders.create(channel="mailgun", settings=settings, from_address="cs@acme.example", now=NOW)


@pytest.fixture
def sent(invite: Invite) -> Message:
    message = invite()
    Message.objects.update(state="sent", sent_at=NOW, provider_id="<abc@mg.acme.example>")
    Invitation.objects.update(fate="sent", sent_at=NOW)
    return message


def event(kind: str, *, token: str = "t1", key: str = KEY, **more: object) -> dict[str, object]:
    at = "1772445600"
    return {
        "signature": {
            "token": token,
            "timestamp": at,
            "signature": hmac.new(key.encode(), f"{at}{token}".encode(), hashlib.sha256).hexdigest(),
        },
        "event-data": {
            "event": kind,
            "timestamp": float(at),
            "recipient": "ada@customer.example",
            "message": {"headers": {"message-id": "abc@mg.acme.example"}},
            **more,
        },
    }


def post(sender: Sender, body: dict[str, object]) -> int:
    address = f"/hooks/{sender.hook_key}/"
    return Client().post(address, data=json.dumps(body), content_type="application/json").status_code


def test_a_delivery_is_kept_once(mailgun: Sender, sent: Message):
    assert [post(mailgun, event("delivered")) for _ in range(3)] == [204, 204, 204]
    assert Notice.objects.count() == 1
    invitation = Invitation.objects.get()
    assert invitation.fate == "delivered"
    assert invitation.delivered_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert Notice.objects.get().message_id == sent.pk


def test_a_forged_or_unreadable_call_changes_nothing(mailgun: Sender, sent: Message):
    assert post(mailgun, event("complained", key="another")) == 403
    assert post(mailgun, {"hello": "there"}) == 403
    assert (
        Client().post(f"/hooks/{mailgun.hook_key}/", data=b"\xff", content_type="application/json").status_code == 403
    )
    assert Client().post("/hooks/nobody/", data=b"{}", content_type="application/json").status_code == 404
    assert Notice.objects.count() == 0
    assert Invitation.objects.get().fate == "sent"


def test_a_bounce_for_good_suppresses_the_address(mailgun: Sender, sent: Message):
    assert post(mailgun, event("failed", severity="permanent", reason="bounce")) == 204
    assert Invitation.objects.get().fate == "bounced"
    assert suppression.suppressed(medium="email", addresses=[sent.address]) == {sent.address: "bounced"}


def test_a_delay_is_only_noted(mailgun: Sender, sent: Message):
    assert post(mailgun, event("failed", severity="temporary", reason="generic")) == 204
    assert Invitation.objects.get().fate == "sent"
    assert not suppression.is_suppressed(medium="email", address=sent.address)


@pytest.mark.parametrize(("kind", "reason"), [("complained", "complained"), ("unsubscribed", "unsubscribed")])
def test_complaints_and_unsubscriptions_are_honoured(mailgun: Sender, sent: Message, kind: str, reason: str):
    assert post(mailgun, event(kind)) == 204
    assert suppression.suppressed(medium="email", addresses=[sent.address]) == {sent.address: reason}


def test_times_and_fates_only_go_forward(mailgun: Sender, sent: Message):
    tell = lambda kind, name, minutes: hooks.take_in(  # noqa: E731
        mailgun,
        [Delivery(kind, id=name, key=sent.key, at=NOW + timedelta(minutes=minutes))],
        now=NOW + timedelta(hours=1),
    )
    tell("opened", "1", 5)
    tell("delivered", "2", 1)
    tell("opened", "3", 9)
    invitation = Invitation.objects.get()
    assert invitation.fate == "opened"
    assert invitation.opened_at == NOW + timedelta(minutes=5)
    Invitation.objects.update(fate="answered")
    tell("bounced", "4", 10)
    assert Invitation.objects.get().fate == "answered"


def test_a_notice_of_an_unsure_message_says_that_it_went(mailgun: Sender, sent: Message):
    Message.objects.update(state="unsure", sent_at=None)
    hooks.take_in(mailgun, [Delivery("delivered", id="1", key=sent.key)], now=NOW)
    assert Message.objects.get().state == "sent"


def test_a_notice_of_an_unknown_message_is_kept_and_its_complaint_honoured(mailgun: Sender):
    hooks.take_in(mailgun, [Delivery("complained", id="1", provider_id="?", address="x@customer.example")], now=NOW)
    assert Notice.objects.get().message is None
    assert suppression.is_suppressed(medium="email", address="X@customer.example")


def test_a_sender_without_webhooks_has_none(mail_sender: Sender):
    assert post(mail_sender, {}) == 404


def test_an_answer_that_could_not_be_kept_is_taken_when_it_comes_again(
    mailgun: Sender, monkeypatch: pytest.MonkeyPatch
):
    came: list[str] = []

    def receive(*, text: str, **_more: object) -> None:
        came.append(text)
        if len(came) == 1:
            raise OperationalError("database is locked")

    monkeypatch.setattr(hooks.replies, "receive", receive)
    said = [Delivery("replied", id="in:1", address="+4915112345678", text="9")]
    with pytest.raises(OperationalError):
        hooks.take_in(mailgun, said, now=NOW)
    assert hooks.take_in(mailgun, said, now=NOW) == {"replied": 1}
    assert hooks.take_in(mailgun, said, now=NOW) == {}
    assert came == ["9", "9"]


def test_the_same_number_of_another_provider_is_another_message(mailgun: Sender, sent: Message):
    settings = {"api_key": "k", "domain": "other.example", "signing_key": KEY}
    other = senders.create(channel="mailgun", settings=settings, from_address="x@acme.example", now=NOW)
    Message.objects.update(sender=mailgun, provider_id="17")
    hooks.take_in(other, [Delivery("bounced", id="1", provider_id="17", permanent=True)], now=NOW)
    assert Notice.objects.get().message is None
    assert not suppression.is_suppressed(medium="email", address=sent.address)
    hooks.take_in(mailgun, [Delivery("bounced", id="1", provider_id="17", permanent=True)], now=NOW)
    assert suppression.is_suppressed(medium="email", address=sent.address)
