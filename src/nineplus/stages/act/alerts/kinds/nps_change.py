"""NPS of the last full period differs from the one before, and the test says it is hardly chance. Once a period.

The whole, and each segment of the attribute that was chosen: the test of the question “Did NPS move?” (accounts
clustered, MOVER), with false alerts controlled over all of them and over all the times it is looked (rules.looks).
That holds only if each period is looked at once: a few days after its end, so that answers that come late are there.
Which period was looked at is written in the transaction that tells of it; answers that come later still change the
page, and no alert.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import Q

from nineplus.model import BadFilter, Estimate, Filter, Window
from nineplus.rules import looks
from nineplus.stages.act.alerts import policy
from nineplus.stages.act.alerts.telling import tell
from nineplus.stages.act.alerts.whom import analysts
from nineplus.stages.analyze.running import run
from nineplus.stages.govern import sample
from nineplus.store.models import Import, Preference, SyncRun

NAME, TITLE = "nps_change", "NPS changed"
SAYS = "Analysts and the owners of the company, once a period, and so rarely by chance that it is one year in ten."
_RARELY = f"one year in {1 / looks.FALSE_A_YEAR:.0f}"
_MOST = 12
"""Segments looked at, the largest first."""
_BACK = {"week": 200, "month": 420, "quarter": 800}
SETTLES = timedelta(days=3)
"""So long after a period's end it is looked at: what was answered on a plane or read from a file on Monday counts."""
_KEY = "nps alerts looked"


def look(*, now: datetime, since: str = "") -> int:
    """Compare the last full period with the one before, and tell what changed; how many are told. Safe to repeat.

    Of periods that ended before the day `since` nothing is told: they are history.
    """
    held = policy.current()
    if NAME in held.off or sample.status().state != "absent":
        return 0
    window = held.nps_window
    start, end = last_period(window, today=(now - SETTLES).date())
    if end.isoformat() <= since or _looked_at(window) >= start.isoformat() or _more_is_read(now):
        return 0
    changed = _changed(held.nps_by, window, start, end, now)
    if changed is None:  # too few answers yet: they may come by a file
        return 0
    told = 0
    with transaction.atomic():
        looked, _ = Preference.objects.select_for_update().get_or_create(pk=_KEY, defaults={"value": {}})
        if looked.value.get(window, "") >= start.isoformat():  # another worker did, meanwhile
            return 0
        for one in changed:
            told += _tell(*one, window, start, now=now)
        looked.value[window] = start.isoformat()
        looked.save(update_fields=["value"])
    return told


def _looked_at(window: str) -> str:
    """The first day of the last period of that length that was looked at; empty: none was."""
    value = Preference.objects.filter(pk=_KEY).values_list("value", flat=True).first() or {}
    return str(value.get(window, ""))


def _more_is_read(now: datetime) -> bool:
    """Is a file or a whole system being read just now? Half of it would be looked at, and never again.

    What stands still for a day holds nothing up.
    """
    lately = now - timedelta(days=1)
    files = Import.objects.filter(state__in=(Import.State.WAITING, Import.State.RUNNING))
    return (
        files.filter(Q(created_at__gt=lately) | Q(started_at__gt=lately)).exists()
        or SyncRun.objects.filter(state=SyncRun.State.RUNNING, kind=SyncRun.What.FULL, beat_at__gt=lately).exists()
    )


def _changed(
    by: str, window: str, start: date, end: date, now: datetime
) -> list[tuple[str, Filter, Any, Estimate]] | None:
    """What changed beyond chance: of which segment (empty: the whole), its filter, its figures, and its NPS now.

    None: the whole could not be tested.
    """
    found = []
    for value in ("", *_segments(by, Window(start, end), now)):
        chosen = _filter(by, value, Window(end - timedelta(days=_BACK[window]), end))
        result = run("trend", filter=chosen, options={"window": window}, now=now)
        if result.refused or result.figures["change"] is None:
            continue
        figures = result.figures
        row = next(row for row in result.tables[0].rows if row["name"] == figures["change_now"])
        if row["period"] == start and row["full"]:
            found.append((value, chosen, figures, row["nps"]))
    if not any(value == "" for value, *_ in found):
        return None
    worth_it = looks.told([figures["change_p"] for _, _, figures, _ in found], window=window)
    return [one for one, worth in zip(found, worth_it, strict=True) if worth and one[2]["change"].excludes_zero]


def last_period(window: str, *, today: date) -> tuple[date, date]:
    """First day of the last full week, month or quarter (UTC), and the day after its last."""
    if window == "week":
        end = today - timedelta(days=today.weekday())
        return end - timedelta(days=7), end
    months = 1 if window == "month" else 3
    end = today.replace(day=1)
    if months == 3:
        end = end.replace(month=(end.month - 1) // 3 * 3 + 1)
    before = end.year * 12 + end.month - 1 - months
    return date(before // 12, before % 12 + 1, 1), end


def _segments(by: str, window: Window, now: datetime) -> list[str]:
    if not by:
        return []
    try:
        result = run("score", filter=Filter(window=window), options={"by": by}, now=now)
    except BadFilter:  # the attribute is gone
        return []
    if result.refused:
        return []
    rows = [row for row in result.table("cells").rows if row[by] not in ("", "(none)")]
    return [str(row[by]) for row in sorted(rows, key=lambda row: -row["n"])[:_MOST]]


def _filter(by: str, value: str, window: Window) -> Filter:
    return Filter.from_query(
        {
            "from": [window.start.isoformat() if window.start else ""],
            "to": [window.end.isoformat() if window.end else ""],
            **({by if by in ("survey", "touchpoint") else f"a.{by}": [value]} if value else {}),
        }
    )


def _tell(value: str, chosen: Filter, figures: Any, nps: Estimate, window: str, start: date, *, now: datetime) -> int:
    change: Estimate = figures["change"]
    assert change.value is not None
    assert change.interval is not None
    way = "rose" if change.value > 0 else "fell"
    low, high = sorted(map(abs, change.interval))
    of = f" of {value}" if value else ""
    now_is = "" if nps.value is None else f" to {nps.value:.0f}"
    return tell(
        kind=NAME,
        subject=f"nps {value}"[:80],
        period=f"{window} {start.isoformat()}",
        title=f"NPS{of} {way} by {abs(change.value):.0f}{now_is} in {figures['change_now']}",
        detail=(
            f"By {low:.0f} to {high:.0f} points from {figures['change_then']} (95 % interval, {change.n:.0f} answers). "
            f"It is looked for every {window}, so it must be clear: if nothing ever changed, {_RARELY} would "
            "bring any such alert. Why it changed, this does not say."
        ),
        path=f"/analysis/trend/?{urlencode([*chosen.to_query(), ('window', window)])}"[:200],
        whom=analysts(),
        now=now,
    )
