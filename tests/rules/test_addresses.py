"""Addresses in the one form in which they are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.rules.addresses import email_address, telephone_number


@pytest.mark.parametrize(
    ("given_as", "kept"),
    [
        ("Ada@Customer.Example", "ada@customer.example"),
        (" ada@customer.example\n", "ada@customer.example"),
        ("ada+nps@customer.co.uk", "ada+nps@customer.co.uk"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("Jörg@customer.example", "jörg@customer.example"),
        ("Jo\u0308rg@customer.example", "jörg@customer.example"),
        ("o'neil@customer.example", "o'neil@customer.example"),
        ("pelé@customer.example", "pelé@customer.example"),
        ("ada@corp.local", "ada@corp.local"),
    ],
)
def test_an_address_as_it_is_kept(given_as: str, kept: str):
    assert email_address(given_as) == kept
    assert email_address(kept) == kept


@pytest.mark.parametrize(
    "wrong",
    ["", "ada", "@customer.example", "ada@", "a..b@customer.example", ".a@customer.example", "a@-x.example", "a@b",
     "ada@customer.example\r\nBcc: x@evil.example",
     "ada@customer.example, bob@customer.example", "<ada@customer.example>",
     "ada @customer.example", "a" * 65 + "@customer.example", "ada@customer..example", "ada@" + "x" * 64 + ".example"],
)  # fmt: skip
def test_what_is_no_address(wrong: str):
    with pytest.raises(ValueError, match="no e-mail address"):
        email_address(wrong)


@given(st.text(max_size=80))
def test_no_kept_address_could_break_a_header(text: str):
    try:
        kept = email_address(text)
    except ValueError:
        return
    assert kept == email_address(kept)
    assert kept.count("@") >= 1
    assert not set(kept) & set("\r\n\t <>,;\0")


@pytest.mark.parametrize(
    ("given_as", "country", "kept"),
    [
        ("+49 30 123456", "", "+4930123456"),
        ("030 123456", "de", "+4930123456"),
        ("(212) 555-0123", "US", "+12125550123"),
    ],
)
def test_a_number_as_it_is_kept(given_as: str, country: str, kept: str):
    assert telephone_number(given_as, country=country) == kept
    assert telephone_number(kept) == kept


@pytest.mark.parametrize("wrong", ["", "12", "+49", "030 123456", "+999 1", "call me"])
def test_what_is_no_number(wrong: str):
    with pytest.raises(ValueError, match="telephone number"):
        telephone_number(wrong)
