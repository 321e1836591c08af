"""Was service as promised? Working time of every ticket by its calendar, and the verdict where the source gives none.

Working time between two instants is the difference of two running totals, each looked up by an as-of join in a table
of open intervals; so ten million tickets cost a few joins, and calendars of any shape cost the same. The same in
Python for one ticket: stats/worktime.py; the tests hold the two against each other.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from nineplus.mart.instants import HOUR, micros
from nineplus.model.attribution import LABELS, LinkRule, ServiceLevel
from nineplus.stats.worktime import open_time

MINUTE = HOUR // 60
OPEN_HOURS = pa.schema(
    [
        pa.field("calendar", pa.string()),
        pa.field("start_us", pa.int64()),
        pa.field("end_us", pa.int64()),
        pa.field("before_us", pa.int64()),
    ]
)


def open_hours(rule: LinkRule) -> pa.Table:
    """The open intervals of every calendar that a service level names, with the working time before each."""
    used = {level.calendar for level in rule.levels}
    parts = []
    for calendar in rule.calendars:
        if calendar.name in used:
            spans = open_time(calendar)
            names = pa.array([calendar.name] * len(spans.starts), pa.string())
            columns = [names, *(pa.array(part, pa.int64()) for part in (spans.starts, spans.ends, spans.before))]
            parts.append(pa.Table.from_arrays(columns, schema=OPEN_HOURS))
    return pa.concat_tables(parts) if parts else OPEN_HOURS.empty_table()


def by_attribute(rule: LinkRule) -> list[str]:
    """The attributes of customers that service levels look at, beside the labels of the ticket."""
    return sorted({label for level in rule.levels for label, _ in level.when if label not in LABELS})


def with_promises(facts: ir.Table, *, rule: LinkRule, events: ir.Table | None, hours: ir.Table) -> ir.Table:
    """MART tickets with their service level, working hours and verdict; `facts` has a column `at_<slug>` per attribute.

    The source's verdict stands; `sla_computed` is ours beside it. Breached: first answered or resolved later than
    promised. Not known while a ticket is open, unless its first answer was late already.
    """
    t = facts.mutate(
        service_level=_level(facts, rule),
        opened_us=micros(facts.opened_at),
        first_us=first_us(facts),
        until_us=micros(facts.resolved_at),
    )
    spent = measured(
        t.filter(t.service_level.notnull()).select("ticket", "service_level", "opened_us", "first_us", "until_us"),
        key="ticket", rule=rule, events=events, hours=hours,
    ).rename(spent_ticket="ticket")  # fmt: skip
    t = t.left_join(spent, t.ticket == spent.spent_ticket)
    late = (t.first_spent > t.first_target).fill_null(False) | (t.spent > t.target).fill_null(False)
    computed = ibis.cases((t.service_level.isnull(), None), (late, True), (t.until_us.notnull(), False), else_=None)
    computed = computed.cast("boolean")
    return t.mutate(
        sla_source=t.sla_breached,
        sla_computed=computed,
        sla_breached=ibis.coalesce(t.sla_breached, computed),
        first_response_work_hours=t.first_spent / HOUR,
        resolution_work_hours=t.spent / HOUR,
    )


def broken_by_then(pending: ir.Table, *, rule: LinkRule, events: ir.Table | None, hours: ir.Table) -> ir.Table:
    """link, broken: had a promise been broken when the answer came? Only True or missing: what is not yet late may be.

    `pending` has link (a key), ticket, service_level, opened_us, first_us and us, the instant of the answer.
    """
    rows = pending.filter(pending.service_level.notnull(), pending.us.notnull())
    rows = rows.mutate(
        # a first answer that came later was still being waited for
        first_us=ibis.ifelse(rows.first_us.notnull(), ibis.least(rows.first_us, rows.us), ibis.null("int64")),
        until_us=rows.us,
    )
    spent = measured(rows, key="link", rule=rule, events=events, hours=hours)
    late = (spent.first_spent > spent.first_target).fill_null(False) | (spent.spent > spent.target).fill_null(False)
    return spent.filter(late).select(broken_link="link", broken=ibis.literal(True))


def measured(rows: ir.Table, *, key: str, rule: LinkRule, events: ir.Table | None, hours: ir.Table) -> ir.Table:
    """Per `key`: working time to the first answer and to `until_us` without waits for the customer, and the targets.

    Microseconds. `rows` has key, ticket, service_level, opened_us, first_us, until_us.
    """
    levels = {level.name: level for level in rule.levels}
    rows = rows.mutate(calendar=_of_level(rows, {name: level.calendar for name, level in levels.items()}, "string"))
    for at in ("opened", "first", "until"):
        rows = _with_total(rows, hours, at=f"{at}_us", name=f"{at}_total")
    paused = _paused(rows, key=key, rule=rule, events=events, hours=hours)
    if paused is not None:
        rows = rows.left_join(paused, rows[key] == paused.paused_key)
    waits = rows.waited.fill_null(0) if paused is not None else 0
    return rows.select(
        key,
        first_spent=rows.first_total - rows.opened_total,
        spent=rows.until_total - rows.opened_total - waits,
        first_target=_target(rows, levels, "first_response_minutes"),
        target=_target(rows, levels, "resolution_minutes"),
    )


def first_us(tickets: ir.Table) -> ir.IntegerValue:
    """When a ticket was first answered, in microseconds."""
    return (micros(tickets.opened_at) + (tickets.first_response_hours * HOUR).round().cast("int64")).cast("int64")


def _with_total(rows: ir.Table, hours: ir.Table, *, at: str, name: str) -> ir.Table:
    """The running total of working time at that instant; around the clock it is the instant itself."""
    columns = list(rows.columns)
    rows = rows.view()
    known = hours.view().select(
        "calendar", **{f"{what}_of_{name}": f"{what}_us" for what in ("start", "end", "before")}
    )
    found = rows.asof_join(known, rows[at] >= known[f"start_of_{name}"], "calendar")
    total = found[f"before_of_{name}"] + ibis.least(found[at], found[f"end_of_{name}"]) - found[f"start_of_{name}"]
    clock = ibis.cases((found[at].isnull(), None), (found.calendar == "", found[at]), else_=total.fill_null(0))
    return found.select(*columns, **{name: clock.cast("int64")})


def _paused(rows: ir.Table, *, key: str, rule: LinkRule, events: ir.Table | None, hours: ir.Table) -> ir.Table | None:
    """Working time in which the customer was waited for, by the stages of the ticket."""
    if events is None or not rule.waiting:
        return None
    stages = events.filter(events.kind == "stage", events["at"].notnull())
    ends = ibis.window(group_by="ticket", order_by=["at", "to_value"])
    stages = stages.select(
        of="ticket",
        stage=stages.to_value.lower(),
        from_us=micros(stages["at"]),
        to_us=micros(stages["at"]).lead().over(ends),
    )
    stages = stages.filter(stages.stage.isin(rule.waiting))
    spans = rows.inner_join(stages, rows.ticket == stages.of)
    spans = spans.select(
        paused_key=spans[key],
        calendar=spans.calendar,
        start=ibis.greatest(spans.from_us, spans.opened_us),
        end=ibis.least(spans.to_us.fill_null(2**62), spans.until_us),
    )
    spans = spans.filter(spans.end > spans.start)
    for at in ("start", "end"):
        spans = _with_total(spans, hours, at=at, name=f"{at}_total")
    return spans.group_by("paused_key").agg(waited=(spans.end_total - spans.start_total).sum())


def _level(facts: ir.Table, rule: LinkRule) -> ir.StringValue:
    """The name of the first level whose conditions the ticket meets."""
    whens = []
    for level in rule.levels:
        met: ir.BooleanValue = ibis.literal(True)
        for label, values in level.when:
            column = facts[f"ticket_{label}" if label in LABELS else f"at_{label}"]
            met = met & column.lower().isin([value.lower() for value in values]).fill_null(False)
        whens.append((met, ibis.literal(level.name)))
    return ibis.cases(*whens, else_=ibis.null("string"))


def _of_level(rows: ir.Table, values: dict[str, str], kind: str) -> ir.Value:
    return ibis.cases(
        *((rows.service_level == name, ibis.literal(value)) for name, value in values.items()), else_=ibis.null(kind)
    )


def _target(rows: ir.Table, levels: dict[str, ServiceLevel], what: str) -> ir.IntegerValue:
    minutes = {name: getattr(level, what) for name, level in levels.items()}
    known = [(rows.service_level == name, ibis.literal(m * MINUTE, "int64")) for name, m in minutes.items() if m]
    return ibis.cases(*known, else_=ibis.null("int64")) if known else ibis.null("int64")
