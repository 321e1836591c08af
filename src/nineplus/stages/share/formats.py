"""How a webhook tells things: the body of each event and how it is signed. A format is added as one more value here."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import choice
from string import ascii_letters, digits
from typing import Any

from nineplus.stages.capture.people import addresses
from nineplus.stages.errors import NotPossible
from nineplus.stages.share import standard
from nineplus.stages.share.delighted import Shapes
from nineplus.store.models import Contact, Response, Suppression, WebhookDelivery

ANSWERED, ANSWER_CHANGED, UNSUBSCRIBED, RISING = "answered", "answer_changed", "unsubscribed", "rising"
CASE_OPENED, CASE_CHANGED, CASE_OVERDUE, CASE_CLOSED = "case_opened", "case_changed", "case_overdue", "case_closed"
"""What can happen, as it is named here."""
ALERT = "alert"
TEST = "test"


@dataclass(frozen=True, slots=True)
class Format:
    """One way of telling. `names`: what each happening is called there; what has no name is not told.

    `body` gives what is told of a delivery, None when what it is about is gone. `headers` are made of the body, the
    secrets (the newest first; older ones only while a new one is brought in), the delivery's id and the time.
    `secret` makes one, `fits` raises NotPossible for a given one that cannot be used.
    """

    title: str
    names: Mapping[str, str]
    body: Callable[[WebhookDelivery], Any | None]
    headers: Callable[[bytes, Sequence[str], str, datetime], dict[str, str]]
    secret: Callable[[], str]
    fits: Callable[[str], None]
    ours: frozenset[str] = frozenset()
    """Events that are told only where they were asked for by name."""

    @property
    def events(self) -> tuple[str, ...]:
        return tuple(self.names.values())


def id_of(delivery: WebhookDelivery) -> str:
    """By this a receiver knows the same event when it comes again."""
    return hashlib.sha256(f"{delivery.endpoint_id}\0{delivery.key}".encode()).hexdigest()[:32]


def encoded(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


# --- as Delighted did


def _delighted_body(delivery: WebhookDelivery) -> Any | None:
    data = _example() if delivery.event == TEST else _delighted_data(delivery)
    if data is None:
        return None
    return {"event_type": delivery.event, "event_id": id_of(delivery), "event_data": data}


def _delighted_data(delivery: WebhookDelivery) -> Any | None:
    if "theme" in delivery.about:
        return {**delivery.about, "url": f"{_base()}/themes/{delivery.about['theme']}/"}
    shapes = Shapes(base=_base())
    if "response" in delivery.about:
        rows = Response.objects.select_related("contact").defer("raw").filter(pk=delivery.about["response"])
        return shapes.response(row, expand=frozenset(("person", "notes"))) if (row := rows.first()) else None
    left = Suppression.objects.filter(pk=delivery.about.get("suppression")).exclude(address="").first()
    if left is None:
        return None
    by = {"email": left.address} if left.medium == "email" else {"phone": left.address}
    contact = Contact.objects.filter(erased_at=None, **by).order_by("pk").first()
    return {**shapes.unsubscribed(left, contact), "person": shapes.named(contact) if contact else None}


def _delighted_headers(body: bytes, secrets: Sequence[str], _id: str, _now: datetime) -> dict[str, str]:
    """It knew one secret: the newest."""
    return {"X-Delighted-Webhook-Signature": f"sha256={hmac.new(secrets[0].encode(), body, 'sha256').hexdigest()}"}


def _letters() -> str:
    return "".join(choice(ascii_letters + digits) for _ in range(32))


def _any(_secret: str) -> None:
    """Delighted's secret was whatever the API key was."""


def _example() -> dict[str, Any]:
    """What a test says: nobody answered, so it names nobody."""
    return {"id": "0", "person": None, "survey_type": "nps", "score": 10, "comment": "This is a test.", "tags": []}


def _base() -> str:
    try:
        return addresses.base()
    except NotPossible:
        return ""


FORMATS: Mapping[str, Format] = {
    "delighted": Format(
        title="As Delighted did",
        names={
            ANSWERED: "survey_response.created",
            ANSWER_CHANGED: "survey_response.updated",
            UNSUBSCRIBED: "unsubscribe.created",
            RISING: "theme.rising",
        },
        ours=frozenset(("theme.rising",)),
        body=_delighted_body,
        headers=_delighted_headers,
        secret=_letters,
        fits=_any,
    ),
    "standard": Format(
        title="Standard Webhooks",
        names={
            ANSWERED: "response.scored",
            ANSWER_CHANGED: "response.changed",
            UNSUBSCRIBED: "contact.unsubscribed",
            CASE_OPENED: "case.opened",
            CASE_CHANGED: "case.changed",
            CASE_OVERDUE: "case.overdue",
            CASE_CLOSED: "case.closed",
            RISING: "theme.rising",
            ALERT: "alert.raised",
        },
        body=lambda delivery: standard.body(delivery, base=_base(), test=TEST),
        headers=standard.headers,
        secret=standard.new_secret,
        fits=standard.fits,
    ),
}
