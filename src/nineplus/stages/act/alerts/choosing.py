"""What a person was told, what they read, and how they want to be told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models import QuerySet

from nineplus.stages.act.alerts import following, timing, whom
from nineplus.stages.act.alerts.kinds import KINDS
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import Alert, AlertChoice, User
from nineplus.store.models.alerts import Mailed, Weekday


def told(user: User, *, limit: int = 100) -> Sequence[Alert]:
    """What this person was told last, the newest first."""
    return list(told_to(user)[:limit])


def told_to(user: User) -> QuerySet[Alert]:
    """The rows of that, for lists that go on."""
    return _mine(user).select_related("raised", "letter").defer("letter__body").order_by("-pk")


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
    digest_hour: int = 8,
    digest_day: str = Weekday.MONDAY,
    time_zone: str = "",
    quiet_from: int | None = None,
    quiet_to: int | None = None,
    slack: bool = False,
    now: datetime,
) -> AlertChoice:
    """Set which kinds they want, when by e-mail, their quiet hours (0 to 23), and whether in Slack too.

    `digest_hour` and `digest_day`: when letters come that tell of several things together. What waits to be told
    follows from now on. Raises NotPossible.
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
    if any(hour is not None and not 0 <= hour <= 23 for hour in (*hours, digest_hour)):
        raise NotPossible("Hours go from 0 to 23.")
    if digest_day not in Weekday.values:
        raise NotPossible(f"A day is one of: {', '.join(Weekday.values)}.")
    with transaction.atomic():
        before = AlertChoice.objects.select_for_update().filter(user=user).first() or AlertChoice(user=user)
        held, _ = AlertChoice.objects.update_or_create(
            user=user,
            defaults={
                "unwanted": [kind for kind in KINDS if kind not in wanted],
                "mailed": mailed,
                "digest_hour": digest_hour,
                "digest_day": digest_day,
                "time_zone": time_zone,
                "quiet_from": quiet_from,
                "quiet_to": quiet_to,
                "slack": slack,
            },
        )
        following.follow(held, before=before, now=now)
    return held


_OTHERS = ("mailed", "digest_hour", "digest_day", "time_zone", "quiet_from", "quiet_to", "slack")


def change(
    user: User, *, on: Collection[str] = (), off: Collection[str] = (), now: datetime, **changes: Any
) -> AlertChoice:
    """The same, where what is not named stays as it is. `on`, `off`: kinds. Raises NotPossible."""
    held = timing.choice_of(user)
    if strange := sorted({*on, *off} - KINDS.keys()):
        raise NotPossible(f"There is no alert {strange[0]!r}. There are: {', '.join(KINDS)}.")
    if both := sorted({*on} & {*off}):
        raise NotPossible(f"{both[0]} cannot be both on and off.")
    wanted = {kind for kind in KINDS if kind not in held.unwanted} - {*off} | {*on}
    return choose(user, wanted=wanted, **{name: getattr(held, name) for name in _OTHERS} | changes, now=now)
