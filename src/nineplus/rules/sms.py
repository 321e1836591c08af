"""How many text messages a text takes, and what it costs to write one letter more.

The GSM 7-bit alphabet carries 160 characters, 153 in each part of several; anything else carries 70 and 67 (UCS-2,
counted in UTF-16). A character of the extension table counts twice and is never cut in two.
Source: 3GPP TS 23.038 (alphabet), TS 23.040 (parts).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_PLAIN = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "–": "-", "—": "-",
        "…": "...", "\u00a0": " ", "\u202f": " ", "•": "*", "\u200b": "", "\ufeff": "",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """`units` of the alphabet (septets or UTF-16 units), in so many `parts`."""

    alphabet: Literal["gsm7", "ucs2"]
    units: int
    parts: int


def size_of(text: str) -> Size:
    """How many parts does this text take? An empty text takes one."""
    if all(character in _BASIC or character in _EXTENDED for character in text):
        widths = [2 if character in _EXTENDED else 1 for character in text]
        return Size("gsm7", sum(widths), _parts(widths, one=160, each=153))
    widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return Size("ucs2", sum(widths), _parts(widths, one=70, each=67))


def plain(text: str) -> str:
    """The text with typographic quotes, dashes and spaces made plain: one of them would halve what a part carries."""
    return text.translate(_PLAIN)


def _parts(widths: list[int], *, one: int, each: int) -> int:
    if sum(widths) <= one:
        return 1
    parts, used = 1, 0
    for width in widths:
        if used + width > each:
            parts, used = parts + 1, 0
        used += width
    return parts
