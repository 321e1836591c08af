"""Calendar windows in UTC, as whole numbers that count windows: the next month is always one more."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from nineplus.model import BadFilter

if TYPE_CHECKING:
    import ibis

WINDOWS = ("week", "month", "quarter")
_FIRST_MONDAY = date(1970, 1, 5)
_WEEK = 7 * 86_400 * 1_000_000


def check(window: str) -> str:
    """`window` if there is such a calendar window; raises BadFilter naming those there are."""
    if window not in WINDOWS:
        raise BadFilter(f"There is no window {window!r}. There are: {', '.join(WINDOWS)}.")
    return window


def column(rows: ibis.Table, window: str) -> ibis.Value:
    """The window of each answer as a number (week, quarter) or as the month's first day (month).

    Independent of the engine's session time zone: months come from the mart's UTC `month`, weeks from
    elapsed time. Grouping by the stored day is faster than by a number made from it.
    """
    if window == "month":
        return rows.month
    if window == "quarter":
        return (rows.month.year() * 4 + rows.month.quarter() - 1).cast("int32")
    monday = (_FIRST_MONDAY - date(1970, 1, 1)) // timedelta(microseconds=1)
    return ((microseconds(rows.answered_at) - monday) // _WEEK).cast("int32")


def microseconds(instant: ibis.Value) -> ibis.Value:
    """Microseconds since 1970 (UTC), a whole number.

    Ibis has no such function, and its difference of two instants costs DuckDB a hundred times more.
    """
    import ibis

    own = _ELAPSED.get(instant.get_backend().name)
    if own is None:
        return instant.delta(ibis.timestamp("1970-01-01", timezone="UTC"), unit="microsecond")

    @ibis.udf.scalar.builtin(name=own, signature=(("timestamp('UTC')",), "int64"))
    def elapsed(moment): ...

    return elapsed(instant)


_ELAPSED = {"duckdb": "epoch_us", "pyspark": "unix_micros"}


def index(window: str, day: date) -> int:
    """The number of the window in which that day lies."""
    if window == "month":
        return day.year * 12 + day.month - 1
    if window == "quarter":
        return day.year * 4 + (day.month - 1) // 3
    return (day - _FIRST_MONDAY).days // 7


def start(window: str, number: int) -> date:
    """The first day of the window of that number."""
    if window == "month":
        return date(number // 12, number % 12 + 1, 1)
    if window == "quarter":
        return date(number // 4, 3 * (number % 4) + 1, 1)
    return _FIRST_MONDAY + timedelta(weeks=number)


def name(window: str, number: int) -> str:
    """How a person writes that window: March 2024, Q1 2024, week of 4 March 2024."""
    first = start(window, number)
    if window == "month":
        return f"{first:%B %Y}"
    if window == "quarter":
        return f"Q{(first.month - 1) // 3 + 1} {first.year}"
    return f"week of {first.day} {first:%B %Y}"
