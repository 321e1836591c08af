"""What happens without an answer: tickets, money, silence. Looked for every minute, for the rules that wait for it.

A rule fires for each of them once: its run names the ticket, the movement or the ask, so looking again finds nothing
new. What was before the rule was switched on concerns it not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Exists, F, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from nineplus.stages.act.rules import facts
from nineplus.stages.govern import sample
from nineplus.store.models import Invitation, Movement, Response, Ticket, TicketEvent
from nineplus.store.models.connect import MovementKind, TicketEventKind

BACK = timedelta(days=14)
"""What other systems tell of later than this is history."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened. `subject` names it for ever."""

    subject: str
    at: datetime
    account: int | None
    contact: int | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    """`rows(since, until)` have `at`; `fields` are what can be asked of them, by name and column."""

    model: type[Model]
    rows: Callable[[datetime, datetime], QuerySet[Any]]
    fields: Mapping[str, str]
    contact: bool = True


def _events(kind: TicketEventKind) -> Callable[[datetime, datetime], QuerySet[Ticket]]:
    def rows(since: datetime, until: datetime) -> QuerySet[Ticket]:
        told = TicketEvent.objects.filter(ticket=OuterRef("pk"), kind=kind, at__gt=since, at__lte=until)
        return Ticket.objects.annotate(at=Subquery(told.order_by("at").values("at")[:1])).filter(at__isnull=False)

    return rows


def _breached(since: datetime, until: datetime) -> QuerySet[Ticket]:
    """Systems say that it was breached, not when: counted when it was resolved, or opened as long as it is not."""
    rows = Ticket.objects.filter(sla_breached=True)
    return rows.annotate(at=Coalesce("resolved_at", "opened_at")).filter(at__gt=since, at__lte=until)


def _moved(kind: MovementKind) -> Callable[[datetime, datetime], QuerySet[Movement]]:
    return lambda since, until: Movement.objects.filter(kind=kind, at__gt=since, at__lte=until)


def _silent(since: datetime, until: datetime) -> QuerySet[Invitation]:
    """Asked, the time to answer is over, and no answer, not to this nor to another ask since."""
    later = Response.objects.filter(contact=OuterRef("contact"), answered_at__gte=OuterRef("sent_at"))
    rows = Invitation.objects.filter(sent_at__isnull=False, response__isnull=True, contact__isnull=False)
    rows = rows.annotate(at=Coalesce("expires_at", F("sent_at"), output_field=DateTimeField()))
    return rows.filter(~Exists(later), expires_at__isnull=False, at__gt=since, at__lte=until)


_TICKET = {"ticket_category": "category", "ticket_priority": "priority", "ticket_team": "team"}
_SAME = {"sla_breached": "sla_breached", "reopens": "reopens"}
_ASKED = {"survey": "survey__name", "touchpoint": "survey__touchpoint", "channel": "channel", "language": "language"}
KINDS: Mapping[str, _Kind] = {
    "ticket.breached": _Kind(Ticket, _breached, {**_TICKET, **_SAME}),
    "ticket.reopened": _Kind(Ticket, _events(TicketEventKind.REOPEN), {**_TICKET, **_SAME}),
    "ticket.escalated": _Kind(Ticket, _events(TicketEventKind.ESCALATION), {**_TICKET, **_SAME}),
    "money.contracted": _Kind(Movement, _moved(MovementKind.CONTRACTION), {}, contact=False),
    "money.churned": _Kind(Movement, _moved(MovementKind.CHURN), {}, contact=False),
    "customer.silent": _Kind(Invitation, _silent, _ASKED),
}
"""By the event of rules.workflows that waits for it."""


def happened(
    event: str, fields: Collection[str], *, since: datetime, until: datetime, now: datetime
) -> Iterator[Happening]:
    """What of that event happened after `since` until `until`, in order of time, with the fields that are known of it.

    The sample company's are left out, and so are erased people's.
    """
    kind = KINDS[event]
    rows = kind.rows(since, until).exclude(source=sample.SOURCE)
    if kind.contact:
        rows = rows.exclude(contact__erased_at__isnull=False)
    names, wanted = _asked(kind, fields, now)
    whose = ("account_id", "contact_id") if kind.contact else ("account_id",)
    found = rows.annotate(**wanted).order_by("at", "pk").values_list("pk", "at", *whose, *wanted)
    for pk, at, account, *rest in found.iterator(chunk_size=2_000):
        contact = rest.pop(0) if kind.contact else None
        values = {name: facts.settled(name, value, now) for name, value in zip(names, rest, strict=True)}
        yield Happening(f"{event}:{pk}", at, account, contact, values)


def facts_of(subject: str, fields: Collection[str], *, now: datetime) -> Mapping[str, Any]:
    """The same fields of one thing that happened, by its name, as they are now; none when it is gone."""
    event, _, pk = subject.rpartition(":")
    kind = KINDS[event]
    names, wanted = _asked(kind, fields, now)
    rows: QuerySet[Any] = kind.model._default_manager.filter(pk=int(pk))
    found = rows.annotate(**wanted).values_list(*wanted).first() if wanted else None
    return {name: facts.settled(name, value, now) for name, value in zip(names, found or (), strict=found is not None)}


def _asked(kind: _Kind, fields: Collection[str], now: datetime) -> tuple[list[str], dict[str, Any]]:
    """Which of the fields are known of that kind, and their expressions by column."""
    known = facts.of_customer(fields, contact=kind.contact)
    told = {**known, **{name: facts.column(name, path) for name, path in kind.fields.items() if name in fields}}
    return list(told), {f"fact_{place}": one(now) for place, one in enumerate(told.values())}
