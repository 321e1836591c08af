"""SMS through Twilio. Its webhooks (what became of a message, what a customer answers) are signed.

Source: Twilio, "Messages resource" and "Validating requests": HMAC-SHA1 by the auth token over the address and the
sorted form fields.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlencode

from nineplus.channels import Call, Delivery, Forged, GiveUp, Outgoing, Reconnect, Retry, Sent, Unknown, _web
from nineplus.plugs import Channel, Field

_API = "https://api.twilio.com"
_NOBODY_THERE = frozenset((21211, 21214, 21217, 21614, 21265))
"""No such number, or one that takes no text messages."""
_STOPPED = 21610
_OURS_TO_MEND = frozenset((20003, 20404, 21212, 21408, 21603, 21606, 21611, 21659, 21660, 21266, 21612))
_KINDS = {
    "delivered": "delivered",
    "read": "opened",
    "undelivered": "bounced",
    "failed": "bounced",
}
_GONE_FOR_GOOD = frozenset(("30005", "30006", "30011", "21211", "21614"))


class _Line:
    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings

    def send(self, message: Outgoing) -> Sent:
        form = {"To": message.address, "Body": message.text}
        form["MessagingServiceSid" if message.sender_address.startswith("MG") else "From"] = message.sender_address
        if hook := self._settings.get("hook_url"):
            form["StatusCallback"] = hook
        answer = self._call("POST", "/Messages.json", urlencode(form).encode())
        told = _json(answer)
        if answer.status == 201 and told.get("sid"):
            segments = str(told.get("num_segments") or "")
            return Sent(told["sid"], parts=int(segments) if segments.isdigit() else 0)
        raise _meaning(answer, told)

    def check(self) -> str:
        answer = self._call("GET", ".json", b"")
        told = _json(answer)
        if answer.status != 200:
            raise _meaning(answer, told)
        if told.get("status") != "active":
            raise Reconnect(f"The account is {told.get('status')}.")
        return "Twilio accepts the account."

    def close(self) -> None: ...

    def _call(self, method: str, path: str, body: bytes) -> _web.Answer:
        account = self._settings["account_sid"]
        login = base64.b64encode(f"{account}:{self._settings['auth_token']}".encode()).decode()
        base = (self._settings.get("api_url") or _API).rstrip("/")
        return _web.call(
            f"{base}/2010-04-01/Accounts/{account}{path}",
            method=method,
            headers={"Authorization": f"Basic {login}", "Content-Type": "application/x-www-form-urlencoded"},
            body=body,
            private=self._settings.get("inside") == "yes",
        )


def _json(answer: _web.Answer) -> dict[str, object]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _meaning(answer: _web.Answer, told: Mapping[str, object]) -> Exception:
    """What the caller must do. Source: Twilio's error dictionary."""
    code, words = told.get("code"), f"{told.get('code', answer.status)} {told.get('message', '')}".strip()[:300]
    if answer.status in (401, 403) or code in _OURS_TO_MEND:
        return Reconnect(f"Twilio does not let this account send: {words}")
    if answer.status in (429, 503):
        after = answer.headers.get("retry-after", "")
        return Retry(f"Twilio is busy ({words}).", after=float(after) if after.isdigit() else None, away=True)
    if answer.status >= 500:
        return Unknown(f"Twilio failed in the middle of it ({words}).")
    return GiveUp(f"Twilio refuses it: {words}", suppress=code in _NOBODY_THERE or code == _STOPPED)


def _hear(settings: Mapping[str, str], call: Call) -> Sequence[Delivery]:
    fields = parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True)
    signed = call.url + "".join(name + value for name, value in sorted(set(fields)))
    wanted = base64.b64encode(hmac.digest(settings["auth_token"].encode(), signed.encode(), "sha1")).decode()
    given = {name.lower(): value for name, value in call.headers.items()}.get("x-twilio-signature", "")
    if not hmac.compare_digest(wanted.encode(), given.encode()):
        raise Forged("The webhook's signature does not hold.")
    told = dict(fields)
    sid, status = told.get("MessageSid", ""), told.get("MessageStatus") or told.get("SmsStatus", "")
    if status in ("received", "receiving") or ("Body" in told and "MessageStatus" not in told):
        return [Delivery("replied", id=f"in:{sid}", address=told.get("From", ""), text=told.get("Body", "")[:2000])]
    kind = _KINDS.get(status)
    if kind is None:
        return []
    error = told.get("ErrorCode", "")
    return [
        Delivery(
            kind,  # type: ignore[arg-type]
            id=f"{sid}:{status}",
            provider_id=sid,
            address=told.get("To", ""),
            permanent=error in _GONE_FOR_GOOD,
            detail=f"{status} {error}".strip(),
        )
    ]


CHANNEL = Channel(
    name="twilio",
    title="Twilio",
    medium="sms",
    help="Send from a number, or from a messaging service (MG…). Set the webhook for incoming messages to ours.",
    fields=(
        Field("account_sid", "Account SID", "AC…"),
        Field("auth_token", "Auth token", type="secret"),
        Field("connections", "Connections", "Most at once.", type="number", required=False, default="4"),
        Field("api_url", "API address", "Empty: Twilio's.", required=False),
    ),
    open=_Line,
    hear=_hear,
)
