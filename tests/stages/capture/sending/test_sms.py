"""Asking by text message: the question, the score, the why, the thanks; STOP, START and HELP."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from nineplus.channels import Delivery, Sent
from nineplus.stages.capture.people import suppression
from nineplus.stages.capture.sending import delivering, hooks, replies, senders
from nineplus.store.models import Contact, Invitation, Message, Response, Sender
from tests.stages.capture.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "+4915112345678"
TOKEN = "twilio-auth-token"


@pytest.fixture
def twilio(db: None) -> Sender:
    delivering._RESTS.clear()
    settings = {"account_sid": "AC1", "auth_token": TOKEN}
    return senders.create(channel="twilio", settings=settings, from_address="+4930123456", now=NOW)


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What was handed to the provider: number and text."""
    sent: list[tuple[str, str]] = []

    def send(_line: object, outgoing) -> Sent:
        sent.append((outgoing.address, outgoing.text))
        return Sent(f"SM{len(sent)}", parts=1)

    monkeypatch.setattr("nineplus.channels.twilio._Line.send", send)
    monkeypatch.setattr("nineplus.stages.capture.people.addresses.only_here", lambda: False)
    return sent


@pytest.fixture
def asked(invite: Callable[..., Message], twilio: Sender, gone: list[tuple[str, str]]) -> Message:
    message = invite(phone=NUMBER)
    Message.objects.update(medium="sms", address=NUMBER)
    Invitation.objects.update(channel="sms", language="en")
    delivering.run(clock=lambda: NOW)
    return message


def receive(sender: Sender, text: str, *, name: str = "", address: str = NUMBER):
    hooks.take_in(sender, [Delivery("replied", id=f"in:{name or text}", address=address, text=text)], now=NOW)
    delivering.run(clock=lambda: NOW)


def test_the_question_goes_out_and_the_conversation_ends_with_thanks(twilio, asked, gone):
    assert gone[0][0] == NUMBER
    assert "recommend Acme Cloud" in gone[0][1]
    assert "http" not in gone[0][1]
    receive(twilio, "9")
    assert gone[-1][1] == "Thank you! What is the main reason for your score?"
    receive(twilio, "The team is quick")
    assert gone[-1][1] == "Thank you for your answer."
    response = Response.objects.get()
    assert (response.score, response.comment, response.channel) == (9, "The team is quick", "sms")
    receive(twilio, "And kind")
    assert Response.objects.get().comment == "The team is quick\nAnd kind"
    assert len(gone) == 3
    assert Invitation.objects.get().fate == "answered"


def test_a_score_with_its_reason_is_thanked_at_once(twilio, asked, gone):
    receive(twilio, "9 because the team")
    assert gone[-1][1] == "Thank you for your answer."
    assert Response.objects.get().comment == "because the team"


def test_the_same_message_twice_is_one(twilio, asked, gone):
    receive(twilio, "9", name="a")
    receive(twilio, "9", name="a")
    assert len(gone) == 2
    assert Response.objects.count() == 1


def test_another_score_is_a_change(twilio, asked, gone):
    receive(twilio, "9")
    receive(twilio, "3")
    assert Response.objects.get().score == 3


def test_what_is_not_understood_is_asked_again_but_not_for_ever(twilio, asked, gone):
    for number in range(5):
        receive(twilio, f"I am out of office until 3.4.2026 ({number})")
    assert [text for _number, text in gone[1:]] == ["Please reply with a number from 0 to 10."] * 2
    assert Response.objects.count() == 0


def test_stop_start_and_help(twilio, asked, gone):
    receive(twilio, "Hilfe")
    assert "STOP" in gone[-1][1]
    receive(twilio, "Stop!")
    assert suppression.suppressed(medium="sms", addresses=[NUMBER]) == {NUMBER: "unsubscribed"}
    assert "no more messages" in gone[-1][1]
    said = len(gone)
    receive(twilio, "9")
    assert len(gone) == said  # not a word to who wants none
    receive(twilio, "START")
    assert not suppression.is_suppressed(medium="sms", address=NUMBER)
    assert "again" in gone[-1][1]


def test_a_stranger_gets_no_answer(twilio, asked, gone):
    receive(twilio, "9", address="+4915199999999")
    receive(twilio, "9", name="b", address="nobody")
    assert len(gone) == 1
    assert Response.objects.count() == 0


def test_where_nobody_can_reply_the_text_carries_the_link(invite, twilio, gone):
    senders.change(twilio, from_address="Acme", now=NOW)
    invite(phone=NUMBER)
    Message.objects.update(medium="sms")
    delivering.run(clock=lambda: NOW)
    assert "/s/" in gone[0][1]


def test_twilios_signature_is_checked(twilio, asked, gone):
    form = {"From": NUMBER, "To": "+4930123456", "Body": "10", "MessageSid": "SMin1", "SmsStatus": "received"}
    address = f"/hooks/{twilio.hook_key}/"
    Message.objects.update(due_at=timezone.now())  # a call from outside brings the time it comes at
    Invitation.objects.update(expires_at=None)

    def post(signature: str) -> int:
        return (
            Client()
            .post(
                address,
                data=urlencode(form),
                content_type="application/x-www-form-urlencoded",
                headers={"x-twilio-signature": signature},
            )
            .status_code
        )

    signed = f"http://127.0.0.1:8000{address}" + "".join(name + form[name] for name in sorted(form))
    good = base64.b64encode(hmac.digest(TOKEN.encode(), signed.encode(), "sha1")).decode()
    assert post("bm9uc2Vuc2U=") == 403
    assert post("") == 403
    assert Response.objects.count() == 0
    assert post(good) == 204
    assert post(good) == 204
    assert Response.objects.get().score == 10


def test_an_unreachable_number_is_suppressed(twilio, asked):
    hooks.take_in(twilio, [Delivery("bounced", id="1", provider_id="SM1", permanent=True)], now=NOW)
    assert suppression.suppressed(medium="sms", addresses=[NUMBER]) == {NUMBER: "bounced"}
    assert Invitation.objects.get().fate == "bounced"


def test_words_are_in_the_language_in_which_they_were_asked(twilio, asked, gone):
    Invitation.objects.update(language="de")
    receive(twilio, "neun")
    assert gone[-1][1] != "Thank you! What is the main reason for your score?"
    assert replies.receive(sender=twilio, name="x", address=NUMBER, text="", now=NOW) == "silent"
    assert Contact.objects.count() == 1
