"""Calls as Slack signs them, by Slack's own kit."""

from __future__ import annotations

from datetime import datetime

from slack_sdk.signature import SignatureVerifier


def headers(*, at: datetime, secret: str, body: bytes) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    made = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": str(made)}
