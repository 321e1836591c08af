"""Secrets of other systems (passwords, keys of providers) as they are kept: encrypted, and never shown again.

The key is made from the installation's own secret (`NINEPLUS_HOME/secret`), so a copy of the database alone opens
nothing. Another secret makes them unreadable: then they must be typed in again.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from nineplus.stages.errors import NotPossible


class Unreadable(NotPossible):
    """They were kept under another secret."""


def lock(values: Mapping[str, str]) -> str:
    """The values as text that only this installation can read. Nothing is the empty text."""
    kept = {name: value for name, value in values.items() if value}
    return _box(settings.SECRET_KEY).encrypt(json.dumps(kept).encode()).decode() if kept else ""


def unlock(locked: str) -> dict[str, str]:
    """What was locked. Raises Unreadable."""
    if not locked:
        return {}
    try:
        return json.loads(_box(settings.SECRET_KEY).decrypt(locked.encode()))
    except InvalidToken:
        raise Unreadable(
            "The kept passwords cannot be read: this installation has another secret. Type them in again."
        ) from None


@lru_cache(maxsize=2)
def _box(secret: str) -> Fernet:
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"nineplus secrets at rest")
    return Fernet(base64.urlsafe_b64encode(key.derive(secret.encode())))
