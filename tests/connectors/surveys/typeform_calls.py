"""Calls as Typeform's webhook makes them, made up here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any


def scale(number: Any, ref: str, *, title: str = "", **properties: Any) -> dict[str, Any]:
    field = {"id": f"id-{ref}", "type": "opinion_scale", "ref": ref}
    return {"type": "number", "number": number, "field": field, "_title": title, "_properties": properties}


def text(words: str, ref: str) -> dict[str, Any]:
    return {"type": "text", "text": words, "field": {"id": f"id-{ref}", "type": "long_text", "ref": ref}}


def choice(label: str, ref: str, *, title: str) -> dict[str, Any]:
    field = {"id": f"id-{ref}", "type": "multiple_choice", "ref": ref}
    return {"type": "choice", "choice": {"label": label}, "field": field, "_title": title}


def body(
    *,
    token: str = "tok1",
    answers: list[dict[str, Any]] | None = None,
    hidden: dict[str, str] | None = None,
    submitted_at: str | None = "2026-03-01T10:05:00Z",
    landed_at: str | None = "2026-03-01T10:00:00Z",
) -> bytes:
    if answers is None:
        answers = [
            choice("Sales", "team", title="Which team?"),
            scale(9, "nps", title="How likely are you to recommend us?"),
            text("Fast answers", "why"),
        ]
    known = {"email": "Ada@customer.example".lower(), "user_id": "u7", "account_id": "A1", "plan": "pro"}
    questions = [
        {**one["field"], "title": one.get("_title", ""), "properties": one.get("_properties", {})} for one in answers
    ]
    plain = [{name: value for name, value in one.items() if not name.startswith("_")} for one in answers]
    response = {
        "form_id": "form1",
        "token": token,
        "landed_at": landed_at,
        "submitted_at": submitted_at,
        "hidden": known if hidden is None else hidden,
        "definition": {"id": "form1", "title": "Loyalty", "fields": questions},
        "answers": plain,
    }
    return json.dumps({"event_id": f"ev-{token}", "event_type": "form_response", "form_response": response}).encode()


def signed(call: bytes, secret: str) -> dict[str, str]:
    made = base64.b64encode(hmac.new(secret.encode(), call, hashlib.sha256).digest()).decode()
    return {"typeform-signature": f"sha256={made}"}
