"""Telling people: an alert is kept once for each person, shown in the browser and mailed when they want it.

Nothing is lost or doubled when a worker dies: an alert is unique, and its letter is queued in the transaction that
marks it as mailed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from nineplus.stages.capture.people import addresses
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Message, Sender, User
from nineplus.store.models.alerts import Alert, AlertChoice, Mailed
from nineplus.store.models.asking import MessageKind

MORNING = time(8)
"""When what came in a day is mailed together, in the person's zone."""
_PORTION = 500
_MOST = 50


def company_owners() -> set[int]:
    """Who is told when nobody nearer is there."""
    return set(User.objects.filter(is_active=True, role=User.Role.OWNER).values_list("pk", flat=True))


def tell(*, kind: str, subject: str, period: str, title: str, path: str, whom: Collection[int], now: datetime) -> int:
    """Tell these people (ids) one thing; how many want to know. What they were told of that period stays one."""
    people = User.objects.filter(pk__in=whom, is_active=True).select_related("alert_choice")
    rows = []
    for user in people:
        choice = choice_of(user)
        if kind in choice.unwanted:
            continue
        at = mail_time(choice, now=now)
        rows.append(
            Alert(
                user=user,
                kind=kind,
                subject=subject,
                period=period,
                title=title[:300],
                path=path,
                at=now,
                mail_at=at,
            )
        )
    Alert.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def choice_of(user: User) -> AlertChoice:
    """How they want to be told; the usual way when they never said."""
    held: AlertChoice | None = getattr(user, "alert_choice", None)
    return held or AlertChoice(user=user)


def mail_time(choice: AlertChoice, *, now: datetime) -> datetime | None:
    """When what happens now is mailed: None for never; not in quiet hours, which may span midnight."""
    if choice.mailed == Mailed.NEVER:
        return None
    zone = ZoneInfo(choice.time_zone) if choice.time_zone else preferences().zone
    local = now.astimezone(zone)
    at = local
    if choice.mailed == Mailed.DAILY:
        at = datetime.combine(local.date(), MORNING, zone)
        if at <= local:
            at = datetime.combine(local.date() + timedelta(days=1), MORNING, zone)
    first, last = choice.quiet_from, choice.quiet_to
    if first is not None and last is not None:
        quiet = first <= at.hour < last if first < last else at.hour >= first or at.hour < last
        if quiet:
            day = at.date() + timedelta(days=1 if at.hour >= last else 0)
            at = datetime.combine(day, time(last), zone)
    return at.astimezone(now.tzinfo)


def due(now: datetime) -> bool:
    """Is there anything to mail, and somebody who sends it? A cheap look."""
    return _due(now).exists() and Sender.objects.filter(medium="email", is_default=True).exists()


def mail_due(*, now: datetime) -> int:
    """Queue one letter to each person of what is due; how many letters."""
    letters = 0
    with transaction.atomic():
        by_user = defaultdict(list)
        for row in _due(now).select_for_update(of=("self",)).select_related("user").order_by("pk")[:_PORTION]:
            by_user[row.user].append(row)
        for user, rows in by_user.items():
            mine = Alert.objects.filter(pk__in=[row.pk for row in rows], mailed_at=None)
            if not mine.update(mailed_at=now) or not user.is_active:
                continue
            letters += 1
            Message.objects.create(
                kind=MessageKind.REPLY,
                medium="email",
                address=user.email,
                key=f"alert-{user.pk}-{rows[0].pk}",
                body=_letter(rows),
                due_at=now,
                created_at=now,
            )
    return letters


def _letter(rows: list[Alert]) -> dict[str, str]:
    base = _base()
    subject = rows[0].title if len(rows) == 1 else f"{rows[0].title}, and {len(rows) - 1} more"
    lines = [f"{row.title}\n{base}{row.path}" for row in rows[:_MOST]]
    if len(rows) > _MOST:
        lines.append(f"And {len(rows) - _MOST} more.")
    lines.append(f"What you are told, and when: {base}/alerts/")
    return {"subject": " ".join(subject.split())[:200], "text": "\n\n".join(lines) + "\n", "language": "en"}


def _base() -> str:
    """Before anybody set the address of this house, the letter comes without it rather than not at all."""
    try:
        return addresses.base().rstrip("/")
    except NotPossible:
        return ""


def _due(now: datetime) -> QuerySet[Alert]:
    return Alert.objects.filter(mail_at__lte=now, mailed_at=None)
