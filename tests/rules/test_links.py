"""Tokens of survey links."""

from __future__ import annotations

import hmac

from hypothesis import given
from hypothesis import strategies as st

from nineplus.rules import links

_KEY = b"a key of the house"
numbers = st.integers(min_value=0, max_value=2**63 - 1)


@given(numbers)
def test_a_sealed_link_opens_to_what_was_sealed(number):
    token = links.seal(number=number, purpose="answer", key=_KEY)
    assert links.unseal(token, purpose="answer", key=_KEY) == links.Link(number=number)


@given(numbers, st.binary(max_size=80))
def test_its_seal_is_an_hmac_of_purpose_and_number(number, key):
    row = number.to_bytes(8, "big")
    expected = hmac.digest(key, b"amend\x00" + row, "sha256")[:12]
    assert links._mac(row, "amend", key) == expected


@given(numbers, st.integers(0, 26), st.characters(min_codepoint=33, max_codepoint=126))
def test_any_changed_character_breaks_it(number, at, other):
    token = links.seal(number=number, purpose="answer", key=_KEY)
    changed = token[:at] + other + token[at + 1 :]
    assert (links.unseal(changed, purpose="answer", key=_KEY) is None) == (changed != token)


@given(numbers)
def test_it_serves_one_purpose_under_one_key(number):
    token = links.seal(number=number, purpose="unsubscribe", key=_KEY)
    assert links.unseal(token, purpose="answer", key=_KEY) is None
    assert links.unseal(token, purpose="unsubscribe", key=b"another") is None


@given(st.text(max_size=60))
def test_whatever_comes_is_read_without_a_fault(text):
    assert links.unseal(text, purpose="answer", key=_KEY) is None
