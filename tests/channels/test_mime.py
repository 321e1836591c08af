"""The message as bytes, read back by the standard library."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nineplus.channels import Mould, Outgoing, Picture, _mime

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200)


def outgoing(**more: object) -> Outgoing:
    parts = {
        "key": "invitation-7-0",
        "address": "ada@customer.example",
        "subject": "How are we doing?",
        "text": "Hello",
        "html": "<p>Hello</p>",
        "sender_address": "cs@acme.example",
        "at": AT,
    }
    return Outgoing(**{**parts, **more})


def read(message: Outgoing) -> email.message.EmailMessage:
    raw = _mime.compose(message)
    assert raw.replace(b"\r\n", b"").count(b"\n") == raw.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    raw.split(b"\r\n\r\n", 1)[0].decode()
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert not found.defects
    return found


def test_text_first_then_html_with_its_picture():
    found = read(outgoing(pictures=(Picture("logo", "png", b"\x89PNG" * 500),)))
    assert [part.get_content_type() for part in found.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    (picture,) = [part for part in found.walk() if part.get_content_type() == "image/png"]
    assert picture["Content-ID"] == "<logo>"
    assert picture.get_content() == b"\x89PNG" * 500
    assert picture.get_content_disposition() == "inline"


def test_headers_of_a_message_that_a_machine_sends():
    headers = {"List-Unsubscribe": f"<https://nps.acme.example/u/{'x' * 120}/>", "Auto-Submitted": "auto-generated"}
    raw = _mime.compose(outgoing(headers=headers, thread="invitation-6-0", reply_to="help@acme.example"))
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert found["Message-ID"] == "<invitation-7-0@acme.example>"
    assert found["In-Reply-To"] == found["References"] == "<invitation-6-0@acme.example>"
    assert found["Date"].datetime == AT
    assert found["Reply-To"] == "help@acme.example"
    assert f"List-Unsubscribe: {headers['List-Unsubscribe']}\r\n".encode() in raw  # whole, as mail programs want it


@settings(max_examples=60)
@given(subject=LINE, name=LINE, text=ANY, html=LINE)
def test_whatever_people_write_comes_out_as_it_went_in(subject: str, name: str, text: str, html: str):
    found = read(outgoing(subject=subject, sender_name=name, name=name, text=text, html=html or "-"))
    assert set(found.keys()) == {"From", "To", "Subject", "Date", "MIME-Version", "Message-ID", "Content-Type"}
    squeezed = lambda words: "".join(words.split())  # noqa: E731 - folding may touch runs of spaces
    assert squeezed(found["Subject"]) == squeezed(_mime.one_line(subject))
    (sender,) = found["From"].addresses
    assert (sender.addr_spec, squeezed(sender.display_name)) == ("cs@acme.example", squeezed(_mime.one_line(name)))
    assert [one.addr_spec for one in found["To"].addresses] == ["ada@customer.example"]
    as_lines = lambda words: words.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")  # noqa: E731
    assert as_lines(found.get_body(("plain",)).get_content()) == as_lines(text)
    sent = as_lines(found.get_body(("html",)).get_content())
    assert sent.isascii()
    assert unescape(sent) == unescape(as_lines(html or "-"))


@pytest.mark.parametrize(
    "evil", ["\r\nBcc: spy@evil.example", "\nBcc: spy@evil.example", "\r\n\r\n<script>", "\x0bBcc: x"]
)
def test_no_value_becomes_a_header(evil: str):
    found = read(
        outgoing(
            subject=f"Hi{evil}",
            name=f"Ada{evil}",
            sender_name=f"Acme{evil}",
            reply_to=f"help@acme.example{evil}",
            address=f"ada@customer.example{evil}",
            headers={"X-One": f"1{evil}", f"X-Two{evil}": "2"},
        )
    )
    assert "Bcc" not in found
    assert "spy@evil.example" not in [one.addr_spec for one in found["To"].addresses]
    assert set(found.keys()) <= {
        "From", "To", "Subject", "Date", "MIME-Version", "Message-ID", "Content-Type", "Reply-To", "X-One",
    }  # fmt: skip


def test_a_domain_beyond_ascii_is_written_in_ascii():
    found = read(outgoing(address="ada@bücher.example", sender_address="cs@münchen.example"))
    assert found["To"].addresses[0].addr_spec == "ada@xn--bcher-kva.example"
    assert found["Message-ID"] == "<invitation-7-0@xn--mnchen-3ya.example>"
    assert not _mime.needs_utf8(outgoing(address="ada@bücher.example"))
    assert _mime.needs_utf8(outgoing(address="jörg@customer.example"))


def test_the_same_message_is_the_same_bytes():
    assert _mime.compose(outgoing()) == _mime.compose(outgoing())


MARKS = ("\x00one\x00", "\x00two\x00")
WORDS = st.lists(st.one_of(ANY, st.sampled_from([*MARKS, "x" * 70, "ü" * 30, "\n", ".", f"<a href='{MARKS[0]}?s=1'>"])))


@settings(max_examples=120)
@given(text=WORDS, html=WORDS, values=st.lists(st.text("abcXYZ019-_/:.", min_size=16, max_size=90), min_size=2))
def test_a_mould_writes_the_very_bytes_that_the_whole_message_would(text: list, html: list, values: list[str]):
    mould = Mould(text="".join(text), html="".join([*html, "-"]), blanks=MARKS)
    for own in (values[:2], [value.swapcase() for value in values[:2]]):
        parts = {"text": mould.text, "html": mould.html}
        for mark, value in zip(MARKS, own, strict=True):
            parts = {name: words.replace(mark, value) for name, words in parts.items()}
        plain = outgoing(key=own[0], **parts)
        assert _mime.compose(replace(plain, mould=mould, filled=tuple(own))) == _mime.compose(plain)


def test_a_mould_is_used(monkeypatch: pytest.MonkeyPatch):
    mould = Mould(text=f"Go to {MARKS[0]}\n", html=f"<p>{MARKS[0]}</p>" * 10, blanks=MARKS[:1])
    value = "https://nps.example.com/s/abcdefghijklmnopqrstuvwxyz0/"
    shaped = [
        outgoing(
            text=mould.text.replace(MARKS[0], own), html=mould.html.replace(MARKS[0], own), mould=mould, filled=(own,)
        )
        for own in (value, value.upper())
    ]
    first = _mime.compose(shaped[0])
    monkeypatch.setattr(_mime, "_leaf", None)  # what is shared is encoded only once
    assert _mime.compose(shaped[1]) == first.replace(value.encode(), value.upper().encode())
