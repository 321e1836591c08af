"""E-mail through Resend. Webhooks are signed as Standard Webhooks say; a message's key makes a repeat harmless."""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from nineplus.channels import Call, Delivery, Forged, _anymail
from nineplus.channels._anymail import Provider, channel
from nineplus.plugs import Field

_TOLERANCE = 300  # seconds

_PROVIDER = Provider(
    module="resend",
    view="ResendTrackingWebhookView",
    options=lambda s: {"api_key": s["api_key"], "api_url": s.get("api_url")},
    probe=lambda s: {
        "url": f"{(s.get('api_url') or 'https://api.resend.com').rstrip('/')}/domains",
        "headers": {"Authorization": f"Bearer {s['api_key']}"},
    },
    soft=lambda event: event.get("data", {}).get("bounce", {}).get("type") in ("Transient", "Undetermined"),
    own_message_id="Message-ID",
    once="Idempotency-Key",
)


def _hear(settings: Mapping[str, str], call: Call) -> Sequence[Delivery]:
    secret = settings.get("signing_secret", "")
    if not secret:
        return _anymail.hear("Resend", _PROVIDER, settings, call)
    # Anymail leaves this to a package of its own; it is one HMAC.
    verify(secret, call, prefix="svix", now=time.time())
    settings = {**settings, "hook_login": "signed:already"}
    login = base64.b64encode(b"signed:already").decode()
    return _anymail.hear(
        "Resend", _PROVIDER, settings, replace(call, headers={**call.headers, "authorization": f"Basic {login}"})
    )


def verify(secret: str, call: Call, *, prefix: str, now: float) -> None:
    """Is this call signed as Standard Webhooks say, and not older than five minutes? Raises Forged."""
    headers = {name.lower(): value for name, value in call.headers.items()}
    name, at = headers.get(f"{prefix}-id", ""), headers.get(f"{prefix}-timestamp", "")
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        fresh = abs(now - int(at)) <= _TOLERANCE
    except (ValueError, binascii.Error):
        raise Forged("The webhook is not signed.") from None
    wanted = base64.b64encode(hmac.digest(key, f"{name}.{at}.".encode() + call.body, "sha256")).decode()
    given = [one.partition(",")[2] for one in headers.get(f"{prefix}-signature", "").split(" ") if one[:3] == "v1,"]
    if not fresh or not any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given):
        raise Forged("The webhook's signature does not hold.")


CHANNEL = replace(
    channel(
        "resend",
        "Resend",
        _PROVIDER,
        Field("api_key", "API key", type="secret"),
        Field("signing_secret", "Webhook signing secret", "whsec_… of the webhook.", type="secret", required=False),
        Field("api_url", "API address", "Empty: Resend's.", required=False),
    ),
    hear=_hear,
)
