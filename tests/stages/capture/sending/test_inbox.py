"""Mail that comes back: bounces stop what does not arrive, a letter that says so unsubscribes, the rest stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import unquote

import pytest

from nineplus.channels import Reconnect, Retry
from nineplus.channels.inbox_imap import letters
from nineplus.jobs.kinds import HANDLERS, TICKS
from nineplus.stages.capture.people import suppression
from nineplus.stages.capture.sending import delivering, inbox, senders
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern import troubles
from nineplus.store.models import Invitation, Message, Notice, Sender
from tests.channels.test_reports import status
from tests.fixtures.imap_server import Mailbox, imap_server
from tests.fixtures.mail_server import MailServer
from tests.stages.capture.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with imap_server() as running:
        yield running


@pytest.fixture
def sender(mail_sender: Sender, server: MailServer, mailbox: Mailbox) -> Sender:
    settings = {**server.settings, **mailbox.settings, "bounces": "bounces+nps@acme.example"}
    return senders.change(mail_sender, settings=settings, now=NOW)


@pytest.fixture
def sent(sender: Sender, server: MailServer, invite: Callable[..., Message]) -> Message:
    message = invite()
    delivering.run(clock=lambda: NOW)
    message.refresh_from_db()
    assert message.state == "sent"
    return message


def headers_of(server: MailServer) -> str:
    return server.taken[0].raw.split(b"\r\n\r\n")[0].decode()


def read() -> dict[str, int]:
    return dict(inbox.read(now=LATER))


def is_stopped(message: Message) -> bool:
    return suppression.is_suppressed(medium="email", address=message.address)


def test_a_bounce_stops_the_address_once(sent: Message, server: MailServer, mailbox: Mailbox):
    mailbox.put(b"From: someone@else.example\r\nSubject: Hello\r\n\r\nNothing to do with it\r\n")
    mailbox.put(status("failed", "5.1.1", "550 5.1.1 User unknown", ours=headers_of(server)))
    assert server.taken[0].sender == "bounces+nps@acme.example"
    assert read() == {"other": 1, "bounced": 1}
    assert is_stopped(sent)
    assert Invitation.objects.get().fate == "bounced"
    assert Notice.objects.get().kind == "bounced"
    assert read() == {}  # read up to here
    mailbox.validity += 1  # the server counts anew: everything comes again, and is known
    assert read() == {"other": 1, "bounced": 1}
    assert Notice.objects.count() == 1
    said = " ".join(mailbox.heard)
    assert "STORE" not in said
    assert mailbox.password not in said


def test_a_letter_that_proves_nothing_stops_nobody(sent: Message, server: MailServer, mailbox: Mailbox):
    only_id = f"Message-ID: <{sent.key}@acme.example>\r\n"
    forged = headers_of(server).replace("/u/", "/u/A")
    mailbox.put(status("failed", "5.1.1", "User unknown", ours=only_id))
    mailbox.put(status("failed", "5.1.1", ours=forged).replace(b"delivery-status; b", b"feedback-report; b"))
    mailbox.put(status("failed", "5.1.1", ours="Message-ID: <invitation-99999-0@acme.example>\r\n"))
    assert read() == {"bounced": 1, "other": 2}
    assert Invitation.objects.get().fate == "bounced"
    assert not is_stopped(sent)


def test_a_full_mailbox_is_a_bounce_and_no_more(sent: Message, server: MailServer, mailbox: Mailbox):
    mailbox.put(status("failed", "5.2.2", "552 5.2.2 Mailbox full", ours=headers_of(server)))
    assert read() == {"bounced": 1}
    assert not is_stopped(sent)


def test_the_mail_that_the_header_offers_unsubscribes(sent: Message, server: MailServer, mailbox: Mailbox):
    by_mail, by_page = server.taken[0].message["List-Unsubscribe"].split(", ")
    assert by_page.startswith("<http")
    address, _, subject = by_mail.removeprefix("<mailto:").removesuffix(">").partition("?subject=")
    assert unquote(address) == "bounces+nps@acme.example"
    mailbox.put(b"From: ada@customer.example\r\nSubject: unsubscribe forgedforgedforgedforgedfo0\r\n\r\n")
    assert read() == {"other": 1}
    mailbox.put(f"From: ada@customer.example\r\nSubject: Re: {unquote(subject)}\r\n\r\n".encode())
    assert read() == {"unsubscribed": 1}
    assert suppression.suppressed(medium="email", addresses=[sent.address]) == {sent.address: "unsubscribed"}


def test_without_a_mailbox_nothing_is_offered_by_mail(
    mail_sender: Sender, server: MailServer, invite: Callable[..., Message]
):
    invite()
    delivering.run(clock=lambda: NOW)
    assert "mailto" not in server.taken[0].message["List-Unsubscribe"]
    assert not inbox.wanted(NOW)


def test_the_worker_reads_it(sender: Sender, mailbox: Mailbox):
    (tick,) = [tick for tick in TICKS if tick.kind == "inboxes.read"]
    assert tick.wanted(NOW)
    for handle in HANDLERS[tick.kind]:
        handle({}, now=NOW, stopping=lambda: False)
    assert any(command.startswith("UID SEARCH SINCE 23-Feb-2026") for command in mailbox.heard)


def test_trouble_with_a_mailbox_is_told_by_the_check_and_sending_goes_on(
    sender: Sender, server: MailServer, mailbox: Mailbox, invite: Callable[..., Message]
):
    assert "is read from INBOX" in senders.check(sender, now=NOW)
    right, mailbox.password = mailbox.password, "another"
    with pytest.raises(NotPossible, match="refuses the mailbox"):
        senders.check(sender, now=NOW)
    assert read() == {}
    (told,) = troubles.every()
    assert (told.sender, told.since) == (sender.pk, LATER)
    assert "cannot be read" in told.says
    assert told.says.endswith("refuses the mailbox's user name or password: wrong password")
    assert troubles.of_mailbox(sender.pk) is not None
    invite()
    assert delivering.run(clock=lambda: NOW)["sent"] == 1
    mailbox.password = right
    assert read() == {}
    assert troubles.every() == ()


@pytest.mark.parametrize(
    ("wrong", "means"),
    [
        ({"inbox_folder": "Nowhere"}, Reconnect),
        ({"inbox_folder": "A\r\nB"}, Reconnect),
        ({"inbox_password": "right\r\nX LOGOUT"}, Reconnect),
        ({"inbox_security": "tls"}, Reconnect),
        ({"inbox_port": "1"}, Retry),
    ],
)
def test_settings_that_do_not_work(mailbox: Mailbox, wrong: dict[str, str], means: type[Exception]):
    with pytest.raises(means):
        list(letters({**mailbox.settings, **wrong}, after=None, since=NOW, most=5))


def test_a_look_is_bounded(mailbox: Mailbox):
    for _ in range(3):
        mailbox.put(b"Subject: long\r\n\r\n" + b"x" * 400_000)
    found = list(letters(mailbox.settings, after=None, since=NOW, most=2))
    assert [letter.mark.uid for letter in found] == [1, 2]
    assert {len(letter.raw) for letter in found} == {300_000}
    more = letters(mailbox.settings, after=found[-1].mark, since=NOW, most=2)
    assert [letter.mark.uid for letter in more] == [3]


def test_a_letter_that_cannot_be_read_does_not_stop_the_next(
    sent: Message, server: MailServer, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    mailbox.put(b"Subject: strange\r\n\r\n")
    mailbox.put(status("failed", "5.1.1", ours=headers_of(server)))
    real = inbox.take_in
    monkeypatch.setattr(inbox, "take_in", lambda *of, now: 1 / 0 if of[1].mark.uid == 1 else real(*of, now=now))
    assert read() == {"other": 1, "bounced": 1}
    assert read() == {}
