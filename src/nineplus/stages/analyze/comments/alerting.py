"""What rises is said once: a theme that last week's customers spoke of more than usual, by theme and week.

A week is looked at once, two days after its end: each further look would be a further chance of a false alert.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from nineplus.model import Filter
from nineplus.stages.analyze.running import run
from nineplus.store.models import CommentReading, Event, Preference

KIND, RISING = "rising.due", "theme.rising"
SETTLES = timedelta(days=2)
_KEY = "rising themes told"


def wanted(now: datetime) -> bool:
    """Has nobody looked at the last week yet, and is there a comment that was read?"""
    return _looked() < _last_week(now).isoformat() and CommentReading.objects.exists()


def look(*, now: datetime) -> int:
    """Publish one event for each theme that rose in the week that ended last; how many are new. Safe to repeat.

    Nothing while the history is short, or when what is newest is older than that week: that is no news.
    """
    week = _last_week(now)
    if _looked() >= week.isoformat():
        return 0
    result = run("rising-themes", filter=Filter(), now=now)
    up = {}
    if not result.refused and result.figures["week"] == week:
        up = {row["theme"]: row for row in result.tables[0].rows if row["rises"]}
    with transaction.atomic():
        Preference.objects.get_or_create(pk=_KEY, defaults={"value": {}})
        kept = Preference.objects.select_for_update().get(pk=_KEY)
        if kept.value.get("week", "") >= week.isoformat():  # another worker did, meanwhile
            return 0
        for slug in up:
            told = {
                "theme": slug,
                "title": up[slug]["title"],
                "week": week.isoformat(),
                "accounts": int(up[slug]["observed"]),
                "usual": round(float(up[slug]["expected"]), 1),
            }
            Event.publish(kind=RISING, data=told, now=now)
        kept.value = {"week": week.isoformat()}
        kept.save(update_fields=["value"])
    return len(up)


def _looked() -> str:
    """The Monday of the last week that was looked at; empty: none was."""
    value = Preference.objects.filter(pk=_KEY).values_list("value", flat=True).first() or {}
    return str(value.get("week", ""))


def _last_week(now: datetime) -> date:
    """The Monday of the week that ended last, and long enough ago that its comments have come and were read."""
    then = now.date() - SETTLES
    return then - timedelta(days=then.weekday() + 7)
