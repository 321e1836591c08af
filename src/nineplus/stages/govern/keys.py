"""Keys for programs. Shown once when made; afterwards only their hash is known."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import ApiKey, User
from nineplus.store.models.govern import Role

_USE_IS_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it was made. `token` is all that is ever seen of it."""

    key: ApiKey
    token: str


def create(*, name: str, role: str = Role.ANALYST, created_by: User | None = None, now: datetime) -> NewKey:
    """Make a key that may do what `role` may, and never more than its maker may at the time of use.

    Raises NotPossible when it has no name or an unknown role.
    """
    if not name.strip():
        raise NotPossible("Give the key a name that says which program uses it.")
    if role not in Role.values:
        raise NotPossible(f"There is no role {role!r}. There are: {', '.join(Role.values)}.")
    prefix = f"np_{secrets.token_hex(4)}"
    token = f"{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        name=name.strip(), prefix=prefix, digest=_digest(token), role=role, created_by=created_by, created_at=now
    )
    return NewKey(key=key, token=token)


def authenticate(token: str, *, now: datetime) -> ApiKey | None:
    """The key this token belongs to; None when there is none, it was revoked, or its maker may no longer log in.

    A token has 256 random bits, so a plain SHA-256 cannot be searched and needs no salt.
    """
    key = ApiKey.objects.select_related("created_by").filter(digest=_digest(token), revoked_at=None).first()
    if key is None or not key.opens:
        return None
    if key.last_used_at is None or now - key.last_used_at >= _USE_IS_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


def revoke(*, key: int | str, now: datetime) -> ApiKey:
    """End a key, by its id or its prefix. Revoking twice changes nothing. Raises NotFound."""
    found = ApiKey.objects.filter(**({"prefix": key} if isinstance(key, str) else {"pk": key})).first()
    if found is None:
        raise NotFound("There is no such key.")
    if found.revoked_at is None:
        found.revoked_at = now
        found.save(update_fields=["revoked_at"])
    return found


def every() -> Sequence[ApiKey]:
    """All keys, newest first, revoked ones included."""
    return list(ApiKey.objects.select_related("created_by").order_by("-created_at", "-pk"))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
