"""Tickets, each at the time it was opened, with what happened to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from nineplus.stages.share.customers.entries import Bound, Customer, Entry, Source, Step, named, newest
from nineplus.store.models import Ticket, TicketEvent
from nineplus.store.models.connect import TicketEventKind

_SHOWN = {
    TicketEventKind.REOPEN: "Reopened",
    TicketEventKind.ESCALATION: "Escalated",
    TicketEventKind.OWNER: "Given to {to}",
    TicketEventKind.TEAM: "Moved to {to}",
}
_MOST_STEPS = 12


def read(of: Customer, bound: Bound | None, limit: int) -> Sequence[Entry]:
    rows = newest(of.of(Ticket.objects.select_related("contact").defer("attributes")), "opened_at", bound, limit)
    happened: dict[int, list[TicketEvent]] = defaultdict(list)
    events = TicketEvent.objects.filter(ticket__in=[row.pk for row in rows], kind__in=[*_SHOWN]).order_by("at", "pk")
    for event in events:
        happened[event.ticket_id].append(event)
    return [_entry(row, happened[row.pk]) for row in rows]


def _entry(row: Ticket, events: list[TicketEvent]) -> Entry:
    steps: list[tuple[datetime, str]] = []
    if row.first_response_at:
        steps.append((row.first_response_at, "First answered"))
    steps += [
        (event.at, _SHOWN[TicketEventKind(event.kind)].format(to=event.to_value or "somebody else")) for event in events
    ]
    if row.resolved_at:
        steps.append((row.resolved_at, "Resolved"))
    told = {event.kind for event in events}
    facts = [(name, value) for name, value in (("priority", row.priority), ("team", row.team)) if value]
    if row.reopens and TicketEventKind.REOPEN not in told:
        facts.append(("reopened", f"{row.reopens}×"))
    if row.escalated and TicketEventKind.ESCALATION not in told:
        facts.append(("escalated", "yes"))
    if row.sla_breached is not None:
        facts.append(("SLA", "breached" if row.sla_breached else "met"))
    return Entry(
        at=row.opened_at,
        id=row.pk,
        title=f"Ticket {row.external_id} opened" + ("" if row.resolved_at else ", still open"),
        text=row.category,
        tone="bad" if row.sla_breached else "",
        contact=named(row.contact),
        facts=tuple(facts),
        steps=tuple(Step(at, words) for at, words in sorted(steps)[:_MOST_STEPS]),
    )


SOURCE = Source(name="tickets", title="Tickets", icon="ticket", read=read, place=3)
