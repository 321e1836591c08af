"""What HubSpot writes into its properties, which are all text, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from zoneinfo import available_timezones

from nineplus.model.currencies import exponent

_LEAST_MILLISECONDS = 100_000_000_000
"""As seconds this is the year 5138, as milliseconds 1973: no instant of a customer's is in doubt."""


def instant(text: object) -> datetime | None:
    """An instant in UTC from ISO 8601, a date, or a count of milliseconds or seconds; None when empty or nonsense."""
    written = str(text or "").strip()
    if not written:
        return None
    try:
        if written.lstrip("-").isdigit():
            count = int(written)
            return datetime(1970, 1, 1, tzinfo=UTC) + (
                timedelta(milliseconds=count) if abs(count) >= _LEAST_MILLISECONDS else timedelta(seconds=count)
            )
        found = datetime.fromisoformat(written)
    except (ValueError, OverflowError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def milliseconds(at: datetime) -> int:
    return round((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))


def lasting(name: str, text: object) -> timedelta | None:
    """A duration. `time_to_…` are milliseconds, those in operating hours too; times in a stage are seconds."""
    try:
        count = float(str(text or "").strip())
        return timedelta(seconds=count) if "time_in_" in name else timedelta(milliseconds=count)
    except (ValueError, OverflowError):
        return None


def minor(text: object, currency: str) -> int | None:
    """An amount in the currency's smallest units."""
    try:
        amount = Decimal(str(text or "").strip()).scaleb(exponent(currency))
    except InvalidOperation:
        return None
    return round(amount) if amount.is_finite() and abs(amount) < 10**15 else None


def flag(text: object) -> bool | None:
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(str(text or "").lower())


def sla_breached(values: Mapping[str, str]) -> bool | None:
    """Was a promise broken? From SLA states: 0 active, 1 overdue, 2 due soon, 3 done on time, 4 done late."""
    states = [str(value).strip().upper() for value in values.values() if str(value or "").strip()]
    if any(state in ("1", "4") or "OVERDUE" in state or "LATE" in state for state in states):
        return True
    if states and all(state == "3" or "ON_TIME" in state for state in states):
        return False
    return None


def language(text: object) -> str:
    """`de-at` for HubSpot's `de-at`, `de_AT`; empty when it is no language tag."""
    tag = str(text or "").strip().replace("_", "-").lower()
    return tag if len(tag) <= 12 and tag.replace("-", "").isalnum() else ""


def time_zone(text: object) -> str:
    """`Europe/Berlin` for HubSpot's `europe_slash_berlin`; empty when it is no time zone."""
    return _time_zones().get(str(text or "").strip().lower().replace("_slash_", "/"), "")


@cache
def _time_zones() -> Mapping[str, str]:
    return {name.lower(): name for name in available_timezones()}


def country(text: object) -> str:
    """ISO 3166 in two letters, or nothing: names of countries are not guessed at."""
    code = str(text or "").strip().upper()
    return code if len(code) == 2 and code.isalpha() else ""
