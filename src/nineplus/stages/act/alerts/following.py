"""What waits to be told follows its reader's new choice: it goes at the new time, or is marked with why it does not.

Nothing is lost and nothing is told twice: what waits is held while it is moved, as it is held while it is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from nineplus.stages.act.alerts import timing
from nineplus.store.models import Alert, AlertChoice
from nineplus.store.models.alerts import Untold

_LONGEST = timedelta(days=8)
"""No letter collects for longer."""


@dataclass(frozen=True, slots=True)
class _Way:
    """A way of telling: the columns that say when and why not, what says that it did, and how its time is found."""

    at: str
    why: str
    gone: str
    when: Callable[..., datetime | None]

    def waiting(self, rows: QuerySet[Alert]) -> QuerySet[Alert]:
        gone = {f"{self.gone}__isnull": True} if self.gone else {}
        return rows.filter(**{f"{self.at}__isnull": False}, **gone)


_WAYS = (
    _Way("mail_at", "mail_not", "mailed_at", timing.mail_time),
    _Way("chat_at", "chat_not", "", timing.chat_time),
)


def follow(choice: AlertChoice, *, before: AlertChoice, now: datetime) -> None:
    """Have what waits for this person follow their new choice. In the caller's transaction."""
    mine = Alert.objects.filter(user=choice.user)
    list(mine.filter(Q(mailed_at=None) | Q(chat_at__isnull=False)).order_by("pk").select_for_update().values_list("pk"))
    for way in _WAYS:
        waiting, at = way.waiting(mine), way.when(choice, now=now)
        if at is None:
            waiting.update(**{way.at: None, way.why: Untold.NEVER})
            continue
        waiting.filter(kind__in=choice.unwanted).update(**{way.at: None, way.why: Untold.KIND})
        if _hours(choice) != _hours(before):
            waiting.update(**{way.at: at})
        _take_up(way, mine, choice, now=now)


def _take_up(way: _Way, mine: QuerySet[Alert], choice: AlertChoice, *, now: datetime) -> None:
    """What they did not want told, and want now, while the time at which it would have been told is still to come."""
    left = mine.filter(**{f"{way.why}__in": (Untold.NEVER, Untold.KIND)}, read_at=None, at__gt=now - _LONGEST)
    for row in left.exclude(kind__in=choice.unwanted):
        at = way.when(choice, now=row.at)
        if at is not None and at > now:
            mine.filter(pk=row.pk).update(**{way.at: at, way.why: ""})


def _hours(choice: AlertChoice) -> tuple[object, ...]:
    """What says when they are told."""
    quiet = (choice.quiet_from, choice.quiet_to)
    return (choice.mailed, choice.digest_day, choice.digest_hour, choice.time_zone, *quiet)
