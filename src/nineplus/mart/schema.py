"""The two shapes of data that nineplus knows, column by column.

SOURCES: the canonical rows as a person's files or the store deliver them: one row per thing, ids as text,
instants as UTC microseconds, money in minor units with its currency, attributes as one JSON object of
slug -> text. File import, the store and the sample company all deliver these and nothing else.

MART: the star that analyses read, made from SOURCES by mart.build and by nothing else. Attributes become
columns named `a_<slug>`. No names, addresses or comments: personal data stays in the store.
"""

from __future__ import annotations

import pyarrow as pa

from nineplus.model.attribution import LinkRule

INSTANT = pa.timestamp("us", tz="UTC")
ATTRIBUTE_PREFIX = "a_"
BUCKETS = 64
"""Groups of the delete-a-group jackknife: hash(cluster) modulo this (methods, shared machinery)."""


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in columns.items()])


TEXT = pa.string()
FLAG = pa.bool_()

SOURCES: dict[str, pa.Schema] = {
    "accounts": _schema(account=TEXT, name=TEXT, domain=TEXT, created_at=INSTANT, attributes=TEXT),
    "contacts": _schema(contact=TEXT, account=TEXT, email=TEXT, name=TEXT, created_at=INSTANT, attributes=TEXT),
    "tickets": _schema(
        ticket=TEXT,
        account=TEXT,
        contact=TEXT,
        opened_at=INSTANT,
        first_response_at=INSTANT,
        resolved_at=INSTANT,  # last resolution; None while open
        priority=TEXT,
        category=TEXT,
        team=TEXT,
        owner=TEXT,
        channel=TEXT,
        sla_breached=FLAG,  # the source's own verdict; None when it gives none
        reopens=pa.int32(),  # as the source counts them; None: count the events
        escalated=FLAG,  # likewise
        attributes=TEXT,
    ),
    "ticket_events": _schema(
        ticket=TEXT,
        at=INSTANT,
        kind=TEXT,  # stage, owner, team, priority, reply, escalation, reopen, resolution
        from_value=TEXT,
        to_value=TEXT,
        by_customer=FLAG,
    ),
    "invitations": _schema(
        invitation=TEXT,
        survey=TEXT,
        account=TEXT,
        contact=TEXT,
        ticket=TEXT,
        response=TEXT,
        channel=TEXT,
        sent_at=INSTANT,
        fate=TEXT,  # planned, skipped, sent, delivered, opened, answered, declined, bounced, expired
        reason=TEXT,
        attributes=TEXT,
    ),
    "responses": _schema(
        response=TEXT,
        survey=TEXT,
        touchpoint=TEXT,  # post-resolution, post-onboarding, pre-renewal, relationship, post-purchase, custom
        account=TEXT,
        contact=TEXT,
        ticket=TEXT,  # set when the survey was launched by that ticket (tier T1)
        score=pa.int8(),
        comment=TEXT,
        answered_at=INSTANT,
        channel=TEXT,
        language=TEXT,
        attributes=TEXT,  # frozen as they stood when it was answered
    ),
    "readings": _schema(
        response=TEXT,
        answered_at=INSTANT,
        language=TEXT,  # of the comment, as it was read
        sentiment=TEXT,  # positive, negative, neutral, mixed, unsure; a person's word before the reader's
        empty_because=TEXT,  # why there was nothing to read
        contradicts=FLAG,  # score and words point opposite ways
    ),
    "mentions": _schema(
        response=TEXT,
        answered_at=INSTANT,
        theme=TEXT,  # slug; the second level as parent.child
        sentiment=TEXT,
        sure=pa.float64(),
        salience=pa.float64(),
    ),
    "cases": _schema(
        case=TEXT,  # once per answer that it is about, once when it is about none
        account=TEXT,
        contact=TEXT,
        response=TEXT,
        heard_at=INSTANT,  # when that answer was given
        survey=TEXT,
        touchpoint=TEXT,
        channel=TEXT,
        language=TEXT,
        score=pa.int8(),
        reason=TEXT,
        owner=TEXT,  # a number, no name
        team=TEXT,  # whose queue it is in, else the owner's team
        priority=TEXT,
        cause=TEXT,
        outcome=TEXT,
        answered_at=INSTANT,  # the answer that opened it
        opened_at=INSTANT,
        contacted_at=INSTANT,  # the first human contact
        closed_at=INSTANT,
        due_at=INSTANT,
        pauses=TEXT,  # [[from, to], …]; to is null while it stands still
        merged=FLAG,  # became one with another
        attributes=TEXT,
    ),
    "nudges": _schema(nudge=TEXT, response=TEXT, nudged_at=INSTANT),
    "movements": _schema(
        movement=TEXT,
        account=TEXT,
        subscription=TEXT,
        at=INSTANT,
        kind=TEXT,  # new, expansion, contraction, churn, renewal, reactivation
        amount_minor=pa.int64(),  # change of monthly recurring revenue; a renewal carries the renewed amount
        currency=TEXT,
    ),
}

