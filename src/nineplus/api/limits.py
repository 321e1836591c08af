"""How often a key may ask: the headers that say so, and the refusal when it was too often."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpResponse

from nineplus.stages.govern import quotas
from nineplus.stages.govern.quotas import Share
from nineplus.store.models import ApiKey


class TooOften(Exception):
    """The key's quota of this window is used up."""

    def __init__(self, share: Share) -> None:
        super().__init__(f"This key may ask {share.limit} times a minute. Ask again in {share.reset} seconds.")
        self.share = share


def count(key: ApiKey, *, now: datetime) -> Share | None:
    """Count one request of this key; None when there is no limit. Raises TooOften.

    Shared by all processes: the API and the Delighted-compatible one have one quota between them.
    """
    limit = settings.NINEPLUS.api_limit
    if not limit:
        return None
    share = quotas.take(f"key {key.prefix}", limit=limit, now=now)
    if not share.allowed:
        raise TooOften(share)
    return share


def tell(response: HttpResponse, share: Share | None) -> HttpResponse:
    """Say in the answer's headers how the key stands; with `Retry-After` when it was refused."""
    if share is not None:
        response["RateLimit-Policy"] = f"{share.limit};w={quotas.WINDOW}"
        response["RateLimit-Limit"] = str(share.limit)
        response["RateLimit-Remaining"] = str(share.remaining)
        response["RateLimit-Reset"] = str(share.reset)
        if not share.allowed:
            response["Retry-After"] = str(share.reset)
    return response
