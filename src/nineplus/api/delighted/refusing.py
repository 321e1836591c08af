"""Addresses that are not written to, for one reason, with the people behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse

from nineplus.api.delighted.door import Ask, said
from nineplus.api.delighted.paging import portion
from nineplus.store.models import Contact, Suppression

Shape = Callable[[Suppression, Contact | None], dict[str, Any]]


def listed_of(ask: Ask, reason: str, shape: Shape) -> HttpResponse:
    """By time, the earliest first; by number of page. Erased addresses are left out."""
    sent = ask.sent
    page, since, until = portion(sent), sent.moment("since"), sent.moment("until")
    sent.check()
    rows = Suppression.objects.filter(reason=reason).exclude(address="").order_by("at", "pk")
    if since:
        rows = rows.filter(at__gte=since)
    if until:
        rows = rows.filter(at__lte=until)
    shown = list(rows[page])
    people = _people(shown)
    return said([shape(row, people.get((row.medium, row.address))) for row in shown])


def _people(rows: list[Suppression]) -> dict[tuple[str, str], Contact]:
    known = Contact.objects.filter(erased_at=None).order_by("-pk")
    emails = known.filter(email__in=[row.address for row in rows if row.medium == "email"])
    phones = known.filter(phone__in=[row.address for row in rows if row.medium == "sms"])
    return {("email", one.email): one for one in emails} | {("sms", one.phone): one for one in phones}
