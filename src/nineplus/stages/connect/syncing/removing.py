"""What was deleted over there goes here too, unless answers or others build on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import models
from django.db.models import Exists, OuterRef

from nineplus.store.models import (
    Account,
    Alias,
    Contact,
    Deal,
    Invitation,
    Owner,
    Removal,
    Response,
    Ticket,
    TicketEvent,
)
from nineplus.store.referring import unreferred

_CARRIED: Mapping[type[models.Model], str] = {Account: "account", Contact: "contact"}
"""Tables whose rows have other keys beside their own."""


def remove(model: type[models.Model], keys: Sequence[str], *, source: str, revision: int) -> tuple[int, list[str]]:
    """Remove these rows in the caller's transaction: how many, and the keys of those that stay.

    A ticket goes with its events, and answers forget that they were about it. Contacts and accounts that answers,
    invitations or tickets belong to stay, for the answers were given; so do those that another system knows too. A
    row that is only carried under such a key loses the key.
    """
    rows = model._default_manager.filter(source=source, external_id__in=keys)
    if model is Ticket:
        _leave(rows, revision)
    free = rows if model in (Ticket, TicketEvent, Response, Deal, Owner) else unreferred(rows)
    if model in _CARRIED:
        mine = Alias.objects.filter(table=_CARRIED[model])
        mine.filter(source=source, external_id__in=keys).exclude(why="merged").delete()
        elsewhere = mine.filter(row=OuterRef("pk")).exclude(source=source).exclude(source__startswith="@")
        free = free.filter(~Exists(elsewhere))
    going = list(free.values_list("pk", flat=True))
    if model not in (Deal, Owner):
        Removal.record(model=model, rows=going, revision=revision)
    model._default_manager.filter(pk__in=going).delete()
    return len(going), list(rows.values_list("external_id", flat=True))


def _leave(tickets: models.QuerySet, revision: int) -> None:
    """Answers and invitations outlive the ticket that they were about."""
    ids = list(tickets.values_list("pk", flat=True))
    events = list(TicketEvent.objects.filter(ticket__in=ids).values_list("pk", flat=True))
    Removal.record(model=TicketEvent, rows=events, revision=revision)
    TicketEvent.objects.filter(pk__in=events).delete()
    for model in (Response, Invitation):
        model.objects.filter(ticket__in=ids).update(ticket=None, revision=revision)
