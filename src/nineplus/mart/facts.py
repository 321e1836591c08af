"""What service each ticket got: from the ticket's own fields and from the history of its events.

A count is 0 only where that kind of event is recorded at all; where nobody records escalations, their number
is unknown. The source's own verdict (SLA, reopens, escalated) stands above what events suggest.
"""

from __future__ import annotations

from collections.abc import Collection

import ibis
import ibis.expr.types as ir

from nineplus.mart.instants import hours, month_of

CLOSED_STAGES = (
    "closed", "resolved", "solved", "done", "completed",
    "geschlossen", "gelöst", "erledigt",
    "fermé", "résolu", "clôturé",
    "cerrado", "resuelto", "solucionado",
    "zamknięte", "rozwiązane",
    "chiuso", "risolto", "fechado", "resolvido", "gesloten", "opgelost",
)  # fmt: skip
"""Stage names that mean finished; leaving one for another stage is a reopening."""

KNOWN = {
    "reopens": ("reopen", "stage"),
    "escalations": ("escalation",),
    "reassignments": ("owner", "team"),
    "replies": ("reply",),
}
"""Which kinds of event make a count known."""


def event_counts(events: ir.Table, by: list[str]) -> ir.Table:
    """One row per `by`: counts, first agent reply and the last resolution that was not undone."""
    left = events.from_value.lower().isin(CLOSED_STAGES)
    entered = events.to_value.lower().isin(CLOSED_STAGES)
    stage = events.kind == "stage"
    reopened_stage = (stage & left & ~entered.fill_null(False)).fill_null(False)
    resolved = (events.kind == "resolution") | (stage & entered & ~left.fill_null(False)).fill_null(False)
    handed_over = (
        events.kind.isin(["owner", "team"])
        & events.from_value.notnull()
        & (events.to_value.isnull() | (events.from_value != events.to_value))
    )
    answered = (events.kind == "reply") & ~events.by_customer.fill_null(False)
    counted = events.group_by(by).aggregate(
        first_reply=events["at"].min(where=answered),
        last_resolution=events["at"].max(where=resolved),
        last_reopen=events["at"].max(where=(events.kind == "reopen") | reopened_stage),
        # the same reopening may be told twice, as a stage change and as an event of its own
        reopens=ibis.greatest((events.kind == "reopen").sum(), reopened_stage.sum()),
        escalations=(events.kind == "escalation").sum(),
        # owner and team changed in one instant are one handover
        reassignments=events["at"].nunique(where=handed_over),
        replies=answered.sum(),
    )
    undone = counted.last_reopen > counted.last_resolution
    return counted.mutate(
        solved_at=ibis.ifelse(undone.fill_null(False), ibis.null("timestamp('UTC', 6)"), counted.last_resolution),
        **{name: counted[name].cast("int32") for name in KNOWN},
    ).drop("last_resolution", "last_reopen")


def with_known(table: ir.Table, events: ir.Table, known: Collection[str] | None) -> ir.Table:
    """Beside each row flags `knows_<count>`: is that kind of event recorded at all? None: look."""
    if known is None:
        return table.cross_join(
            events.aggregate(
                **{f"knows_{name}": events.kind.isin(of).any().fill_null(False) for name, of in KNOWN.items()}
            )
        )
    return table.mutate(**{f"knows_{name}": ibis.literal(name in known) for name in KNOWN})


def ticket_facts(
    tickets: ir.Table, *, events: ir.Table | None, contacts: ir.Table | None, known: Collection[str] | None = None
) -> ir.Table:
    """MART `tickets` from SOURCES tickets and events (both already cleaned).

    Hours from opening to first agent reply and to the last resolution; counts of events; the SLA verdict as
    the source gives it. A contact's account stands in for a missing one. `known`: which counts are
    recorded at all, when the caller knows.
    """
    if contacts is not None:
        home = contacts.select(home_contact="contact", home_account="account")
        tickets = tickets.left_join(home, tickets.contact == home.home_contact)
        tickets = tickets.mutate(account=ibis.coalesce(tickets.account, tickets.home_account))
    if events is not None:
        counts = event_counts(events, ["ticket"]).rename(
            event_ticket="ticket", event_reopens="reopens", event_escalations="escalations"
        )
        tickets = tickets.left_join(counts, tickets.ticket == counts.event_ticket)
        tickets = with_known(tickets, events, known)
    else:
        tickets = tickets.mutate(
            first_reply=ibis.null("timestamp('UTC', 6)"),
            solved_at=ibis.null("timestamp('UTC', 6)"),
            event_reopens=ibis.null("int32"),
            event_escalations=ibis.null("int32"),
            reassignments=ibis.null("int32"),
            replies=ibis.null("int32"),
            **{f"knows_{name}": ibis.literal(False) for name in KNOWN},
        )
    t = tickets
    counted = {
        name: ibis.ifelse(t[f"knows_{name}"], t[column].fill_null(0), ibis.null("int32"))
        for name, column in (
            ("reopens", "event_reopens"),
            ("escalations", "event_escalations"),
            ("reassignments", "reassignments"),
            ("replies", "replies"),
        )
    }
    escalated = t.escalated.cast("int32")
    first_response = ibis.coalesce(t.first_response_at, t.first_reply)
    resolved = ibis.coalesce(t.resolved_at, t.solved_at)
    return t.select(
        ticket=t.ticket,
        month=month_of(t.opened_at),
        account=t.account,
        contact=t.contact,
        opened_at=t.opened_at,
        resolved_at=resolved,
        first_response_hours=hours(first_response, t.opened_at),
        resolution_hours=hours(resolved, t.opened_at),
        sla_breached=t.sla_breached,
        reopens=ibis.coalesce(t.reopens, counted["reopens"]).cast("int32"),
        escalations=ibis.coalesce(
            ibis.greatest(counted["escalations"], escalated), counted["escalations"], escalated
        ).cast("int32"),
        reassignments=counted["reassignments"].cast("int32"),
        replies=counted["replies"].cast("int32"),
        ticket_priority=t.priority,
        ticket_category=t.category,
        ticket_team=t.team,
        ticket_owner=t.owner,
        ticket_channel=t.channel,
    )
