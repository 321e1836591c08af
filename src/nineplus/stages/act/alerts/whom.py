"""Who is told when a kind of alert names nobody itself, and who may be told of customers at all.

Alerts and letters follow the pages: a viewer sees results, not who customers are nor what they wrote.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from nineplus.store.models import Account, Alert, User
from nineplus.store.models.govern import Role, includes

_KNOWING = tuple(role for role in Role.values if includes(role, Role.AGENT))
_OF_CUSTOMERS = ("/responses/", "/loop/", "/accounts/", "/contacts/")
"""Pages that name customers, by how their paths begin."""
OF_NOBODY = (Q(raised=None) | Q(raised__account=None, raised__contact=None)) & ~Q(
    *(Q(path__startswith=one) for one in _OF_CUSTOMERS), _connector=Q.OR
)
"""Alerts (rows) that name no customer."""


def may_know(user: User) -> bool:
    """May they know who customers are and what they wrote? As on pages."""
    return user.role in _KNOWING


def may_be_shown(row: Alert) -> bool:
    """May the person whose alert this is be shown it?"""
    return may_know(row.user) or not names_a_customer(
        path=row.path,
        account=row.raised.account_id if row.raised else None,
        contact=row.raised.contact_id if row.raised else None,
    )


def names_a_customer(*, path: str, account: int | None, contact: int | None) -> bool:
    """Does an alert with these say who a customer is, or lead to where it is said?"""
    return account is not None or contact is not None or path.startswith(_OF_CUSTOMERS)


def knowing(people: Collection[int]) -> set[int]:
    """Those of these people (ids) who may know."""
    return set(User.objects.filter(pk__in=people, is_active=True, role__in=_KNOWING).values_list("pk", flat=True))


def company_owners() -> set[int]:
    """Who is told when nobody nearer is there."""
    return _with(Role.OWNER)


def analysts() -> set[int]:
    """Who looks after numbers and systems, the owners of the company among them."""
    return _with(Role.OWNER, Role.ANALYST)


def who_looks_after(account: Account | None) -> set[int]:
    """Our colleague whom the other system names as the account's owner, known by their address; not a viewer."""
    mail = account.owner.email if account and account.owner else ""
    if not mail:
        return set()
    mine = User.objects.filter(is_active=True, email__iexact=mail, role__in=_KNOWING)
    return set(mine.values_list("pk", flat=True))


def _with(*roles: str) -> set[int]:
    return set(User.objects.filter(is_active=True, role__in=roles).values_list("pk", flat=True))
