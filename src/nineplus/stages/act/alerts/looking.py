"""What no event tells: looked for every hour (sources, silence, NPS) and every day (what scores are to be expected)."""

from __future__ import annotations

from datetime import datetime

from nineplus.stages.act.alerts import expecting
from nineplus.stages.act.alerts.kinds import nps_change, silent_account, source_stopped
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Preference, Response

KIND = "alerts.look"
_KEY = "alerts looked"


def wanted(now: datetime) -> bool:
    """Has nobody looked in this hour? Without any answer there is nothing to look at."""
    return _looked().get("hour") != _hour(now) and Response.objects.exists()


def look(*, now: datetime) -> int:
    """Look, and tell of what is there; how many people are told. Safe to repeat."""
    day, looked = now.astimezone(preferences().zone).date().isoformat(), _looked()
    # The day of the first look; empty where people looked before it was written down.
    since = looked.get("since", "" if looked else day)
    if looked.get("day") != day:
        expecting.learn()
    told = nps_change.look(now=now, since=since) + silent_account.look(now=now) + source_stopped.look(now=now)
    Preference.objects.update_or_create(pk=_KEY, defaults={"value": {"hour": _hour(now), "day": day, "since": since}})
    return told


def _looked() -> dict[str, str]:
    return Preference.objects.filter(pk=_KEY).values_list("value", flat=True).first() or {}


def _hour(now: datetime) -> str:
    return now.isoformat()[:13]
