"""By what addresses and ids of people are known when they themselves are gone: digests under keys of their own.

The keys are made once from the secret of the installation and then kept in the database, so backups have them:
whoever was erased or unsubscribed stays known when that secret is lost. They cannot be turned back into it.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import cache

from django.conf import settings

from nineplus.store.models import Preference

_KEPT = "people are known under"
_MADE_WITH = {"addresses": b"nineplus suppressed addresses\0", "ids": b"nineplus ids of erased people\0"}


def digest(of: str, text: str) -> str:
    """The digest of an address or id; `of` is addresses or ids. 64 hexadecimal digits."""
    mac = _keyed(of, settings.SECRET_KEY).copy()
    mac.update(text.encode())
    return mac.hexdigest()


def keep() -> None:
    """Write the keys down when they are not yet: every worker does so when it starts."""
    _kept()


def _kept() -> dict[str, str]:
    made = {of: hashlib.sha256(words + settings.SECRET_KEY.encode()).hexdigest() for of, words in _MADE_WITH.items()}
    kept, _ = Preference.objects.get_or_create(pk=_KEPT, defaults={"value": made})
    return kept.value


@cache
def _keyed(of: str, _secret: str) -> hmac.HMAC:
    return hmac.new(bytes.fromhex(_kept()[of]), digestmod="sha256")
