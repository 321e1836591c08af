"""What a person was told, what they read, and how they want to be told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from zoneinfo import available_timezones

from django.db.models import QuerySet

from nineplus.stages.act.alerts import whom
from nineplus.stages.act.alerts.kinds import KINDS
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import Alert, AlertChoice, User
from nineplus.store.models.alerts import Mailed


def told(user: User, *, limit: int = 100) -> Sequence[Alert]:
    """What this person was told last, the newest first."""
    return list(told_to(user)[:limit])


def told_to(user: User) -> QuerySet[Alert]:
    """The rows of that, for lists that go on."""
    return _mine(user).select_related("raised").order_by("-pk")


def unread(user: User) -> int:
    """How many of them they have not seen."""
    return _mine(user).filter(read_at=None).count()


def read_all(user: User, *, to: int, now: datetime) -> int:
    """They saw everything up to this alert (its id); how many were new."""
    return _mine(user).filter(pk__lte=to, read_at=None).update(read_at=now)


def _mine(user: User) -> QuerySet[Alert]:
    """What they were told, as far as their role lets them know now."""
    rows = Alert.objects.filter(user=user)
    return rows if whom.may_know(user) else rows.filter(whom.OF_NOBODY)


def read(user: User, pk: int, *, now: datetime) -> Alert:
    """They saw this one. Raises NotFound when it is not theirs."""
    row = told_to(user).filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such alert of yours.")
    if row.read_at is None:
        row.read_at = now
        row.save(update_fields=["read_at"])
    return row


def choose(
    user: User,
    *,
    wanted: Collection[str],
    mailed: str,
    time_zone: str = "",
    quiet_from: int | None = None,
    quiet_to: int | None = None,
    slack: bool = False,
) -> AlertChoice:
    """Set which kinds they want, when by e-mail, their quiet hours (0 to 23), and whether in Slack too.

    Raises NotPossible.
    """
    if mailed not in Mailed.values:
        raise NotPossible(f"By e-mail can be one of: {', '.join(Mailed.values)}.")
    if strange := sorted(set(wanted) - KINDS.keys()):
        raise NotPossible(f"There is no alert {strange[0]!r}. There are: {', '.join(KINDS)}.")
    if time_zone and time_zone not in available_timezones():
        raise NotPossible(f"There is no time zone {time_zone!r}. Write it as Europe/Berlin.")
    hours = (quiet_from, quiet_to)
    if (quiet_from is None) != (quiet_to is None) or (quiet_from is not None and quiet_from == quiet_to):
        raise NotPossible("Quiet hours need a beginning and another end, or neither.")
    if any(hour is not None and not 0 <= hour <= 23 for hour in hours):
        raise NotPossible("Hours go from 0 to 23.")
    held, _ = AlertChoice.objects.update_or_create(
        user=user,
        defaults={
            "unwanted": [kind for kind in KINDS if kind not in wanted],
            "mailed": mailed,
            "time_zone": time_zone,
            "quiet_from": quiet_from,
            "quiet_to": quiet_to,
            "slack": slack,
        },
    )
    return held
