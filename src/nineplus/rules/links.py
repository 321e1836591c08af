"""Links to a survey: short, unguessable, bound to what they are for, and checked without a database.

A token is URL-safe text: a number and a MAC of it and its purpose. It holds nothing personal. `answer` and
`unsubscribe` number an invitation, `amend` a response (the comment after an anonymous score), `test` a survey whose
draft is shown and keeps nothing. When a link closes is a
matter of the invitation, not of the token: a reminder carries the same link.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from typing import Literal

Purpose = Literal["answer", "unsubscribe", "amend", "test"]
_MAC = 12  # bytes: 96 bits, far beyond guessing at any rate a server answers
_LENGTH = 8 + _MAC


@dataclass(frozen=True, slots=True)
class Link:
    """What a genuine token stands for: the row of that number."""

    number: int


def seal(*, number: int, purpose: Purpose, key: bytes) -> str:
    """The token of that row for one purpose: 27 characters of A–Z, a–z, 0–9, - and _."""
    packed = struct.pack(">Q", number)
    return base64.urlsafe_b64encode(packed + _mac(packed, purpose, key)).rstrip(b"=").decode()


def unseal(token: str, *, purpose: Purpose, key: bytes) -> Link | None:
    """What the token stands for; None when it was forged, cut, changed or made for another purpose."""
    try:
        raw = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error, UnicodeEncodeError):
        return None
    if len(raw) != _LENGTH or not hmac.compare_digest(raw[8:], _mac(raw[:8], purpose, key)):
        return None
    # The last character carries spare bits: only the spelling that was given out is the link.
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        return None
    return Link(number=struct.unpack(">Q", raw[:8])[0])


def _mac(number: bytes, purpose: Purpose, key: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\x00" + number, "sha256")[:_MAC]
