"""The sample company's calendar: instants are whole microseconds since 1970 (UTC), months are calendar months."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np

from nineplus.sample.service import HOUR

MONTHS = 24
DAY = 24 * HOUR


def micro(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000


def months_before(day: date, count: int) -> date:
    """The first day of the month that many months before that of `day`."""
    years, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    return date(years, month + 1, 1)


def month_start(first: date, count: int) -> date:
    return months_before(first, -count)


def month_of(instants: np.ndarray, zero: int) -> np.ndarray:
    """Calendar months since the month of `zero`."""
    months = instants.astype("datetime64[us]").astype("datetime64[M]").astype(int)
    return months - np.array(zero, dtype="datetime64[us]").astype("datetime64[M]").astype(int)
