"""HubSpot's webhooks: is this call from HubSpot, and what does it say is new? They only hasten what is polled anyhow.

Source: HubSpot, "Validating requests", v3: base64 HMAC-SHA256 by the client secret over method, URI, body, timestamp.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from nineplus.connectors import Forged

_AGE = 300
_DECODED = {"3A": ":", "2F": "/", "3F": "?", "40": "@", "21": "!", "24": "$", "27": "'", "28": "(", "29": ")"}
_DECODED |= {"2A": "*", "2C": ",", "3B": ";"}
_ESCAPED = re.compile("%(" + "|".join(_DECODED) + ")", re.IGNORECASE)
_STREAMS = {"0-1": "contacts", "0-2": "accounts", "0-3": "deals", "0-5": "tickets", "0-19": "responses"}
_NAMES = {
    "contact": "contacts",
    "company": "accounts",
    "deal": "deals",
    "ticket": "tickets",
    "feedback_submission": "responses",
}


def hear(settings: Mapping[str, str], call: Any) -> Sequence[str]:
    """The streams that have news. Raises Forged when the signature does not hold, or is older or newer than 5 minutes.

    `call` has `url`, `method`, `headers` in lower case, and `body`. The same news twice is no matter.
    """
    secret = settings.get("client_secret", "")
    stamp = call.headers.get("x-hubspot-request-timestamp", "")
    if not secret:
        raise Forged("No client secret is set, so no webhook can be believed.")
    if not (stamp.isascii() and stamp.isdigit()) or abs(time.time() - int(stamp) / 1000) > _AGE:
        raise Forged("The webhook is too old, or from the future.")
    uri = _ESCAPED.sub(lambda found: _DECODED[found[1].upper()], call.url)
    signed = call.method.upper().encode() + uri.encode() + call.body + stamp.encode()
    wanted = base64.b64encode(hmac.digest(secret.encode(), signed, "sha256"))
    if not hmac.compare_digest(wanted, call.headers.get("x-hubspot-signature-v3", "").encode()):
        raise Forged("The webhook's signature does not hold.")
    try:
        told = json.loads(call.body)
    except ValueError:
        return []
    return list(dict.fromkeys(filter(None, map(_stream, told if isinstance(told, list) else [told]))))


def _stream(event: Any) -> str:
    if not isinstance(event, dict):
        return ""
    kind = str(event.get("subscriptionType") or "").partition(".")[0].lower()
    return _STREAMS.get(str(event.get("objectTypeId")), "") or _NAMES.get(kind, "")
