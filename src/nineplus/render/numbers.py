"""How numbers are written, everywhere: minus sign, thousands, per cent, as many decimals as are honest."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from nineplus.model import Estimate, Kind
from nineplus.model.currencies import exponent
from nineplus.model.estimate import decimals

NONE = "not available"
NBSP = "\u00a0"
MINUS = "\u2212"
_HYPHEN = re.compile(r"(?<![^\s(])-(?=\d)")


def number(value: float | None, *, decimals: int = 0, signed: bool = False) -> str:
    """1204.4 is "1,204", -4.26 with one decimal is "−4.3"; what rounds to nothing has no sign."""
    if value is None or value != value:
        return NONE
    text = f"{abs(value):,.{decimals}f}"
    if not any(digit in "123456789" for digit in text):
        return text
    return MINUS + text if value < 0 else "+" + text if signed else text


def share(value: float | None, *, decimals: int | None = None) -> str:
    """0.52 is "52 %". Below 1 % one decimal is kept: a few are not none."""
    if value is None or value != value:
        return NONE
    if decimals is None:
        decimals = 1 if 0 < abs(value) < 0.0095 else 0
    return f"{number(100 * value, decimals=decimals)}{NBSP}%"


def value(estimate: Estimate, *, places: int | None = None, signed: bool = False) -> str:
    """The number alone: "31"."""
    places = decimals(estimate) if places is None else places
    return number(estimate.value, decimals=places, signed=signed)


def interval(estimate: Estimate, *, places: int | None = None) -> str:
    """The interval alone: "26 to 36"; empty when there is none."""
    if estimate.low is None or estimate.high is None:
        return ""
    places = decimals(estimate) if places is None else places
    return f"{number(estimate.low, decimals=places)} to {number(estimate.high, decimals=places)}"


def estimate(estimate: Estimate, *, places: int | None = None, signed: bool = False) -> str:
    """The number that is never without its interval: "31 (26 to 36)"."""
    between = interval(estimate, places=places)
    return value(estimate, places=places, signed=signed) + (f" ({between})" if between else "")


def confidence(level: float) -> str:
    return f"{100 * level:.4g}{NBSP}%"


def p_value(value: float | None) -> str:
    if value is None or value != value:
        return NONE
    return "< 0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def day(value: date | datetime | None) -> str:
    return NONE if value is None else f"{value.day}{NBSP}{value:%b}{NBSP}{value:%Y}"


def month(value: date | None) -> str:
    return NONE if value is None else f"{value:%b}{NBSP}{value:%Y}"


def instant(value: datetime | None) -> str:
    """Day and time by the clock that the value is of, and whose clock that is."""
    return NONE if value is None else f"{day(value)}, {value:%H:%M}{NBSP}{clock(value)}"


def clock(value: datetime) -> str:
    """How the zone of this time is called just then: UTC, CET; for zones without letters UTC−3."""
    name = value.tzname() or "UTC"
    if name[0] not in "+-":
        return name
    digits = name[1:].ljust(4, "0")
    minutes = "" if digits[2:4] == "00" else f":{digits[2:4]}"
    return f"UTC{'+' if name[0] == '+' else MINUS}{int(digits[:2])}{minutes}"


def ago(value: timedelta | None) -> str:
    """How long ago: "now", "3 minutes ago", "2 days ago"; the largest unit only."""
    if value is None:
        return NONE
    seconds = value.total_seconds()
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            whole = int(seconds // size)
            return f"{number(whole)}{NBSP}{unit}{'s' if whole > 1 else ''} ago"
    return "now"


def money(minor: int | None, currency: str) -> str:
    """Minor units with their currency: 8400000 EUR is "EUR 84,000". Whole units, since it is read, not booked."""
    if minor is None:
        return NONE
    return f"{currency}{NBSP}{number(minor / 10 ** exponent(currency))}"


def typographic(text: str) -> str:
    """A sentence with true minus signs: "-4.3 (-5.6 to -3.0)"; days and ranges such as 2026-01-31 stay."""
    return _HYPHEN.sub(MINUS, text)


def cell(value: Any, kind: Kind, *, places: int | None = None) -> str:
    """A table cell of that kind as a person reads it."""
    if value is None or value != value:
        return NONE
    if isinstance(value, Estimate):
        return estimate(value, places=places)
    match kind:
        case Kind.COUNT:
            return number(value)
        case Kind.SHARE:
            return share(value)
        case Kind.POINTS | Kind.NUMBER:
            return number(value, decimals=1 if places is None else places)
        case Kind.P_VALUE:
            return p_value(value)
        case Kind.MONTH:
            return month(value)
        case Kind.DATE:
            return day(value)
        case Kind.FLAG:
            return "yes" if value else "no"
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, float):
        return number(value, decimals=1)
    return str(value)
