"""What rises is said once: a theme that last week's customers spoke of more than usual, by theme and week."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from nineplus.model import Filter
from nineplus.stages.analyze.running import run
from nineplus.store.models import CommentReading, Event, Preference

KIND, RISING = "rising.due", "theme.rising"
_KEY = "rising themes told"


def wanted(now: datetime) -> bool:
    """Was nobody told today yet, and is there a comment that was read?"""
    return _told().get("looked") != _day(now) and CommentReading.objects.exists()


def look(*, now: datetime) -> int:
    """Publish one event for each theme that rose in the week that ended last; how many are new. Safe to repeat.

    Nothing while the history is short, or when what is newest is older than that week: that is no news.
    """
    result = run("rising-themes", filter=Filter(), now=now)
    week = _last_week(now)
    up = {}
    if not result.refused and result.figures["week"] == week:
        up = {row["theme"]: row for row in result.tables[0].rows if row["rises"]}
    with transaction.atomic():
        Preference.objects.get_or_create(pk=_KEY, defaults={"value": {}})
        kept = Preference.objects.select_for_update().get(pk=_KEY)
        known = kept.value.get("themes", []) if kept.value.get("week") == week.isoformat() else []
        new = [slug for slug in up if slug not in known]
        for slug in new:
            told = {
                "theme": slug,
                "title": up[slug]["title"],
                "week": week.isoformat(),
                "accounts": int(up[slug]["observed"]),
                "usual": round(float(up[slug]["expected"]), 1),
            }
            Event.publish(kind=RISING, data=told, now=now)
        kept.value = {"looked": _day(now), "week": week.isoformat(), "themes": [*known, *new]}
        kept.save(update_fields=["value"])
    return len(new)


def _told() -> dict[str, str]:
    return Preference.objects.filter(pk=_KEY).values_list("value", flat=True).first() or {}


def _day(now: datetime) -> str:
    return now.date().isoformat()


def _last_week(now: datetime) -> date:
    """The Monday of the week that ended last."""
    return now.date() - timedelta(days=now.weekday() + 7)
