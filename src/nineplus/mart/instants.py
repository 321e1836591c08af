"""Instants as expressions: whole microseconds, so that every engine rounds alike (that is, not at all)."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

HOUR = 3_600_000_000
DAY = 24 * HOUR


@ibis.udf.scalar.builtin(name="epoch_us", signature=(("timestamp('UTC')",), "int64"))
def _epoch_us(instant):  # type: ignore[no-untyped-def]
    """Differences of instants that know their zone go through a calendar, a hundred times slower."""


@ibis.udf.scalar.builtin(name="make_timestamp", signature=(("int64",), "timestamp"))
def _plain(us):  # type: ignore[no-untyped-def]
    """The wall clock in UTC, without a zone."""


def micros(instant: ir.TimestampValue) -> ir.IntegerValue:
    """Microseconds since 1970, UTC. The engine must know epoch_us: the star is built on DuckDB."""
    return _epoch_us(instant)


def hours(end: ir.TimestampValue, start: ir.TimestampValue) -> ir.FloatingValue:
    """Hours from start to end; null when either is missing or the end comes first."""
    gap = micros(end) - micros(start)
    return ibis.ifelse(gap >= 0, gap / HOUR, ibis.null("float64"))


def month_of(instant: ir.TimestampValue) -> ir.DateValue:
    """First day of its month, UTC; likewise for the star."""
    return _plain(micros(instant)).truncate("M").cast("date")


def month_anywhere(instant: ir.TimestampValue) -> ir.DateValue:
    """The same on any engine."""
    return instant.truncate("M").cast("date")
