"""What letters that came back say, as servers write them."""

from __future__ import annotations

import email
import email.policy

import pytest

from nineplus.channels import _reports

TOKEN = "abcdefghijklmnopqrstuvwxyz0"
OURS = (
    "Message-ID: <invitation-7-0@acme.example>\r\nTo: Ada <ada@customer.example>\r\n"
    f"List-Unsubscribe: <mailto:cs@acme.example?subject=unsubscribe%20{TOKEN}>,\r\n <https://nps.acme.example/u/{TOKEN}/>\r\n"
)


def status(action: str, code: str, said: str = "", returned: str = "text/rfc822-headers", ours: str = OURS) -> bytes:
    """A notice as RFC 3464 has it (Postfix, Exchange)."""
    diagnostic = f"Diagnostic-Code: smtp; {said}\r\n" if said else ""
    return (
        "From: MAILER-DAEMON@mx.example\r\nMessage-ID: <b1@mx.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Original-Recipient: rfc822;ada@customer.example\r\nFinal-Recipient: rfc822; box17@inner.example\r\n"
        f"Action: {action}\r\nStatus: {code}\r\n{diagnostic}\r\n"
        f"--b\r\nContent-Type: {returned}\r\n\r\n{ours}\r\n--b--\r\n"
    ).encode()


def words(text: str, *, sender: str = "MAILER-DAEMON@mx.example", more: str = "") -> bytes:
    """A notice in a server's own words."""
    return f"From: {sender}\r\nSubject: failure notice\r\n{more}\r\n{text}\r\n".encode()


QUOTED = f"--- Below this line is a copy of the message.\r\n\r\n{OURS}\r\nHow are we doing?"
QMAIL = f"Hi. This is the qmail-send program.\r\n\r\n<ada@customer.example>:\r\nNo such user (#5.1.1)\r\n\r\n{QUOTED}"
COMPLAINT = status("failed", "5.0.0").replace(b"report-type=delivery-status", b"report-type=feedback-report")
CUT = OURS.replace("Message-ID", "> Message-ID").replace("List-", "> List-").replace("To:", "> To:")


def read(raw: bytes):
    return _reports.read(email.message_from_bytes(raw, policy=email.policy.default), raw)


@pytest.mark.parametrize(
    ("raw", "kind", "permanent"),
    [
        (status("failed", "5.1.1", "550 5.1.1 User unknown"), "bounced", True),
        (status("failed", "5.1.10", returned="message/rfc822"), "bounced", True),
        (status("failed", "5.0.0", "550 Recipient address does not exist"), "bounced", True),
        (status("failed", "5.4.1", "550 5.1.1 inner server says no"), "bounced", True),
        (status("failed", "5.2.2", "552 mailbox full"), "bounced", False),
        (status("failed", "5.7.1", "550 5.7.1 message refused; user unknown to our filter"), "bounced", False),
        (status("failed", "4.4.7", "no answer for five days"), "bounced", False),
        (status("delayed", "4.4.1"), "deferred", False),
        (status("delivered", "2.0.0"), "delivered", False),
        (COMPLAINT, "complained", True),
        (words(QMAIL), "bounced", True),
        (words(f"550 mailbox unavailable\r\n\r\n{QUOTED}"), "bounced", False),
        (words(f"Unknown user: ada\r\n\r\n{CUT}", sender="Postmaster <postmaster@x.example>"), "bounced", True),
        (
            words(f"It failed.\r\n\r\n{QUOTED}", sender="x@y.example", more="X-Failed-Recipients: a@b.c\r\n"),
            "bounced",
            False,
        ),
        (words(f"451 try later\r\n\r\n{QUOTED}", more="Return-Path: <>\r\n"), "deferred", False),
    ],
)
def test_what_a_letter_reports(raw: bytes, kind: str, permanent: bool):
    report = read(raw)
    delivery = report.delivery
    assert (delivery.kind, delivery.permanent, delivery.key) == (kind, permanent, "invitation-7-0")
    assert report.proof == TOKEN
    assert delivery.address == ""  # what is meant is the address we wrote to, not one behind it
    assert delivery.id == read(raw).delivery.id


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe garbage",
        status("failed", "5.1.1", ours="Message-ID: <other@newsletter.example>\r\n"),
        status("expanded", "2.0.0"),
        words(f"I am away until Monday, 5.1.2026.\r\n\r\n{QUOTED}", sender="ada@customer.example"),
        words(f"Why do you write to me? 550 5.1.1 user unknown\r\n\r\n{QUOTED}", sender="ada@customer.example"),
        words("550 5.1.1 user unknown"),
    ],
)
def test_what_reports_nothing_of_ours(raw: bytes):
    assert read(raw) is None


def test_what_does_not_return_our_headers_proves_nothing():
    only_id = "Message-ID: <invitation-7-0@acme.example>\r\n"
    assert read(status("failed", "5.1.1", ours=only_id)).proof == ""
