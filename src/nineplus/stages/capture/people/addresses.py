"""The absolute addresses of a customer's pages, as they stand in messages."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings

from nineplus.rules import links
from nineplus.stages.errors import NotPossible


def answer_address(invitation: int, *, key: bytes) -> str:
    """Where that invitation is answered."""
    return f"{base()}/s/{links.seal(number=invitation, purpose='answer', key=key)}/"


def test_address(survey: int, *, key: bytes) -> str:
    """Where that survey's draft is shown to whoever got a test message. Nothing is kept there."""
    return f"{base()}/s/{links.seal(number=survey, purpose='test', key=key)}/"


def unsubscribe_address(invitation: int, *, key: bytes) -> str:
    """Where that invitation's recipient says that they want no more."""
    return f"{base()}/u/{links.seal(number=invitation, purpose='unsubscribe', key=key)}/"


def base() -> str:
    """Under which address customers reach this house, without a slash at its end.

    Raises NotPossible when nobody said so, unless it listens to this machine only.
    """
    house = settings.NINEPLUS
    return _base(house.public_url, house.host, house.port)


@lru_cache(maxsize=4)
def _base(public_url: str, host: str, port: int) -> str:
    if public_url:
        return public_url.rstrip("/")
    if not is_local(host):
        raise NotPossible(
            "Links in messages need the address under which customers reach nineplus. Set NINEPLUS_PUBLIC_URL, "
            "such as https://nps.example.com."
        )
    return f"http://{'localhost' if ':' in host else host}:{port}"


def only_here() -> bool:
    """Do links lead to this machine only, so that no customer could follow them?"""
    return is_local(urlsplit(base()).hostname or "")


def is_local(host: str) -> bool:
    """Is that name or number this machine?"""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
