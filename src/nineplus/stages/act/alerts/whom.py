"""Who is told when a kind of alert names nobody itself."""

from __future__ import annotations

from nineplus.store.models import Account, User
from nineplus.store.models.govern import Role


def company_owners() -> set[int]:
    """Who is told when nobody nearer is there."""
    return _with(Role.OWNER)


def analysts() -> set[int]:
    """Who looks after numbers and systems, the owners of the company among them."""
    return _with(Role.OWNER, Role.ANALYST)


def who_looks_after(account: Account | None) -> set[int]:
    """Our colleague whom the other system names as the account's owner: known by their address."""
    mail = account.owner.email if account and account.owner else ""
    mine = User.objects.filter(is_active=True, email__iexact=mail) if mail else User.objects.none()
    return set(mine.values_list("pk", flat=True))


def _with(*roles: str) -> set[int]:
    return set(User.objects.filter(is_active=True, role__in=roles).values_list("pk", flat=True))
