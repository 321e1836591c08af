"""A feed or a connected system is silent against its own rhythm, or refuses. Once a silence, once a refusal.

A feed's rhythm is that of its own calls. Before there are enough of them its answers stand in, as long as no other feed
may have brought them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from nineplus.rules.rhythm import FEWEST, stopped
from nineplus.stages.act.alerts.telling import tell
from nineplus.stages.act.alerts.whom import analysts
from nineplus.store.models import Connection, Feed, Response, SyncRun
from nineplus.store.models.connections import ConnectionState, RunState

NAME, TITLE = "source_stopped", "A source stopped sending"
SAYS = "Analysts and the owners of the company, once a silence: measured by the source's own longest pause."
_LAST = 60
_BACK = timedelta(days=120)


def look(*, now: datetime) -> int:
    """Tell of each that stopped; how many people are told. Safe to repeat."""
    told = sum(_look_at_feed(feed, now=now) for feed in Feed.objects.filter(is_active=True, heard_at__isnull=False))
    for connection in Connection.objects.exclude(state=ConnectionState.PAUSED):
        told += _look_at_connection(connection, now=now)
    return told


def _look_at_feed(feed: Feed, *, now: datetime) -> int:
    assert feed.heard_at is not None
    times = [*map(datetime.fromisoformat, feed.calls_at), feed.heard_at]
    if len(times) <= FEWEST:
        times += _answers(feed, now=now)
    return _tell_silence(
        [*times, feed.heard_at],
        what=f"feed-{feed.pk}",
        name=feed.name,
        path=f"/settings/feeds/{feed.pk}/",
        now=now,
    )


def _answers(feed: Feed, *, now: datetime) -> list[datetime]:
    """When what it brought was answered; none where another feed may have brought it."""
    from_it = Response.objects.filter(external_id__startswith=f"{feed.kind}:", answered_at__gt=now - _BACK)
    others = Feed.objects.filter(kind=feed.kind).exclude(pk=feed.pk)
    if feed.survey:
        from_it, others = from_it.filter(survey__name=feed.survey), others.filter(survey__in=("", feed.survey))
    if others.exists():
        return []
    return list(from_it.order_by("-answered_at").values_list("answered_at", flat=True)[:_LAST])


def _look_at_connection(connection: Connection, *, now: datetime) -> int:
    path = f"/connections/{connection.pk}/"
    if connection.state == ConnectionState.BROKEN:
        read = SyncRun.objects.filter(connection=connection, state=RunState.DONE).order_by("-pk").values_list("pk")
        last = read.first()
        return tell(
            kind=NAME,
            subject=f"connection-{connection.pk}",
            period=f"refused after {last[0] if last else 'nothing'}",  # pressing Check does not make it another one
            title=f"{connection.title} is not read any more: it refuses",
            detail=connection.error[:500],
            path=path,
            whom=analysts(),
            now=now,
        )
    runs = SyncRun.objects.filter(connection=connection, state=RunState.DONE, finished_at__gt=now - _BACK)
    times = [
        finished
        for finished, counts in runs.order_by("-pk").values_list("finished_at", "counts")[: 50 * _LAST]
        if finished and any(_news(one) for one in counts.values())
    ]
    return _tell_silence(times[:_LAST], what=f"connection-{connection.pk}", name=connection.title, path=path, now=now)


def _news(counts: object) -> bool:
    return isinstance(counts, dict) and any(counts.get(name) for name in ("added", "changed", "gone"))


def _tell_silence(times: Sequence[datetime], *, what: str, name: str, path: str, now: datetime) -> int:
    found = stopped(times, now=now)
    if found is None:
        return 0
    return tell(
        kind=NAME,
        subject=what,
        period=found.since.isoformat(timespec="minutes")[:16],
        title=f"Nothing new came from {name} for {_long(now - found.since)}",
        detail=f"The longest pause of late was {_long(found.usual)}. Look whether it still sends.",
        path=path,
        whom=analysts(),
        now=now,
    )


def _long(time: timedelta) -> str:
    hours = max(1, round(time.total_seconds() / 3600))
    if hours < 48:
        return f"{hours} hour{'s' if hours > 1 else ''}"
    return f"{round(hours / 24)} days"
