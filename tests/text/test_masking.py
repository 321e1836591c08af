"""Personal data is covered, once and for all; everything else stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.text.masking import mask


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Write to ann.lee@example.co.uk please", "Write to [e-mail] please"),
        ("Call +44 20 7946 0958.", "Call [phone number]."),
        ("Ruf 030/1234567 an", "Ruf [phone number] an"),
        ("my card 4111 1111 1111 1111 was charged", "my card [card number] was charged"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN [account number]"),
        ("Mrs. Smith was lovely", "Mrs. [name] was lovely"),
        ("Herr Müller hat geholfen", "Herr [name] hat geholfen"),
        ("My name is Ann Lee and I waited", "My name is [name] and I waited"),
        ("Too slow.\nKind regards,\nAnn Lee", "Too slow.\nKind regards,\n[name]"),
        ("Trop lent. Cordialement, Jean Dupont", "Trop lent. Cordialement, [name]"),
    ],
)
def test_personal_data_is_covered(said, shown):
    assert mask(said) == shown


@pytest.mark.parametrize(
    "said",
    [
        "We waited from 2025-03-01 to 12.04.2025.",
        "Version 10.4.2 costs 1,200,000",
        "24/7 and 99.9 %",
        "in 2024",
        "[name]",
    ],
)
def test_other_numbers_and_words_stay(said):
    assert mask(said) == said


parts = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.from_regex(r"[+0-9 ().-]{6,24}", fullmatch=True),
        st.sampled_from(["a@b.co", "Mr Smith", "regards, Ann", "[phone number]", "DE89370400440532013000", "\n"]),
    ),
    max_size=8,
).map("".join)


@given(text=parts)
def test_masking_twice_is_masking_once(text):
    once = mask(text)
    assert mask(once) == once
