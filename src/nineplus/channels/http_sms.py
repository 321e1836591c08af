"""SMS through any gateway with an HTTP interface: one call a message, as JSON or as a form, with words you choose.

What the gateway calls back with (incoming messages, delivery) is a JSON or form POST that carries the shared secret.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from nineplus.channels import Call, Delivery, Forged, GiveUp, Outgoing, Reconnect, Retry, Sent, Unknown, _mime, _web
from nineplus.plugs import Channel, Field

_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*\Z")


class _Line:
    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings

    def send(self, message: Outgoing) -> Sent:
        settings = self._settings
        fields = {
            settings.get("to_field") or "to": message.address,
            settings.get("text_field") or "text": message.text,
            settings.get("from_field") or "from": message.sender_address,
            "reference": message.key,
        }
        as_form = settings.get("format") == "form"
        body = urlencode(fields).encode() if as_form else json.dumps(fields).encode()
        kind = "application/x-www-form-urlencoded" if as_form else "application/json"
        answer = _web.call(
            settings["url"],
            headers={"Content-Type": kind, "Idempotency-Key": message.key, **self._login()},
            body=body,
            private=settings.get("inside") == "yes",
        )
        if 200 <= answer.status < 300:
            return Sent(_id(answer, settings.get("id_field") or "id"), parts=0)
        raise _meaning(answer)

    def check(self) -> str:
        return "Nothing was sent: only a trial message shows whether this gateway works."

    def close(self) -> None: ...

    def _login(self) -> dict[str, str]:
        name, value = self._settings.get("header") or "Authorization", self._settings.get("header_value", "")
        if not value:
            return {}
        if not _HEADER.match(name) or _mime.one_line(value) != value:
            raise Reconnect("The header for the log-in cannot be used.")
        return {name: value}


def _meaning(answer: _web.Answer) -> Exception:
    said = _mime.one_line(f"{answer.status} {answer.text}")[:300]
    if answer.status in (401, 402, 403, 404, 405):
        return Reconnect(f"The gateway does not let this account send: {said}")
    if answer.status in (408, 425, 429, 503):
        after = answer.headers.get("retry-after", "")
        return Retry(f"The gateway is busy ({said}).", after=float(after) if after.isdigit() else None, away=True)
    if answer.status >= 500:
        return Unknown(f"The gateway failed in the middle of it ({said}).")
    if 300 <= answer.status < 400:
        return Reconnect(f"The gateway points elsewhere ({answer.status}). Type in the address it points to.")
    return GiveUp(f"The gateway refuses it: {said}")


def _id(answer: _web.Answer, path: str) -> str:
    """The message's id in a JSON answer; `path` may lead into it: `messages.0.id`."""
    try:
        found: Any = json.loads(answer.body)
        for step in path.split("."):
            found = found[int(step)] if isinstance(found, list) else found[step]
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
    return str(found)[:255] if isinstance(found, str | int) else ""


def _hear(settings: Mapping[str, str], call: Call) -> Sequence[Delivery]:
    secret, headers = settings.get("hook_secret", ""), {name.lower(): value for name, value in call.headers.items()}
    signed = hmac.new(secret.encode(), call.body, hashlib.sha256).hexdigest()
    given = headers.get("x-signature", "").removeprefix("sha256=")
    if not secret or not hmac.compare_digest(signed.encode(), given.encode()):
        raise Forged("The webhook's signature does not hold.")
    if headers.get("content-type", "").startswith("application/json"):
        told = json.loads(call.body)
    else:
        told = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
    if not isinstance(told, dict):
        raise ValueError("This is no event of the gateway.")
    name = str(told.get("id") or hashlib.sha256(call.body).hexdigest())
    if told.get("text") is not None and told.get("from"):
        return [Delivery("replied", id=f"in:{name}"[:255], address=str(told["from"]), text=str(told["text"])[:2000])]
    kinds = {"delivered": "delivered", "failed": "bounced", "undelivered": "bounced", "bounced": "bounced"}
    kind = kinds.get(str(told.get("status", "")).lower())
    if kind is None:
        return []
    return [
        Delivery(
            kind,  # type: ignore[arg-type]
            id=f"{name}:{kind}"[:255],
            provider_id=str(told.get("message_id") or told.get("id") or ""),
            key=str(told.get("reference", "")),
            permanent=bool(told.get("permanent", False)),
            detail=_mime.one_line(str(told.get("error", "")))[:300],
        )
    ]


CHANNEL = Channel(
    name="http_sms",
    title="SMS gateway by HTTP",
    medium="sms",
    help=(
        "Each message is one POST with to, text, from and reference. Incoming ones are taken as a POST of from and "
        "text to our address, signed in the header X-Signature: sha256= and the HMAC of the body with the secret."
    ),
    fields=(
        Field("url", "Address", "https://gateway.example.com/messages"),
        Field("format", "Format", type="choice", choices=("json", "form"), default="json"),
        Field("header", "Header for the log-in", required=False, default="Authorization"),
        Field("header_value", "Its value", "Bearer …", type="secret", required=False),
        Field("to_field", "Name of the recipient's field", required=False, default="to"),
        Field("text_field", "Name of the text's field", required=False, default="text"),
        Field("from_field", "Name of the sender's field", required=False, default="from"),
        Field("id_field", "Where its answer names the message", required=False, default="id"),
        Field("hook_secret", "Secret of its webhooks", type="secret", required=False),
        Field("connections", "Connections", "Most at once.", type="number", required=False, default="4"),
    ),
    open=_Line,
    hear=_hear,
)
