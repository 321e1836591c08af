"""Parts of a text message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.rules import sms


@pytest.mark.parametrize(
    ("text", "alphabet", "parts"),
    [
        ("", "gsm7", 1),
        ("a" * 160, "gsm7", 1),
        ("a" * 161, "gsm7", 2),
        ("a" * 306, "gsm7", 2),
        ("a" * 307, "gsm7", 3),
        ("€" * 80, "gsm7", 1),
        ("€" * 81, "gsm7", 2),
        ("a" * 152 + "€" + "a" * 152, "gsm7", 3),  # the euro sign is not cut in two: 152 + 153 + 1
        ("я" * 70, "ucs2", 1),
        ("я" * 71, "ucs2", 2),
        ("я" * 134, "ucs2", 2),
        ("я" * 135, "ucs2", 3),
        ("😀" * 35, "ucs2", 1),
        ("😀" * 36, "ucs2", 2),
        ("😀" * 67, "ucs2", 3),  # 33 a part, for no emoji is cut in two
        ("it’s", "ucs2", 1),
    ],
)
def test_parts(text: str, alphabet: str, parts: int):
    found = sms.size_of(text)
    assert (found.alphabet, found.parts) == (alphabet, parts)


def test_typographic_signs_are_made_plain():
    assert sms.size_of(sms.plain("It’s “fine” – really…")).alphabet == "gsm7"


@given(st.text(max_size=400), st.text(max_size=5))
def test_more_text_never_takes_fewer_parts(text: str, more: str):
    assert sms.size_of(text + more).parts >= sms.size_of(text).parts
