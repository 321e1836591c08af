"""From canonical rows (SOURCES) to the star (MART): one set of expressions for files, store and sample."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from nineplus.mart.bins import with_bins
from nineplus.mart.cluster import bucket_of, cluster_of
from nineplus.mart.dataset import Attribute
from nineplus.mart.facts import ticket_facts
from nineplus.mart.following import follow_ups
from nineplus.mart.instants import month_of
from nineplus.mart.links import as_it_stood, later, match, misses
from nineplus.mart.promises import by_attribute, open_hours, with_promises
from nineplus.mart.schema import (
    ATTRIBUTE_PREFIX,
    LATER,
    MART,
    PRIMARY,
    SERVICE_FACTS,
    SOURCES,
    TICKET_LABELS,
)
from nineplus.model.attribution import LinkRule

Tables = Mapping[str, ir.Table | None]
Keep = Callable[[str, ir.Table], ir.Table]
"""Computes an intermediate table once and hands it back; later stages read some of them several times."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the stages must know. `known`: which event counts are recorded at all; None: look at the events."""

    attributes: tuple[Attribute, ...] = ()
    rule: LinkRule = field(default_factory=LinkRule)
    known: frozenset[str] | None = None


@ibis.udf.scalar.builtin(name="json_extract_string", signature=(("string", "array<string>"), "array<string>"))
def _json_texts(document, paths):  # type: ignore[no-untyped-def]
    """Several members of one JSON object in one parse."""


def star(
    sources: Tables,
    *,
    attributes: Sequence[Attribute] = (),
    rule: LinkRule = LinkRule(),  # noqa: B008 - frozen
    keep: Keep | None = None,
) -> dict[str, ir.Table]:
    """Every MART table that the sources allow, as expressions with exactly the columns and types of MART.

    `sources` names SOURCES tables; missing ones (or None) and missing columns are as if empty. `responses`,
    `accounts` and `invitations` carry one text column per attribute that has a `a_` column. Without tickets
    every response is tier T0. Nothing is computed here unless `keep` does. Raises ValueError without responses.
    """
    keep = keep or (lambda _name, table: table)
    made = tuple(attribute for attribute in attributes if attribute.column.startswith(ATTRIBUTE_PREFIX))
    plan = Plan(attributes=made, rule=rule)
    tables: dict[str, ir.Table | None] = {name: clean(name, sources.get(name)) for name in SOURCES}
    given = {name for name, table in tables.items() if table is not None}
    if rule.levels:
        tables["open_hours"] = ibis.memtable(open_hours(rule))
    for stage in needed(given, INTERMEDIATE):
        tables[stage] = keep(stage, STAGES[stage](tables, plan))
    return {name: STAGES[name](tables, plan) for name in needed(given, MART)}


def needed(given: Collection[str], stages: Iterable[str]) -> list[str]:
    """Those stages for which the sources are given."""
    if "responses" not in given:
        raise ValueError("There can be no star without responses.")
    return [stage for stage in stages if MADE_OF[stage] in given]


def clean(name: str, table: ir.Table | None) -> ir.Table | None:
    """Exactly the columns and types of SOURCES; texts that are empty are missing."""
    if table is None:
        return None
    return table.select(**{field.name: _cast(table, field) for field in SOURCES[name]})


def shaped(name: str, table: ir.Table, attributes: Sequence[Attribute] = ()) -> ir.Table:
    """Exactly the columns and types of MART, then the attributes' columns."""
    columns = {field.name: _cast(table, field, text=False) for field in MART[name]}
    return table.select(**columns, **{attribute.column: table[attribute.column] for attribute in attributes})


def _cast(table: ir.Table, field: object, *, text: bool = True) -> ir.Value:
    kind = dt.DataType.from_pyarrow(field.type)  # type: ignore[attr-defined]
    name = field.name  # type: ignore[attr-defined]
    if name not in table.columns:
        return ibis.null(kind)
    column = table[name] if table[name].type() == kind else table[name].cast(kind)
    return column.nullif("") if text and kind.is_string() else column


def with_parties(
    rows: ir.Table, *, contacts: ir.Table | None, accounts: ir.Table | None, attributes: Sequence[Attribute]
) -> ir.Table:
    """Fill a missing account from the contact, and attributes: own ones first, then the contact's, the account's."""
    documents = [rows.attributes]
    if contacts is not None:
        people = contacts.select(the_contact="contact", home="account", contact_attributes="attributes")
        rows = rows.left_join(people, rows.contact == people.the_contact)
        rows = rows.mutate(account=ibis.coalesce(rows.account, rows.home))
        documents.append(rows.contact_attributes)
    if accounts is not None:
        firms = accounts.select(the_account="account", account_attributes="attributes")
        rows = rows.left_join(firms, rows.account == firms.the_account)
        documents.append(rows.account_attributes)
    names = [document.get_name() for document in documents]
    return _with_attributes(rows, names, attributes)


