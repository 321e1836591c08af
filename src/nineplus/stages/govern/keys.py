"""Keys for programs. Shown once when made; afterwards only their hash is known."""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.govern.scopes import chosen
from nineplus.store.models import ApiKey, Survey, User
from nineplus.store.models.govern import Role

_USE_IS_NOTED_EVERY = timedelta(minutes=1)
_LETTERS = string.ascii_letters + string.digits
_DELIGHTED = 32
"""Characters of a key for Delighted's clients: as theirs were, and short enough for those that break longer ones."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it was made. `token` is all that is ever seen of it."""

    key: ApiKey
    token: str


def create(
    *,
    name: str,
    role: str = Role.ANALYST,
    scopes: Sequence[str] = (),
    survey: Survey | None = None,
    created_by: User | None = None,
    now: datetime,
) -> NewKey:
    """Make a key that may do what `role` may, and never more than its maker may at the time of use.

    With a `survey` it opens the Delighted-compatible API for that survey and nothing else, and looks as Delighted's
    keys did. `scopes` narrow it further (govern.scopes); none: everything the role may.
    Raises NotPossible when it has no name or an unknown role or scope.
    """
    if not name.strip():
        raise NotPossible("Give the key a name that says which program uses it.")
    if role not in Role.values:
        raise NotPossible(f"There is no role {role!r}. There are: {', '.join(Role.values)}.")
    prefix, token = _fresh() if survey is None else _fresh_delighted()
    key = ApiKey.objects.create(
        name=name.strip(),
        prefix=prefix,
        digest=_digest(token),
        role=role,
        scopes=chosen(scopes),
        survey=survey,
        created_by=created_by,
        created_at=now,
    )
    return NewKey(key=key, token=token)


def authenticate(token: str, *, now: datetime) -> ApiKey | None:
    """The key this token belongs to; None when there is none, it was revoked, or its maker may no longer log in.

    Nor when it is bound to a survey: such a key opens only what that survey answers (`authenticate_bound`).
    A token has 190 random bits or more, so a plain SHA-256 cannot be searched and needs no salt.
    """
    return _opened(token, bound=False, now=now)


def authenticate_bound(token: str, *, now: datetime) -> ApiKey | None:
    """As `authenticate`, for keys that are bound to a survey; the key with its survey."""
    return _opened(token, bound=True, now=now)


def _opened(token: str, *, bound: bool, now: datetime) -> ApiKey | None:
    key = (
        ApiKey.objects.select_related("created_by", "survey")
        .filter(digest=_digest(token), revoked_at=None, survey__isnull=not bound)
        .first()
    )
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
    return list(ApiKey.objects.select_related("created_by", "survey").order_by("-created_at", "-pk"))


def _fresh() -> tuple[str, str]:
    """A new prefix and token."""
    prefix = f"np_{secrets.token_hex(4)}"
    return prefix, f"{prefix}_{secrets.token_urlsafe(32)}"


def _fresh_delighted() -> tuple[str, str]:
    token = "".join(secrets.choice(_LETTERS) for _ in range(_DELIGHTED))
    return token[:8], token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
