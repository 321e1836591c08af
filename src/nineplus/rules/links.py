"""Links to a survey: short, unguessable, bound to what they are for, and checked without a database.

A token is URL-safe text: a number and a MAC of it and its purpose. It holds nothing personal. `answer` and
`unsubscribe` number an invitation, `amend` a response (the comment after an anonymous score), `case` the follow-up
that a letter belongs to, `letter` a personal letter whose reader wants no more of them, `news` somebody who was told
of a change, `news-test` a change whose letter was tried, `advocate` the one whose own page it is, `advocate-test` a
programme whose letter was tried, `test` a survey whose draft is shown and keeps nothing. When a link closes is a matter
of the invitation, not of the token: a reminder carries the same link.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from functools import lru_cache
from typing import Any, Literal, NamedTuple

Purpose = Literal[
    "answer", "unsubscribe", "amend", "test", "case", "letter", "news", "news-test", "advocate", "advocate-test"
]
_MAC = 12  # bytes: 96 bits, far beyond guessing at any rate a server answers
_LETTERS = 27
_BLOCK = 64  # bytes that SHA-256 takes at a time


class Link(NamedTuple):
    """What a genuine token stands for: the row of that number."""

    number: int


def seal(*, number: int, purpose: Purpose, key: bytes) -> str:
    """The token of that row for one purpose: 27 characters of A–Z, a–z, 0–9, - and _."""
    packed = number.to_bytes(8)
    return _spelled(packed + _mac(packed, purpose, key))


def unseal(token: str, *, purpose: Purpose, key: bytes) -> Link | None:
    """What the token stands for; None when it was forged, cut, changed or made for another purpose."""
    if len(token) != _LETTERS:
        return None
    try:
        raw = binascii.a2b_base64(token.replace("-", "+").replace("_", "/") + "=")
    except ValueError:
        return None
    number = raw[:8]
    if not hmac.compare_digest(raw[8:], _mac(number, purpose, key)):
        return None
    # The last character carries spare bits, and some letters are passed over: only the spelling that was given out is
    # the link.
    return Link(int.from_bytes(number)) if _spelled(raw) == token else None


def _spelled(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False)[:_LETTERS].decode().replace("+", "-").replace("/", "_")


def _mac(number: bytes, purpose: Purpose, key: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104) of purpose and number, cut."""
    inner, outer = _begun(purpose, key)
    inner, outer = inner.copy(), outer.copy()
    inner.update(number)
    outer.update(inner.digest())
    mac: bytes = outer.digest()[:_MAC]
    return mac


@lru_cache(16)
def _begun(purpose: Purpose, key: bytes) -> tuple[Any, Any]:
    """The two hashes after key and purpose, which are always the same: taking the key in costs more than the rest."""
    block = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\x00")
    inner, outer = (hashlib.sha256(bytes(one ^ pad for one in block)) for pad in (0x36, 0x5C))
    inner.update(purpose.encode() + b"\x00")
    return inner, outer
