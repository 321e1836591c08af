"""Which tickets made this score? Links of responses to tickets, best first, with the service as it then stood.

T1  the survey was launched by that ticket
T2  same contact; the ticket was resolved, else first answered, before the response and within the window
T3  same account likewise; only the last one, and only where there is neither T1 nor T2
T0  none, with the reason

Equality joins on (contact, window-sized slice of time) and as-of joins keep the work near the size of the
answer, whatever the number of tickets per contact or account. Source: methods, attribution.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from nineplus.mart.facts import KNOWN, event_counts, with_known
from nineplus.mart.instants import DAY, HOUR, micros, month_of
from nineplus.mart.instants import hours as elapsed_hours
from nineplus.mart.promises import broken_by_then
from nineplus.mart.schema import SERVICE_FACTS, TICKET_LABELS
from nineplus.model.attribution import Conditions, LinkRule

COUNTS = tuple(KNOWN)


@dataclass(frozen=True, slots=True)
class Served:
    """MART tickets, ready to be searched by time (microseconds)."""

    tickets: ir.Table
    window: int
    leave_out: Conditions = ()

    @classmethod
    def of(cls, tickets: ir.Table, *, rule: LinkRule) -> Served:
        opened = micros(tickets.opened_at)
        first = (opened + (tickets.first_response_hours * HOUR).round().cast("int64")).cast("int64")
        return cls(
            tickets.mutate(opened_us=opened, first_us=first, resolved_us=micros(tickets.resolved_at)),
            rule.window_days * DAY,
            rule.leave_out,
        )

    def instants(self, party: str) -> ir.Table:
        """When each ticket touched its contact or account: first answered, resolved. Two rows a ticket."""
        known = allowed(self.tickets, self.leave_out)
        known = known.filter(known[party].notnull())
        columns = ["ticket", "opened_us", "first_us", "resolved_us"]
        first = known.filter(known.first_us.notnull()).select(
            *columns, party=known[party], at_us=known.first_us, is_first=ibis.literal(True)
        )
        resolved = known.filter(known.resolved_us.notnull()).select(
            *columns, party=known[party], at_us=known.resolved_us, is_first=ibis.literal(False)
        )
        return ibis.union(first, resolved)


def allowed(tickets: ir.Table, leave_out: Conditions) -> ir.Table:
    """Only the tickets that may explain an answer by themselves; `tickets` has the labels of MART tickets."""
    for label, values in leave_out:
        tickets = tickets.filter(~tickets[f"ticket_{label}"].isin(values).fill_null(False))
    return tickets


def candidates(asked: ir.Table, served: Served, tiers: Collection[str]) -> ir.Table:
    """response, ticket, tier, ref_us: every link there is. `asked` has response, us, account, contact, ticket."""
    near = _direct(asked, served)
    if "T2" in tiers:
        near = ibis.union(near, _same_contact(asked, served))
    if "T3" not in tiers:
        return near
    alone = asked.anti_join(near, "response")
    return ibis.union(near, _same_account(alone, served))


def _direct(asked: ir.Table, served: Served) -> ir.Table:
    tickets = served.tickets.select("opened_us", "first_us", "resolved_us", served_ticket="ticket")
    pairs = asked.inner_join(tickets, asked.ticket == tickets.served_ticket)
    before = [ibis.ifelse(pairs[c] <= pairs.us, pairs[c], ibis.null("int64")) for c in ("resolved_us", "first_us")]
    return pairs.select(
        response=pairs.response,
        ticket=pairs.ticket,
        tier=ibis.literal("T1"),
        ref_us=ibis.coalesce(*before, pairs.opened_us),
    )


def _same_contact(asked: ir.Table, served: Served) -> ir.Table:
    """Each response looks at its own slice of time and at the one before: together they hold the window."""
    known = asked.filter(asked.contact.notnull(), asked.us.notnull())
    slices = ibis.union(
        *(
            known.select("response", "us", "contact", own="ticket", slice=(known.us // served.window) - back)
            for back in (0, 1)
        )
    )
    instants = served.instants("contact")
    instants = instants.mutate(touched=instants.at_us // served.window)
    pairs = slices.inner_join(instants, [slices.contact == instants.party, slices.slice == instants.touched])
    superseded = pairs.is_first & (pairs.resolved_us <= pairs.us).fill_null(False)
    pairs = pairs.filter(
        pairs.at_us <= pairs.us,
        pairs.us - pairs.at_us <= served.window,
        ~superseded,
        pairs.own.isnull() | (pairs.own != pairs.ticket),
    )
    return pairs.select("response", "ticket", tier=ibis.literal("T2"), ref_us=pairs.at_us)


def _same_account(asked: ir.Table, served: Served) -> ir.Table:
    known = asked.filter(asked.account.notnull(), asked.us.notnull()).select("response", "us", party="account")
    instants = served.instants("account")
    last = instants.group_by("party", "at_us").aggregate(ticket=instants.ticket.min())
    found = known.asof_join(last, known.us >= last.at_us, "party")
    found = found.filter(found.ticket.notnull(), found.us - found.at_us <= served.window)
    return found.select("response", "ticket", tier=ibis.literal("T3"), ref_us=found.at_us)


def match(asked: ir.Table, *, tickets: ir.Table, rule: LinkRule) -> ir.Table:
    """Every link with its place among the response's links and the ticket's facts as they are today.

    `asked` has response, answered_at, account, contact, ticket; `tickets` is MART tickets.

    `finished`: the ticket was resolved when the response came, so these facts are those of then.
    """
    served = Served.of(tickets, rule=rule)
    asked = asked.mutate(us=micros(asked.answered_at))
    found = candidates(asked, served, rule.tiers)
    who = asked.select(answer="response", month=month_of(asked.answered_at), answered_at="answered_at", us="us")
    found = found.inner_join(who, found.response == who.answer).drop("answer")
    what = served.tickets.rename(served_ticket="ticket").drop("month", "account", "contact", *TICKET_LABELS)
    found = found.inner_join(what, found.ticket == what.served_ticket).drop("served_ticket")
    best = ibis.window(group_by="response", order_by=["tier", ibis.desc("ref_us"), ibis.desc("opened_us"), "ticket"])
    return found.mutate(
        finished=(found.resolved_us <= found.us).fill_null(found.us.isnull()),
        age_hours=(found.us - found.ref_us) / HOUR,
        weight=_weight((found.us - found.ref_us) / DAY, rule.half_life_days),
        primary=ibis.row_number().over(best) == 0,
        tickets_in_window=found.ticket.count().over(ibis.window(group_by="response")).cast("int32"),
    )


def as_it_stood(
    found: ir.Table,
    *,
    events: ir.Table | None,
    known: Collection[str] | None = None,
    rule: LinkRule = LinkRule(),  # noqa: B008 - frozen
    hours: ir.Table | None = None,
) -> ir.Table:
    """MART `response_ticket`, with `tickets_in_window` beside each link: the service as it stood at the response.

    Takes back what came later: first answers, resolutions, verdicts, and counts of events by their dates. A promise
    of `rule` that was broken by then counts as broken; `hours` are its open hours.
    """
    none = {name: ibis.null(found[name].type()) for name in SERVICE_FACTS}
    # a survey sent by a ticket that bears no resolution date: its own counts are the best there is
    told = (found.tier == "T1") & found.resolved_us.isnull()
    if events is None:
        counts = {name: ibis.ifelse(found.finished | told, found[name], none[name]) for name in COUNTS}
        resolution = none["resolution_hours"]
    else:
        pending = found.filter(~found.finished).select(
            the_response="response", the_ticket="ticket", until="answered_at"
        )
        seen = pending.inner_join(events, [pending.the_ticket == events.ticket, events["at"] <= pending.until])
        then = event_counts(seen, ["the_response", "the_ticket"])
        then = then.rename({f"then_{name}": name for name in COUNTS})
        found = found.left_join(then, [found.response == then.the_response, found.ticket == then.the_ticket])
        found = with_known(found, events, known)
        counts = {}
        for name in COUNTS:
            elapsed = ibis.ifelse(found[f"knows_{name}"], found[f"then_{name}"].fill_null(0), none[name])
            counts[name] = ibis.ifelse(
                found.finished, found[name], ibis.ifelse(told, ibis.coalesce(elapsed, found[name]), elapsed)
            ).cast("int32")
        resolution = elapsed_hours(found.solved_at, found.opened_at)
    broken: ir.Value = none["sla_breached"]
    if rule.levels and hours is not None:
        found = found.mutate(link=found.response + ":" + found.ticket)
        pending = found.filter(~found.finished)
        late = broken_by_then(pending, rule=rule, events=events, hours=hours)
        found = found.left_join(late, found.link == late.broken_link)
        broken = ibis.ifelse(found.sla_source.isnull(), found.broken, none["sla_breached"])
    stood = found.mutate(
        first_response_hours=ibis.ifelse(
            found.us.isnull() | (found.first_us <= found.us), found.first_response_hours, none["first_response_hours"]
        ),
        resolution_hours=ibis.ifelse(found.finished, found.resolution_hours, resolution),
        sla_breached=ibis.ifelse(found.finished | told, found.sla_breached, broken),
        **counts,
    )
    return stood.select(
        "response", "month", "ticket", "tier", "age_hours", "weight", "primary", *SERVICE_FACTS, "tickets_in_window"
    )


def _weight(days: ir.FloatingValue, half_life: int) -> ir.FloatingValue:
    """What is left of a ticket after so many days: half after each half-life."""
    return ibis.literal(0.5).pow(ibis.greatest(days, 0.0) / half_life)


def misses(asked: ir.Table, linked: ir.Table, tickets: ir.Table, *, rule: LinkRule) -> ir.Table:
    """response, miss: why a response has no T1 or T2 link. `linked` holds the responses that have one.

    no_contact: nobody knows who answered; unknown_ticket: the survey names a ticket that is not there;
    no_ticket: that contact never opened one; only_later: only after the answer; left_out: only such as the rule
    leaves out; not_resolved: the last one was still untouched; outside_window: served, but too long before;
    not_looked_for: served in time, but the rule looks only at tickets that a survey was sent for.
    """
    missing = asked.anti_join(linked, "response").mutate(us=micros(asked.answered_at))
    ever = (
        tickets.filter(tickets.contact.notnull())
        .group_by(person="contact")
        .aggregate(first_us=micros(tickets.opened_at).min())
    )
    tickets = allowed(tickets, rule.leave_out)
    opened = tickets.filter(tickets.contact.notnull(), tickets.opened_at.notnull())
    opened = opened.mutate(
        opened_us=micros(opened.opened_at),
        touched_us=ibis.least(
            micros(opened.opened_at) + (opened.first_response_hours * HOUR).round().cast("int64"),
            micros(opened.resolved_at),
        ),
    )
    opened = opened.group_by("contact", "opened_us").aggregate(touched_us=opened.touched_us.min())
    last = missing.asof_join(opened, missing.us >= opened.opened_us, "contact")
    last = last.left_join(ever, last.contact == ever.person)
    served = (last.touched_us <= last.us).fill_null(False)
    return last.select(
        "response",
        miss=ibis.cases(
            (last.ticket.notnull(), "unknown_ticket"),
            (last.contact.isnull(), "no_contact"),
            (last.opened_us.isnull() & last.person.isnull(), "no_ticket"),
            (last.opened_us.isnull() & (last.first_us > last.us).fill_null(True), "only_later"),
            (last.opened_us.isnull(), "left_out"),
            (served & (last.us - last.touched_us > rule.window_days * DAY), "outside_window"),
            (served, "not_looked_for"),
            else_="not_resolved",
        ),
    )


def later(asked: ir.Table, *, tickets: ir.Table, rule: LinkRule) -> ir.Table:
    """response, later_ticket: the first ticket opened after the response by its contact, else by its account
    where no contact is known, within the window. What comes after cannot have made the score: the negative control.
    """
    tickets = allowed(tickets, rule.leave_out)
    opened = tickets.filter(tickets.opened_at.notnull()).mutate(opened_us=micros(tickets.opened_at))
    asked = asked.mutate(us=micros(asked.answered_at)).filter(asked.answered_at.notnull())
    by_contact = asked.filter(asked.contact.notnull()).select("response", "us", party="contact")
    by_account = asked.filter(asked.contact.isnull(), asked.account.notnull()).select("response", "us", party="account")
    parts = []
    for people, column in ((by_contact, "contact"), (by_account, "account")):
        known = opened.filter(opened[column].notnull())
        first = known.group_by(party=known[column], opened_us=known.opened_us).aggregate(
            later_ticket=known.ticket.min()
        )
        found = people.asof_join(first, people.us < first.opened_us, "party")
        found = found.filter(found.later_ticket.notnull(), found.opened_us - found.us <= rule.window_days * DAY)
        parts.append(found.select("response", "later_ticket"))
    return ibis.union(*parts)
