"""What was deleted over there goes here too, unless answers or others build on it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models

from nineplus.store.models import Deal, Invitation, Owner, Removal, Response, Ticket, TicketEvent
from nineplus.store.referring import unreferred


def remove(model: type[models.Model], keys: Sequence[str], *, source: str, revision: int) -> list[str]:
    """Remove these rows in the caller's transaction; the keys of those that stay because others refer to them.

    A ticket goes with its events, and answers forget that they were about it. Contacts and accounts that answers,
    invitations or tickets belong to stay: the answers were given.
    """
    rows = model._default_manager.filter(source=source, external_id__in=keys)
    if model is Ticket:
        _leave(rows, revision)
    free = rows if model in (Ticket, TicketEvent, Response, Deal, Owner) else unreferred(rows)
    going = list(free.values_list("pk", flat=True))
    if model not in (Deal, Owner):
        Removal.record(model=model, rows=going, revision=revision)
    model._default_manager.filter(pk__in=going).delete()
    return list(rows.values_list("external_id", flat=True))


def _leave(tickets: models.QuerySet, revision: int) -> None:
    """Answers and invitations outlive the ticket that they were about."""
    ids = list(tickets.values_list("pk", flat=True))
    events = list(TicketEvent.objects.filter(ticket__in=ids).values_list("pk", flat=True))
    Removal.record(model=TicketEvent, rows=events, revision=revision)
    TicketEvent.objects.filter(pk__in=events).delete()
    for model in (Response, Invitation):
        model.objects.filter(ticket__in=ids).update(ticket=None, revision=revision)