_SERVICE_FACTS = {
    "first_response_hours": pa.float64(),
    "resolution_hours": pa.float64(),
    "sla_breached": FLAG,
    "reopens": pa.int32(),
    "escalations": pa.int32(),
    "reassignments": pa.int32(),
    "replies": pa.int32(),
}
"""What service a ticket got. The same names stand on tickets, on links and, for the primary link, on responses."""

_TICKET_LABELS = {
    "ticket_priority": TEXT,
    "ticket_category": TEXT,
    "ticket_team": TEXT,
    "ticket_owner": TEXT,
    "ticket_channel": TEXT,
}

SERVICE_FACTS = tuple(_SERVICE_FACTS)
TICKET_LABELS = tuple(_TICKET_LABELS)
LATER = "later_"
"""Prefix of the facts of the first ticket opened after the response: the negative control."""

BIN = "_bin"
BINNED = ("sla_breached", "first_response_hours", "reassignments", "reopens", "escalations")
LATER_BINNED = ("sla_breached", "first_response_hours")
"""Facts that stand on responses as bins too, `<fact>_bin` (mart.bins); of the later ticket those of the control.

Time to resolution has none: its bins are quarters of the answers that one looks at.
"""

MART: dict[str, pa.Schema] = {
    "responses": _schema(
        response=TEXT,
        month=pa.date32(),  # first day of the month of answered_at; the partition
        answered_at=INSTANT,
        score=pa.int8(),
        survey=TEXT,
        touchpoint=TEXT,
        channel=TEXT,
        language=TEXT,
        account=TEXT,
        contact=TEXT,
        cluster=pa.int64(),  # who is independent of whom: the account, else the contact, else the response
        bucket=pa.int16(),
        commented=FLAG,
        tier=TEXT,  # T1, T2, T3, T0 of the primary link
        miss=TEXT,  # why there is no T1/T2 link: no_contact, mart.links.misses
        ticket=TEXT,
        ticket_age_hours=pa.float64(),
        tickets_in_window=pa.int32(),
        **_SERVICE_FACTS,
        **_TICKET_LABELS,
        **{LATER + name: kind for name, kind in _SERVICE_FACTS.items()},
        later_ticket=TEXT,
        **{fact + BIN: pa.int8() for fact in BINNED},
        **{LATER + fact + BIN: pa.int8() for fact in LATER_BINNED},
    ),
    "tickets": _schema(
        ticket=TEXT,
        month=pa.date32(),  # of opened_at
        account=TEXT,
        contact=TEXT,
        opened_at=INSTANT,
        resolved_at=INSTANT,
        **_SERVICE_FACTS,
        **_TICKET_LABELS,
        service_level=TEXT,  # what was promised, by the rule (mart/promises.py)
        sla_source=FLAG,  # the source's own verdict, which stands where it is given
        sla_computed=FLAG,  # ours beside it
        first_response_work_hours=pa.float64(),
        resolution_work_hours=pa.float64(),
    ),
    "response_ticket": _schema(
        response=TEXT,
        month=pa.date32(),  # of the response
        ticket=TEXT,
        tier=TEXT,
        age_hours=pa.float64(),
        weight=pa.float64(),  # 0.5 to the power of age / half-life
        primary=FLAG,
        **_SERVICE_FACTS,
    ),
    "response_reading": _schema(
        response=TEXT,
        month=pa.date32(),  # of the response
        language=TEXT,
        sentiment=TEXT,
        empty_because=TEXT,
        contradicts=FLAG,
    ),
    "response_theme": _schema(
        response=TEXT,
        month=pa.date32(),  # of the response
        theme=TEXT,
        sentiment=TEXT,
        sure=pa.float64(),
        salience=pa.float64(),
    ),
    "invitations": _schema(
        invitation=TEXT,
        month=pa.date32(),  # of sent_at
        survey=TEXT,
        account=TEXT,
        contact=TEXT,
        cluster=pa.int64(),
        bucket=pa.int16(),
        channel=TEXT,
        sent_at=INSTANT,
        fate=TEXT,
        reason=TEXT,
        response=TEXT,
        score=pa.int8(),
    ),
    "follow_ups": _schema(
        case=TEXT,
        response=TEXT,
        first=FLAG,  # of the rows of one case that count it: those of later answers do not
        account=TEXT,
        contact=TEXT,
        cluster=pa.int64(),
        bucket=pa.int16(),
        survey=TEXT,
        touchpoint=TEXT,
        channel=TEXT,
        language=TEXT,
        score=pa.int8(),
        reason=TEXT,
        owner=TEXT,
        team=TEXT,
        priority=TEXT,
        cause=TEXT,
        outcome=TEXT,
        waits_from=INSTANT,  # the answer that opened it, else the opening
        opened_at=INSTANT,
        contacted_at=INSTANT,
        closed_at=INSTANT,
        due_at=INSTANT,
        paused_hours=pa.float64(),  # of pauses that are over
        breached=FLAG,  # None while nobody can say: not contacted yet, and not closed
    ),
    "nudges": _schema(nudge=TEXT, response=TEXT, nudged_at=INSTANT),
    "accounts": _schema(account=TEXT, cluster=pa.int64(), bucket=pa.int16(), created_at=INSTANT),
    "contacts": _schema(contact=TEXT, account=TEXT, created_at=INSTANT),
    "account_months": _schema(
        account=TEXT,
        month=pa.date32(),
        currency=TEXT,
        mrr_minor=pa.int64(),  # at the end of the month
        new_minor=pa.int64(),
        expansion_minor=pa.int64(),
        contraction_minor=pa.int64(),
        churn_minor=pa.int64(),
        renewed_minor=pa.int64(),
    ),
}
WITH_ATTRIBUTES = ("responses", "accounts", "invitations", "follow_ups")
"""These also carry one text column `a_<slug>` per known attribute."""

WINDOW_DAYS = LinkRule().window_days
"""How long after a ticket was served it may still explain a score, unless told otherwise."""

TIERS = {
    "T1": "The survey was sent for that ticket",
    "T2": "The same contact's ticket, shortly before",
    "T3": "A ticket of the same account, shortly before",
    "T0": "No ticket",
}
"""How a response is tied to a ticket, in words, the surest first (methods, attribution)."""

PRIMARY = ("T1", "T2")
"""Tiers whose facts are taken as what this customer went through (methods, attribution)."""

PARTITIONED = ("responses", "tickets", "response_ticket", "response_reading", "response_theme", "invitations")
"""Tables cut by month, so that a refresh rewrites only the months that changed."""

__all__ = [
    "ATTRIBUTE_PREFIX",
    "BIN",
    "BINNED",
    "BUCKETS",
    "INSTANT",
    "LATER",
    "LATER_BINNED",
    "MART",
    "PARTITIONED",
    "PRIMARY",
    "SERVICE_FACTS",
    "SOURCES",
    "TICKET_LABELS",
    "TIERS",
    "WINDOW_DAYS",
    "WITH_ATTRIBUTES",
]
