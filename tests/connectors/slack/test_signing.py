"""Calls are Slack's only with its signature, of now; checked against Slack's own kit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.signature import SignatureVerifier

from nineplus.connectors import Forged
from nineplus.connectors.slack import signing

NOW = datetime(2026, 11, 17, 9, tzinfo=UTC)
BODY = b"command=%2Fnineplus&text=score"


def headers(*, at: datetime = NOW, secret: str = "shh", body: bytes = BODY) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    made = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": made}


@pytest.mark.parametrize("off", [0, 299, -299])
def test_what_slack_signed_is_taken(off: int):
    given = headers(at=NOW + timedelta(seconds=off))
    first = signing.verify(secret="shh", headers=given, body=BODY, now=NOW)
    assert first == signing.verify(secret="shh", headers=given, body=BODY, now=NOW)


@pytest.mark.parametrize(
    "given",
    [
        headers(secret="else"),
        headers(body=BODY + b"x"),
        headers(at=NOW - timedelta(seconds=301)),
        headers(at=NOW + timedelta(seconds=301)),
        {**headers(), "x-slack-signature": "v0=ü"},
        {**headers(), "x-slack-request-timestamp": "soon"},
        {**headers(), "x-slack-request-timestamp": "9" * 40},
        {},
    ],
)
def test_anything_else_is_forged(given: dict[str, str]):
    with pytest.raises(Forged):
        signing.verify(secret="shh", headers=given, body=BODY, now=NOW)


def test_without_a_secret_nothing_is_believed():
    with pytest.raises(Forged):
        signing.verify(secret="", headers=headers(), body=BODY, now=NOW)