def _with_attributes(rows: ir.Table, documents: Sequence[str], attributes: Sequence[Attribute]) -> ir.Table:
    if not attributes:
        return rows
    paths = ibis.array(['$."' + attribute.slug.replace('"', "") + '"' for attribute in attributes])
    read = rows.mutate(**{f"read_{name}": _json_texts(rows[name], paths) for name in documents})
    return read.mutate(
        **{
            attribute.column: ibis.coalesce(*(read[f"read_{name}"][place].nullif("") for name in documents))
            for place, attribute in enumerate(attributes)
        }
    ).drop(*(f"read_{name}" for name in documents))


def _asked(t: Tables, plan: Plan) -> ir.Table:
    return with_parties(t["responses"], contacts=t["contacts"], accounts=t["accounts"], attributes=plan.attributes)


def _served(t: Tables, plan: Plan) -> ir.Table:
    facts = ticket_facts(t["tickets"], events=t["ticket_events"], contacts=t["contacts"], known=plan.known)
    if not plan.rule.levels:
        return shaped("tickets", facts.mutate(sla_source=facts.sla_breached))
    return shaped(
        "tickets",
        with_promises(
            _with_customers(facts, t, plan), rule=plan.rule, events=t["ticket_events"], hours=t["open_hours"]
        ),
    )


def _with_customers(facts: ir.Table, t: Tables, plan: Plan) -> ir.Table:
    """Beside each ticket the attributes of its contact, else of its account, that service levels look at."""
    wanted = by_attribute(plan.rule)
    parties = [(t["contacts"], "contact"), (t["accounts"], "account")]
    documents = []
    for party, key in parties:
        if party is not None and wanted:
            own = party.select(**{f"the_{key}": party[key], f"{key}_document": party.attributes})
            facts = facts.left_join(own, facts[key] == own[f"the_{key}"])
            documents.append(f"{key}_document")
    paths = {slug: ibis.array(['$."' + slug.replace('"', "") + '"']) for slug in wanted}
    found = {
        f"at_{slug}": ibis.coalesce(
            ibis.null("string"), *(_json_texts(facts[d], path)[0].nullif("") for d in documents)
        )
        for slug, path in paths.items()
    }
    return facts.mutate(**found)


def _matched(t: Tables, plan: Plan) -> ir.Table:
    return match(t["asked"], tickets=t["served"], rule=plan.rule)


def _linked(t: Tables, plan: Plan) -> ir.Table:
    return as_it_stood(
        t["matched"], events=t["ticket_events"], known=plan.known, rule=plan.rule, hours=t.get("open_hours")
    )


def response_rows(t: Tables, plan: Plan) -> ir.Table:
    """MART responses: who answered, what, and the service of the primary link."""
    asked, tickets, linked, made = t["asked"], t.get("served"), t.get("linked"), plan.attributes
    asked = asked.mutate(
        month=month_of(asked.answered_at),
        cluster=cluster_of(account=asked.account, contact=asked.contact, response=asked.response),
        commented=asked.comment.notnull(),
        asked_ticket=asked.ticket,
    )
    asked = asked.mutate(bucket=bucket_of(asked.cluster))
    if tickets is None or linked is None:
        bare = asked.mutate(
            tier=ibis.literal("T0"),
            miss=ibis.ifelse(asked.contact.isnull(), "no_contact", "no_ticket"),
            ticket=ibis.null("string"),
        )
        return with_bins(shaped("responses", bare, made))
    service = tickets.select(
        **{"served_ticket": tickets.ticket}, **{name: tickets[name] for name in (*SERVICE_FACTS, *TICKET_LABELS)}
    )
    primary = linked.filter(linked.primary).select(
        "tier", "tickets_in_window", *SERVICE_FACTS, link_response="response", link_ticket="ticket",
        ticket_age_hours="age_hours",
    )  # fmt: skip
    labels = service.select("served_ticket", *TICKET_LABELS)
    near = linked.filter(linked.tier.isin(PRIMARY)).select("response").distinct()
    why = misses(asked, near, tickets, rule=plan.rule).rename(why_response="response")
    after = later(asked, tickets=tickets, rule=plan.rule).rename(after_response="response")
    control = service.select(
        **{LATER + name: service[name] for name in SERVICE_FACTS}, control_ticket=service.served_ticket
    )
    rows = asked.drop("ticket").left_join(primary, asked.response == primary.link_response)
    rows = rows.left_join(labels, rows.link_ticket == labels.served_ticket)
    rows = rows.left_join(why, rows.response == why.why_response)
    rows = rows.left_join(after, rows.response == after.after_response)
    rows = rows.left_join(control, rows.later_ticket == control.control_ticket)
    rows = rows.mutate(
        tier=rows.tier.fill_null("T0"), ticket=rows.link_ticket, tickets_in_window=rows.tickets_in_window.fill_null(0)
    )
    return with_bins(shaped("responses", rows, made))


