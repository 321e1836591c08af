"""E-mail through Resend. Webhooks are signed as Standard Webhooks say; a message's key makes a repeat harmless."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from nineplus.channels import Call, Delivery, Forged, _anymail, _inbound
from nineplus.channels._anymail import Provider, channel
from nineplus.channels._inbound import Inbound, noted
from nineplus.channels._letters import Letter
from nineplus.plugs import Field

_TOLERANCE = 300  # seconds

_MOST_BYTES = 5_000_000
"""Of one mail, as its API tells it: text and headers, no attachments."""


def _fetched(view: Any, name: object) -> Any:
    """The mail of that name; its call says no more than that it is there. Anymail's own way would wait for ever."""
    import requests
    from anymail.inbound import AnymailInboundMessage

    answer = requests.get(
        f"{view.api_url}emails/receiving/{quote(str(name), safe='')}",
        headers={"Authorization": f"Bearer {view.api_key}"},
        timeout=10,
        allow_redirects=False,
        stream=True,
    )
    with answer:
        answer.raise_for_status()
        body = answer.raw.read(_MOST_BYTES + 1, decode_content=True)
    if len(body) > _MOST_BYTES:
        raise ValueError("too long")
    told = json.loads(body)
    headers = told.get("headers") or {}
    pairs = [(one["name"], one["value"]) for one in headers] if isinstance(headers, list) else list(headers.items())
    message = AnymailInboundMessage.construct(
        headers=[(name, one) for name, value in pairs for one in (value if isinstance(value, list) else [value])],
        text=told.get("text"),
        html=told.get("html"),
        attachments=[noted(view, one) for one in told.get("attachments") or ()],
    )
    for header, field in (("From", "from"), ("To", "to"), ("Subject", "subject"), ("Message-ID", "message_id")):
        value = told.get(field)
        if value and header not in message:
            message[header] = ", ".join(value) if isinstance(value, list) else value
    return message


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
    inbound=Inbound(
        view="ResendInboundWebhookView",
        set_up="Under Webhooks add this address for the event email.received; its signing secret goes below.",
        more=lambda s: {"api_key": s["api_key"], "api_url": s.get("api_url")},
        instead={"_fetch_inbound_email": _fetched},
    ),
    once="Idempotency-Key",
)


def _hear(settings: Mapping[str, str], call: Call) -> Sequence[Delivery]:
    return _anymail.hear("Resend", _PROVIDER, *_signed(settings, call, settings.get("signing_secret", "")))


def _receive(settings: Mapping[str, str], call: Call) -> Sequence[Letter]:
    assert _PROVIDER.inbound
    secret = settings.get("inbound_secret", "")
    return _inbound.letters("Resend", _PROVIDER.module, _PROVIDER.inbound, *_signed(settings, call, secret))


def _signed(settings: Mapping[str, str], call: Call, secret: str) -> tuple[Mapping[str, str], Call]:
    """Settings and call as anymail takes them, once the signature holds; without a secret they stay as they are."""
    if not secret:
        return settings, call
    # Anymail leaves this to a package of its own; it is one HMAC.
    verify(secret, call, prefix="svix", now=time.time())
    login = base64.b64encode(b"signed:already").decode()
    headers = {**call.headers, "authorization": f"Basic {login}"}
    return {**settings, "hook_login": "signed:already"}, replace(call, headers=headers)


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
        Field(
            "inbound_secret",
            "Signing secret of the webhook for mail",
            "whsec_… of the webhook for email.received: each has its own.",
            type="secret",
            required=False,
        ),
        Field("api_url", "API address", "Empty: Resend's.", required=False),
    ),
    hear=_hear,
    receive=_receive,
    receive_help=_PROVIDER.inbound.set_up if _PROVIDER.inbound else "",
)
