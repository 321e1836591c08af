"""How long something took, in words. How soon customers hear from us is the analysis `follow-up-time`."""

from __future__ import annotations

from nineplus.render import numbers


def in_hours(hours: float) -> str:
    """A length of time as a person says it."""
    if hours < 1:
        return f"{numbers.number(round(hours * 60))}{numbers.NBSP}minutes"
    if hours < 48:
        return f"{numbers.number(hours, decimals=1 if hours < 10 else 0)}{numbers.NBSP}hours"
    return f"{numbers.number(hours / 24, decimals=1)}{numbers.NBSP}days"
