"""The door of every operation: whose key it is, how often it came, and what it may do."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Header
from ninja.security import HttpBearer

from nineplus.api import limits
from nineplus.api.problems import Forbidden
from nineplus.stages.govern import keys, scopes
from nineplus.stages.govern.once import Request
from nineplus.store.models import ApiKey


class Key(HttpBearer):
    """`Authorization: Bearer np_…`, a key made in Settings or by `nineplus key create`, that has this scope."""

    def __init__(self, scope: str = "") -> None:
        assert not scope or scope in scopes.SCOPES, scope
        self.scope = scope
        super().__init__()

    def __call__(self, request: HttpRequest) -> ApiKey | None:
        key: ApiKey | None = super().__call__(request)
        if key is None:
            return None
        request.share = limits.count(key, now=timezone.now())  # type: ignore[attr-defined]
        if self.scope and (against := scopes.refusal(key, self.scope)):
            raise Forbidden(against)
        return key

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        return keys.authenticate(token, now=timezone.now())


def asker(request: HttpRequest) -> ApiKey:
    """The key of this request, which the door has let in."""
    return request.auth  # type: ignore[attr-defined, no-any-return]


IDEMPOTENT: Any = Header(
    "",
    max_length=200,
    description="The same key with the same body again makes nothing twice and returns what the first made (200); "
    "with another body it is refused (409). Every API key has its own; they are kept for a day.",
)


def again(request: HttpRequest, key: str) -> Request:
    """This request, as one that may come again under that idempotency key."""
    body = json.dumps(json.loads(request.body or b"null"), sort_keys=True)
    return Request(asker(request).prefix, key, f"{request.method} {request.path} {body}")
