"""Points: a ledger that is only added to. What somebody has is the sum."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet, Sum

from nineplus.rules import advocates
from nineplus.store.models import Advocate, Points, User

LEVELS = (("Supporter", 1), ("Advocate", 100), ("Ambassador", 500))
"""By points earned in all, whatever was spent."""


def give(advocate: Advocate, *, points: int, why: str, key: str, by: User | None, now: datetime) -> bool:
    """Add a line, once per `key`. Was it new?"""
    _, new = Points.objects.get_or_create(
        key=key, defaults={"advocate": advocate, "points": points, "why": why[:200], "by": by, "at": now}
    )
    return new


def balance(advocate: Advocate) -> int:
    """What they have now."""
    return lines(advocate).aggregate(sum=Sum("points"))["sum"] or 0


def lines(advocate: Advocate) -> QuerySet[Points]:
    """Their ledger: of all their records, when two were joined."""
    return Points.objects.filter(advocate__contact=advocate.contact_id)


def level(advocate: Advocate) -> str:
    """The level that all they ever earned reaches; what they spent does not lower it."""
    earned = lines(advocate).exclude(key__startswith="reward-")
    return advocates.level(earned.aggregate(sum=Sum("points"))["sum"] or 0, LEVELS)
