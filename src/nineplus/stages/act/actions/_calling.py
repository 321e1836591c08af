"""Calling an address: never inside of the network unless that is allowed, and no redirects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as house

from nineplus.channels import Reconnect
from nineplus.channels._web import call
from nineplus.rules.network import NotCalled, target_of
from nineplus.stages.errors import NotPossible

_TIMEOUT = 10.0


class NotTaken(Exception):
    """The other side did not take it: again, some time later."""


def post(url: str, body: Mapping[str, Any], *, key: str) -> None:
    """Send it. Raises NotPossible when the address will not do, NotTaken or a fault of the network otherwise."""
    headers = {"content-type": "application/json", "webhook-id": key, "user-agent": "nineplus"}
    content = json.dumps(body, ensure_ascii=False).encode()
    try:
        answer = call(url, headers=headers, body=content, private=house.NINEPLUS.webhooks_inside, timeout=_TIMEOUT)
    except Reconnect as problem:
        raise NotPossible(str(problem)) from None
    if 400 <= answer.status < 500 and answer.status not in (408, 425, 429):
        raise NotPossible(f"It answered {answer.status}.")
    if not 200 <= answer.status < 300:
        raise NotTaken(f"It answered {answer.status}.")


def receiver(settings: Mapping[str, str]) -> str:
    """Whom the address `url` calls, nobody without one: their calls wait for each other."""
    return urlsplit(settings.get("url", "")).netloc.lower()[:255]


def wrong(settings: Mapping[str, str]) -> str:
    """What is wrong with the address `url`, or nothing."""
    try:
        parts = target_of(settings.get("url", ""), private=house.NINEPLUS.webhooks_inside).parts
    except NotCalled as problem:
        return str(problem)
    return "The address must hold no user name and no password." if parts.username or parts.password else ""
