"""Instants as expressions: whole microseconds, so that every engine rounds alike (that is, not at all)."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

HOUR = 3_600_000_000
DAY = 24 * HOUR

_EPOCH = ibis.timestamp("1970-01-01 00:00:00", timezone="UTC")


def micros(instant: ir.TimestampValue) -> ir.IntegerValue:
    """Microseconds since 1970, UTC."""
    return instant.delta(_EPOCH, unit="microsecond").cast("int64")


def hours(end: ir.TimestampValue, start: ir.TimestampValue) -> ir.FloatingValue:
    """Hours from start to end; null when either is missing or the end comes first."""
    gap = end.delta(start, unit="microsecond").cast("int64")
    return ibis.ifelse(gap >= 0, gap / HOUR, ibis.null("float64"))


def month_of(instant: ir.TimestampValue) -> ir.DateValue:
    """First day of its month, UTC."""
    return instant.truncate("M").cast("date")
