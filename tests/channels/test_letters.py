"""What somebody wrote back: their own words, whatever program wrote them, and never an exception."""

from __future__ import annotations

import email
import email.policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nineplus.channels import _letters


def read(raw: bytes | str) -> _letters.Written:
    raw = raw.encode() if isinstance(raw, str) else raw
    return _letters.read(email.message_from_bytes(raw, policy=email.policy.default), raw)


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Thanks!\n\nOn Tue, 3 Nov 2026 Ada wrote:\n> what happened?", "Thanks!"),
        ("Danke!\n\nAm 3. November 2026 schrieb Ada <ada@x.example>:\n> was war?", "Danke!"),
        ("Merci\n\nLe mar. 3 nov. 2026 à 10:02, Ada a écrit :\n> quoi ?", "Merci"),
        ("Gracias\n-----Mensaje original-----\nDe: Ada", "Gracias"),
        ("Yes.\n________________________________\nFrom: Ada", "Yes."),
        ("> what happened?\n\nIt broke.\n> when?\nMonday.", "> what happened?\n\nIt broke.\n> when?\nMonday."),
        ("On balance it was fine.", "On balance it was fine."),
        ("\n> only a quotation", "> only a quotation"),
        ("", ""),
    ],
)
def test_their_own_words(text, own):
    assert _letters.own_words(text) == own


@given(st.text(max_size=300))
def test_nobodys_words_are_made_up_and_none_outside_of_quotations_are_lost(text):
    found = _letters.own_words(text)
    assert found in text.replace("\r\n", "\n").replace("\r", "\n") or found == text.replace("\r\n", "\n").strip()
    if ">" not in text and ":" not in text and "_" not in text and "-" not in text:
        assert found == text.replace("\r\n", "\n").strip()


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_any_bytes_are_read_without_a_fault(raw):
    assert read(raw).id


@pytest.mark.parametrize(
    ("headers", "machine"),
    [
        ("From: bo@x.example", False),
        ("From: bo@x.example\nAuto-Submitted: no", False),
        ("From: bo@x.example\nSubject: Re: automatic export", False),
        ("From: bo@x.example\nAuto-Submitted: auto-replied", True),
        ("From: bo@x.example\nSubject: Out of office: Re: Your answer", True),
        ("From: bo@x.example\nPrecedence: auto_reply", True),
        ("From: noreply@x.example", True),
    ],
)
def test_who_is_a_machine(headers, machine):
    assert read(f"{headers}\n\nHello\n").machine == machine


def test_threads_and_tokens():
    token = "A" * 27
    found = read(
        f"From: bo@x.example\nTo: Care <care+{token}@acme.example>\nIn-Reply-To: <b@y>\nReferences: <a@y> <b@y>\n\nHi"
    )
    assert (found.answers_to, found.tokens) == (("b@y", "a@y"), (token,))
