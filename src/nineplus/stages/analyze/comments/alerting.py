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
    held = _held()
    waits = held.get("week", "") < _last_week(now).isoformat() and held.get("tried") != now.date().isoformat()
    return waits and CommentReading.objects.exists()


def look(*, now: datetime) -> int:
    """Publish one event for each theme that rose in the week that ended last; how many are new. Safe to repeat.

    Nothing while the history is short, or when what is newest is older than that week: that is no news.
    """
    week = _last_week(now)
    if _held().get("week", "") >= week.isoformat():
        return 0
    result = run("rising-themes", filter=Filter(), now=now)
    tested = not result.refused and result.figures["week"] == week
    up = {row["theme"]: row for row in result.tables[0].rows if row["rises"]} if tested else {}
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
        # What could not be tested is looked for again the next day: its comments may be read by then.
        kept.value = {"week": week.isoformat() if tested else kept.value.get("week", "")}
        if not tested:
            kept.value["tried"] = now.date().isoformat()
        kept.save(update_fields=["value"])
    return len(up)


def _held() -> dict[str, str]:
    """`week`: the Monday of the last week that was tested; `tried`: the day on which one could not be."""
    return Preference.objects.filter(pk=_KEY).values_list("value", flat=True).first() or {}


def _last_week(now: datetime) -> date:
    """The Monday of the week that ended last, and long enough ago that its comments have come and were read."""
    then = now.date() - SETTLES
    return then - timedelta(days=then.weekday() + 7)
