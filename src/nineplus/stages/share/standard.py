"""Webhooks by the Standard Webhooks specification (1.0): nineplus's own form.

A body is {type, timestamp, data}. The headers are webhook-id, webhook-timestamp and webhook-signature: `v1,` and the
HMAC-SHA256 of `id.timestamp.body` in base64, one for each secret that is valid, parted by spaces.
Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from nineplus.stages.errors import NotPossible
from nineplus.store.models import Account, Case, Contact, Raised, Response, Suppression, WebhookDelivery

PREFIX = "whsec_"
LEAST, MOST = 24, 64
"""Bytes of a secret, as the specification has them."""


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def fits(secret: str) -> None:
    """Raises NotPossible when this is no secret of the specification."""
    if not secret.startswith(PREFIX) or not LEAST <= len(_key(secret)) <= MOST:
        raise NotPossible(f"The secret must be {PREFIX} and {LEAST} to {MOST} bytes in base64.")


def headers(body: bytes, secrets: Sequence[str], id: str, now: datetime) -> dict[str, str]:
    """The id is the same at every try; the time is that of this one, so that receivers can refuse old calls."""
    at = str(int(now.timestamp()))
    signed = f"{id}.{at}.".encode() + body
    made = [base64.b64encode(hmac.new(_key(one), signed, "sha256").digest()).decode() for one in secrets]
    return {
        "webhook-id": id,
        "webhook-timestamp": at,
        "webhook-signature": " ".join(f"v1,{one}" for one in made),
    }


def body(delivery: WebhookDelivery, *, base: str, test: str) -> dict[str, Any] | None:
    """What is told; None when what it is about is gone. `timestamp` is when it happened, not when it is sent."""
    data = {"example": True} if delivery.event == test else _data(delivery, base)
    if data is None:
        return None
    return {"type": delivery.event, "timestamp": _at(delivery.created_at), "data": data}


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise NotPossible(f"The secret must be {PREFIX} and base64.") from None


def _data(delivery: WebhookDelivery, base: str) -> dict[str, Any] | None:
    about = delivery.about
    if "theme" in about:
        return {**about, "url": f"{base}/themes/{about['theme']}/"}
    if "raised" in about:
        raised = Raised.objects.select_related("account").filter(pk=about["raised"]).first()
        return _alert(raised, base) if raised else None
    if "response" in about:
        rows = Response.objects.select_related("contact", "account", "survey").defer("raw")
        answer = rows.filter(pk=about["response"]).first()
        return _response(answer, base) if answer else None
    if "case" in about:
        case = Case.objects.select_related("contact", "account", "owner").filter(pk=about["case"]).first()
        return _case(case, about.get("level", 0), base) if case else None
    left = Suppression.objects.filter(pk=about.get("suppression")).exclude(address="").first()
    return {"medium": left.medium, "address": left.address, "at": _at(left.at)} if left else None


def _response(row: Response, base: str) -> dict[str, Any]:
    return {
        "id": row.pk,
        "survey": {"id": row.survey_id, "name": row.survey.name},
        "score": row.score,
        "comment": row.comment_raw or row.comment or None,
        "language": row.language or None,
        "channel": row.channel or None,
        "tags": list(row.tags),
        "answered_at": _at(row.answered_at),
        "changed_at": _at(row.changed_at),
        "contact": _contact(row.contact),
        "account": _account(row.account),
        "url": f"{base}/responses/{row.pk}/",
    }


def _alert(row: Raised, base: str) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "title": row.title,
        "detail": row.detail or None,
        "account": _account(row.account),
        "at": _at(row.at),
        "url": f"{base}{row.path}",
    }


def _case(row: Case, level: int, base: str) -> dict[str, Any]:
    return {
        "id": row.pk,
        "reason": row.reason,
        "state": row.state,
        "priority": row.priority,
        "owner": row.owner.email if row.owner else None,
        "opened_at": _at(row.opened_at),
        "due_at": _at(row.next_at),
        "closed_at": _at(row.closed_at),
        "outcome": row.outcome or None,
        "level": max(level, row.level),
        "contact": _contact(row.contact),
        "account": _account(row.account),
        "url": f"{base}/loop/{row.pk}/",
    }


def _contact(contact: Contact | None) -> dict[str, Any] | None:
    if contact is None or contact.erased_at:
        return None
    return {"id": contact.pk, "email": contact.email or None, "name": contact.name or None}


def _account(account: Account | None) -> dict[str, Any] | None:
    return {"id": account.pk, "name": account.name} if account else None


def _at(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