def invitation_rows(t: Tables, plan: Plan) -> ir.Table:
    """MART invitations: one ask and its fate, with the score where it was answered."""
    asks = with_parties(t["invitations"], contacts=t["contacts"], accounts=t["accounts"], attributes=plan.attributes)
    scores = t["responses"].select(the_response="response", score="score")
    asks = asks.left_join(scores, asks.response == scores.the_response)
    asks = asks.mutate(
        month=month_of(asks.sent_at),
        cluster=cluster_of(account=asks.account, contact=asks.contact, response=asks.invitation),
    )
    return shaped("invitations", asks.mutate(bucket=bucket_of(asks.cluster)), plan.attributes)


def comment_rows(name: str, source: str) -> Callable[[Tables, Plan], ir.Table]:
    """MART response_reading and response_theme: what was read in comments, in the month of the answer."""

    def rows(t: Tables, _plan: Plan) -> ir.Table:
        found = t[source]
        return shaped(name, found.mutate(month=month_of(found.answered_at)))

    return rows


def follow_up_rows(t: Tables, plan: Plan) -> ir.Table:
    """MART follow_ups: a case and the answers it is about."""
    rows = with_parties(t["cases"], contacts=t["contacts"], accounts=t["accounts"], attributes=plan.attributes)
    return shaped("follow_ups", follow_ups(rows), plan.attributes)


def account_rows(t: Tables, plan: Plan) -> ir.Table:
    firms = _with_attributes(t["accounts"], ["attributes"], plan.attributes)
    firms = firms.mutate(cluster=cluster_of(account=firms.account))
    return shaped("accounts", firms.mutate(bucket=bucket_of(firms.cluster)), plan.attributes)


def account_months(t: Tables, _plan: Plan) -> ir.Table:
    """Recurring revenue per account, currency and month in which it moved; `mrr_minor` is what it then came to.

    Minor units, signed as the movements are. A renewal is money kept: it changes no revenue.
    """
    movements = t["movements"]
    dated = movements.filter(movements["at"].notnull()).mutate(month=month_of(movements["at"]))
    amount, kind = dated.amount_minor, dated.kind

    def total(*kinds: str) -> ir.Value:
        return amount.sum(where=kind.isin(kinds)).fill_null(0).cast("int64")

    monthly = dated.group_by("account", "month", "currency").aggregate(
        new_minor=total("new", "reactivation"),
        expansion_minor=total("expansion"),
        contraction_minor=total("contraction"),
        churn_minor=total("churn"),
        renewed_minor=total("renewal"),
        change=total("new", "reactivation", "expansion", "contraction", "churn"),
    )
    so_far = ibis.window(group_by=["account", "currency"], order_by="month", preceding=None, following=0)
    return shaped("account_months", monthly.mutate(mrr_minor=monthly.change.sum().over(so_far)))


STAGES: dict[str, Callable[[Tables, Plan], ir.Table]] = {
    "asked": _asked,
    "served": _served,
    "matched": _matched,
    "linked": _linked,
    "responses": response_rows,
    "tickets": lambda t, _plan: t["served"],
    "response_ticket": lambda t, _plan: shaped("response_ticket", t["linked"]),
    "response_reading": comment_rows("response_reading", "readings"),
    "response_theme": comment_rows("response_theme", "mentions"),
    "invitations": invitation_rows,
    "follow_ups": follow_up_rows,
    "nudges": lambda t, _plan: shaped("nudges", t["nudges"]),
    "accounts": account_rows,
    "contacts": lambda t, _plan: shaped("contacts", t["contacts"]),
    "account_months": account_months,
}
"""Every step from SOURCES to MART; each reads sources (cleaned) and the steps before it, by name."""

INTERMEDIATE = ("asked", "served", "matched", "linked")

MADE_OF = {
    "asked": "responses",
    "served": "tickets",
    "matched": "tickets",
    "linked": "tickets",
    "responses": "responses",
    "tickets": "tickets",
    "response_ticket": "tickets",
    "response_reading": "readings",
    "response_theme": "mentions",
    "invitations": "invitations",
    "follow_ups": "cases",
    "nudges": "nudges",
    "accounts": "accounts",
    "contacts": "contacts",
    "account_months": "movements",
}
"""The source without which there is no such stage."""
