"""Microsoft Teams by a workflow's webhook: an Adaptive Card, at most 28 kB in all.

Source: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors (limit and envelope).
"""

from __future__ import annotations

import json
from typing import Any

from nineplus.connectors.chat import Said

MOST_BYTES = 28 * 1024
_MEANT = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]#"})
_LONGEST = (4_000, 1_500, 400)


def message(said: Said) -> dict[str, Any]:
    """What is sent: the card in its envelope, cut until it is small enough."""
    for longest in _LONGEST:
        told = _message(said, longest)
        if len(json.dumps(told, ensure_ascii=False).encode()) <= MOST_BYTES:
            return told
    return _message(Said(title=said.title, url=said.url), 300)


def _message(said: Said, longest: int) -> dict[str, Any]:
    body: list[dict[str, Any]] = [_text(said.title, 300, weight="Bolder", size="Medium")]
    if said.text:
        body.append(_text(said.text, longest))
    if said.quote:
        body.append({"type": "Container", "style": "emphasis", "items": [_text(said.quote, longest)]})
    if said.facts:
        facts = [{"title": _plain(label, 100), "value": _plain(value, 500)} for label, value in said.facts if value]
        body.append({"type": "FactSet", "facts": facts[:10]})
    if said.foot:
        body.append(_text(said.foot, longest, isSubtle=True, size="Small"))
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    if said.url:
        card["actions"] = [{"type": "Action.OpenUrl", "title": said.link, "url": said.url}]
    attached = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attached]}


def _text(text: str, longest: int, **more: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": _plain(text, longest), "wrap": True, **more}


def _plain(text: str, longest: int) -> str:
    """Cut, and with what would be Markdown meant as it stands."""
    return (text if len(text) <= longest else text[: longest - 1] + "…").translate(_MEANT)
