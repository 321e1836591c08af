"""Is a call really Slack's? Source: https://docs.slack.dev/authentication/verifying-requests-from-slack"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from nineplus.connectors import Forged

WINDOW = 300
"""Seconds that its time may lie off from ours, either way."""


def verify(*, secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Check `v0=` HMAC-SHA256 of `v0:time:body`; returns the digest by which the same call is known again.

    Header names in lower case. Raises Forged.
    """
    at, given = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    if not secret or not (at.isascii() and at.isdecimal() and len(at) < 12):
        raise Forged
    if abs(now.timestamp() - int(at)) > WINDOW:
        raise Forged
    made = "v0=" + hmac.new(secret.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(made.encode(), given.encode("utf-8", "replace")):
        raise Forged
    return hashlib.sha256(given.encode()).hexdigest()
