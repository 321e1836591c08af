"""The queue of messages against a real SMTP server: what is due goes once, and nothing is forgotten."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from aiosmtpd.smtp import AuthResult
from django.db import connections

from nineplus.jobs.kinds import TICKS
from nineplus.jobs.worker import Worker
from nineplus.rules import links
from nineplus.stages.capture.answering import links as links_of_answers
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.capture.people import suppression
from nineplus.stages.capture.sending import delivering, queue, reminders, senders, testing
from nineplus.store.models import Contact, Experiment, Invitation, Message, Sender, Survey
from tests.fixtures.mail_server import MailServer, mail_server
from tests.stages.capture.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)

Invite = Callable[..., Message]


def send(at=NOW):
    return delivering.run(clock=lambda: at)


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


def state_of(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    message.invitation.refresh_from_db()
    return message.state, message.invitation.fate


def test_nothing_goes_before_it_is_due_or_without_a_sender(invite: Invite, server: MailServer, db: None):
    message = invite(due=NOW)
    assert not delivering.due(NOW)
    assert send() == {}
    senders.create(channel="smtp", settings=server.settings, from_address="cs@acme.example", now=NOW)
    assert not delivering.due(NOW - timedelta(seconds=1))
    assert delivering.due(NOW)
    assert send(NOW - timedelta(seconds=1))["sent"] == 0
    assert state_of(message) == ("waiting", "planned")


@pytest.mark.parametrize(
    ("change", "reason", "fate"),
    [
        (lambda m: Contact.objects.filter(pk=m.invitation.contact_id).delete(), "contact_gone", "skipped"),
        (lambda m: Contact.objects.update(erased_at=NOW), "erased", "skipped"),
        (lambda m: Contact.objects.update(email=""), "no_address", "skipped"),
        (lambda m: Survey.objects.update(state="closed"), "survey_closed", "skipped"),
        (lambda m: Invitation.objects.update(expires_at=NOW), "expired", "expired"),
        (lambda m: Invitation.objects.update(fate="declined"), "declined", "declined"),
        (
            lambda m: suppression.suppress(
                medium="email", address="ADA@Customer.example", reason="unsubscribed", now=NOW
            ),
            "unsubscribed",
            "skipped",
        ),
        (
            lambda m: links_of_answers.score_by_link(
                token=links.seal(number=m.invitation_id, purpose="answer", key=links_key()), score=9, now=NOW
            ),
            "answered",
            "answered",
        ),
    ],
)
def test_it_is_looked_at_again_just_before(
    change: Callable, reason: str, fate: str, invite: Invite, mail_sender: Sender, server: MailServer
):
    message = invite()
    change(message)
    assert send()["dropped"] == 1
    message.refresh_from_db()
    assert (message.state, message.error) == ("dropped", reason)
    assert Invitation.objects.get().fate in (fate, "answered" if reason == "answered" else fate)
    assert server.taken == []


def test_the_address_is_the_one_the_contact_has_now(invite: Invite, mail_sender: Sender, server: MailServer):
    invite("old@customer.example")
    Contact.objects.update(email="new@customer.example")
    send()
    assert server.taken[0].recipients == ["new@customer.example"]
    assert Message.objects.get().address == "new@customer.example"


def test_a_refusal_for_now_is_tried_again_later(invite: Invite, mail_sender: Sender, server: MailServer):
    message = invite()
    server.at_rcpt = lambda _server, _address: "450 4.2.1 Greylisted, try again"
    assert send()["waiting"] == 1
    assert state_of(message) == ("waiting", "planned")
    assert message.attempts == 1
    assert NOW + timedelta(seconds=45) <= message.due_at <= NOW + timedelta(seconds=75)
    assert "Greylisted" in message.error
    server.at_rcpt = None
    assert send(NOW + timedelta(minutes=2))["sent"] == 1
    assert len(server.taken) == 1


def test_a_refusal_is_not_tried_for_ever(invite: Invite, mail_sender: Sender, server: MailServer):
    message = invite()
    server.at_rcpt = lambda _server, _address: "450 4.2.1 Try again"
    for hour in range(queue.MOST_ATTEMPTS):
        send(NOW + timedelta(hours=2 * hour))
    assert state_of(message) == ("failed", "bounced")


def test_an_address_that_does_not_exist_is_never_written_to_again(
    invite: Invite, mail_sender: Sender, server: MailServer
):
    gone, there = invite("gone@customer.example"), invite("there@customer.example")
    server.at_rcpt = lambda _server, address: "550 5.1.1 No such user" if "gone" in address else None
    assert send() == {"failed": 1, "sent": 1}
    assert state_of(gone) == ("failed", "bounced")
    assert state_of(there) == ("sent", "sent")
    assert suppression.suppressed(medium="email", addresses=[gone.address, there.address]) == {gone.address: "bounced"}


def test_a_refused_message_says_nothing_against_its_address(invite: Invite, mail_sender: Sender, server: MailServer):
    message = invite()
    server.after_data = lambda _server, _address: "554 5.6.0 Content refused"
    assert send()["failed"] == 1
    assert not suppression.is_suppressed(medium="email", address=message.address)


def test_a_line_cut_after_the_message_leaves_it_unsure_and_it_is_never_sent_again(
    invite: Invite, mail_sender: Sender, server: MailServer
):
    message = invite()

    def cut(smtp, _address):
        smtp.transport.abort()

    server.after_data = cut
    assert send()["unsure"] == 1
    assert state_of(message) == ("unsure", "sent")  # counts as asked: it may have come
    server.after_data = None
    assert send(NOW + timedelta(days=1))["sent"] == 0
    assert len(server.taken) == 1


def test_a_line_cut_before_the_message_costs_nothing(invite: Invite, mail_sender: Sender, server: MailServer):
    message = invite()
    cuts = iter([True])

    def cut(smtp, _address):
        if next(cuts, False):
            smtp.transport.abort()

    server.at_rcpt = cut
    send()
    assert state_of(message) == ("waiting", "planned")
    assert message.attempts == 0
    assert not delivering.due(NOW)  # the server rests
    assert send(NOW + timedelta(minutes=10))["sent"] == 1
    assert len(server.taken) == 1


def test_a_connection_that_the_server_closed_meanwhile_is_opened_again(
    invite: Invite, mail_sender: Sender, server: MailServer
):
    senders.change(mail_sender, settings={**server.settings, "connections": "1"}, now=NOW)
    for number in range(5):
        invite(f"person{number}@customer.example")
    closed = iter([False, True])
    server.at_mail = lambda _server, _address: "421 Idle for too long" if next(closed, False) else None
    assert send()["sent"] == 5
    assert server.connections == 2


def test_a_wrong_password_parks_the_sender_and_everything_waits(invite: Invite, mail_sender: Sender):
    messages = [invite(f"person{number}@customer.example") for number in range(20)]
    with mail_server(
        authenticator=lambda *_: AuthResult(success=False, handled=False), auth_require_tls=False
    ) as strict:
        senders.change(mail_sender, settings={**strict.settings, "user": "ada", "password": "wrong"}, now=NOW)
        send()
    mail_sender.refresh_from_db()
    assert "refuses the user name or password" in mail_sender.error
    assert {state_of(message) for message in messages} == {("waiting", "planned")}
    assert {message.attempts for message in messages} == {0}
    assert not delivering.due(NOW)


def test_a_mended_sender_goes_on(invite: Invite, mail_sender: Sender, server: MailServer):
    invite()
    Sender.objects.update(error="wrong password")
    assert send()["sent"] == 0
    senders.check(mail_sender, now=NOW)
    assert send()["sent"] == 1


def test_what_a_dead_worker_held_goes_on_but_what_it_was_handing_over_is_unsure(
    invite: Invite, mail_sender: Sender, server: MailServer
):
    claimed, handed = invite("a@customer.example"), invite("b@customer.example")
    until = NOW + timedelta(seconds=90)
    queue.claim(mail_sender, worker="dead", now=NOW, until=until, most=10)
    queue.hand_over([handed.pk], worker="dead", until=until)
    assert send()["sent"] == 0
    assert send(NOW + timedelta(minutes=5)) == {"sent": 1, "unsure": 1}
    assert state_of(claimed) == ("sent", "sent")
    assert state_of(handed) == ("unsure", "sent")
    assert len(server.taken) == 1


def test_two_runs_at_once_send_each_message_once(invite: Invite, mail_sender: Sender, server: MailServer):
    messages = [invite(f"person{number}@customer.example") for number in range(60)]
    threads = [threading.Thread(target=_run_and_close) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    came = sorted(taken.recipients[0] for taken in server.taken)
    assert came == sorted(message.address for message in messages)


def _run_and_close():
    try:
        send()
    finally:
        connections.close_all()


def test_a_reminder_goes_to_the_silent_only_once_and_in_thread(invite: Invite, mail_sender: Sender, server: MailServer):
    silent, answered, declined, bounced = (
        invite(f"{who}@customer.example") for who in ("silent", "answered", "declined", "bounced")
    )
    send()
    for message, fate in ((answered, "answered"), (declined, "declined"), (bounced, "bounced")):
        Invitation.objects.filter(pk=message.invitation_id).update(fate=fate)
    later = NOW + timedelta(days=4)  # a Friday
    assert not reminders.wanted(later - timedelta(seconds=1))
    assert reminders.plan_reminders(now=later) == 1
    assert reminders.plan_reminders(now=later) == 0
    server.taken.clear()
    assert send(later)["sent"] == 1
    first, second = Message.objects.filter(invitation=silent.invitation).order_by("pk")
    message = server.taken[0].message
    assert message["Subject"].startswith("Re: ")
    assert message["In-Reply-To"] == message["References"] == f"<{first.key}@acme.example>"
    assert message["Message-ID"] == f"<{second.key}@acme.example>"
    silent.invitation.refresh_from_db()
    assert silent.invitation.reminded_at == later


def test_an_arm_has_its_own_words(invite: Invite, mail_sender: Sender, server: MailServer):
    message = invite()
    arms = [
        {"name": "plain", "share": 1, "change": {}},
        {"name": "short", "share": 1, "change": {"texts": {"en": {"subject": "One question"}}}},
    ]
    Experiment.objects.create(
        survey=message.invitation.survey, name="Subjects", kind="subject", arms=arms, seed="s", created_at=NOW
    )
    Invitation.objects.update(arm="short")
    send()
    assert server.taken[0].message["Subject"] == "One question"


def test_a_test_to_oneself_is_not_an_invitation(survey: Survey, mail_sender: Sender, server: MailServer):
    message = testing.send_test(survey, to="me@acme.example", now=NOW)
    assert send()["sent"] == 1
    (taken,) = server.taken
    assert taken.recipients == ["me@acme.example"]
    assert "?score=10" in taken.message.get_body(("html",)).get_content()
    assert Invitation.objects.count() == 0
    message.refresh_from_db()
    assert message.state == "sent"
