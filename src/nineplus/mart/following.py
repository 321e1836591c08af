"""Follow-ups: how long customers waited for a person, whether the promise was kept, how long the clock stood still.

One row per case and answer it is about. `first` marks the one row that counts the case.
"""

from __future__ import annotations

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from nineplus.mart.cluster import bucket_of, cluster_of
from nineplus.mart.instants import HOUR, micros


@ibis.udf.scalar.builtin(name="json_extract_string", signature=(("string", "string"), "array<string>"))
def _json_list(document, path):  # type: ignore[no-untyped-def]
    """All that a path with a wildcard finds in a document."""


def follow_ups(rows: ir.Table) -> ir.Table:
    """What MART follow_ups says of SOURCES cases; `rows` has them with account and attributes filled in."""
    order = ibis.window(group_by="case", order_by=["heard_at", "response"])
    rows = rows.mutate(
        cluster=cluster_of(account=rows.account, contact=rows.contact, response=rows.case),
        place=ibis.row_number().over(order),
        waits_from=ibis.coalesce(rows.answered_at, rows.opened_at),
        paused_hours=_paused(rows.pauses) / HOUR,
        breached=ibis.cases(
            (rows.contacted_at.notnull(), rows.contacted_at > rows.due_at),
            (rows.closed_at.notnull(), True),  # also one that was closed early: they did not hear from a person
            else_=ibis.null("boolean"),
        ),
        # while it waits for the customer the clock stands still, and nobody knows yet by when it will be due; what was
        # late already stays late
        due_at=ibis.ifelse(
            _waits(rows.pauses) & rows.contacted_at.isnull() & (rows.due_at > _waits_since(rows.pauses)),
            None,
            rows.due_at,
        ),
    )
    # what became one with another is counted there
    counts = (rows.place == 0) & ~rows.merged.fill_null(False)
    return rows.mutate(bucket=bucket_of(rows.cluster), first=counts)


def _waits(pauses: ir.StringValue) -> ir.BooleanValue:
    """Has any of the pairs no end?"""
    ends = _json_list(pauses, "$[*][1]")
    return (ends.filter(lambda end: end.isnull()).length() > 0).fill_null(False)


def _waits_since(pauses: ir.StringValue) -> ir.Value:
    """When the last pause began."""
    begins = _json_list(pauses, "$[*][0]")
    return begins.map(lambda at: at.cast(dt.Timestamp(timezone="UTC", scale=6))).maxs()


def _paused(pauses: ir.StringValue) -> ir.Value:
    """Microseconds between the starts and ends of a JSON list of pairs, those without an end left out."""
    ended = _json_list(pauses, "$[*][1]")
    spans = _json_list(pauses, "$[*][0]").zip(ended).filter(lambda span: span.f2.notnull())
    instant = dt.Timestamp(timezone="UTC", scale=6)
    lengths = spans.map(lambda span: micros(span.f2.cast(instant)) - micros(span.f1.cast(instant)))
    return lengths.sums().fill_null(0)
