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

from nineplus.stages.act.alerts import policy, writing
from nineplus.stages.act.alerts import whom as people
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Event, Message, Sender, User
from nineplus.store.models.alerts import Alert, AlertChoice, Mailed, Raised
from nineplus.store.models.asking import MessageKind

RAISED = "alert.raised"
KEPT = timedelta(days=180)
"""How long alerts stay."""
MORNING = time(8)
"""When what came in a day is mailed together, in the person's zone."""
_NOWHERE = "/alerts/"
"""Where an alert leads whose reader may not see what it is about."""
_PORTION = 500


def tell(
    *,
    kind: str,
    subject: str,
    period: str,
    title: str,
    path: str,
    whom: Collection[int],
    detail: str = "",
    plain: str = "",
    account: int | None = None,
    contact: int | None = None,
    now: datetime,
) -> int:
    """Tell these people (ids) one thing; how many want to know. What they were told of that period stays one.

    The first time it is an event too, by which channels and webhooks are told. Nothing of a kind that is off.
    `contact`: whose erasure takes the words away. Of customers a viewer is told `plain` and no more, or else nothing.
    """
    if kind in policy.current().off:
        return 0
    secret = people.names_a_customer(path=path, account=account, contact=contact)
    said = {"title": title[:300], "detail": detail[:600], "path": path, "account_id": account, "contact_id": contact}
    with transaction.atomic():
        raised, new = Raised.objects.get_or_create(
            kind=kind, subject=subject, period=period, defaults={**said, "at": now}
        )
        if new:
            Event.publish(kind=RAISED, data={"raised": raised.pk}, now=now)
        rows = []
        for user in User.objects.filter(pk__in=whom, is_active=True).select_related("alert_choice"):
            choice, hidden = choice_of(user), secret and not people.may_know(user)
            if kind not in choice.unwanted and (plain or not hidden):
                rows.append(
                    Alert(
                        user=user,
                        raised=None if hidden else raised,
                        kind=kind,
                        subject=subject,
                        period=period,
                        title=plain[:300] if hidden else raised.title,
                        path=_NOWHERE if hidden else path,
                        at=now,
                        mail_at=mail_time(choice, now=now),
                        chat_at=after_quiet(choice, now=now) if choice.slack else None,
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
    zone = _zone(choice)
    local = now.astimezone(zone)
    at = local
    if choice.mailed != Mailed.AT_ONCE:
        every = 1 if choice.mailed == Mailed.DAILY else 7
        ahead = 0 if every == 1 else -local.weekday() % 7  # to the Monday that comes
        at = datetime.combine(local.date() + timedelta(days=ahead), MORNING, zone)
        if at <= local:
            at = datetime.combine(local.date() + timedelta(days=ahead + every), MORNING, zone)
    return _after_quiet(choice, at).astimezone(now.tzinfo)


def after_quiet(choice: AlertChoice, *, now: datetime) -> datetime:
    """Now, or when their quiet hours end."""
    return _after_quiet(choice, now.astimezone(_zone(choice))).astimezone(now.tzinfo)


def _zone(choice: AlertChoice) -> ZoneInfo:
    return ZoneInfo(choice.time_zone) if choice.time_zone else preferences().zone


def _after_quiet(choice: AlertChoice, at: datetime) -> datetime:
    first, last = choice.quiet_from, choice.quiet_to
    if first is not None and last is not None:
        quiet = first <= at.hour < last if first < last else at.hour >= first or at.hour < last
        if quiet:
            day = at.date() + timedelta(days=1 if at.hour >= last else 0)
            return datetime.combine(day, time(last), at.tzinfo)
    return at


def due(now: datetime) -> bool:
    """Is there anything to mail, and somebody who sends it? A cheap look."""
    return _due(now).exists() and Sender.objects.filter(medium="email", is_default=True).exists()


def mail_due(*, now: datetime) -> int:
    """Queue one letter to each person of what is due; how many letters."""
    letters = 0
    with transaction.atomic():
        by_user = defaultdict(list)
        waiting = _due(now).select_for_update(of=("self",)).select_related("user", "raised")
        for row in waiting.order_by("pk")[:_PORTION]:
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
                body=writing.letter(rows),
                due_at=now,
                created_at=now,
            )
    return letters


def prune(*, now: datetime) -> int:
    """Forget what was told longer ago than it is kept, read or not; how many things."""
    old = Raised.objects.filter(at__lt=now - KEPT)
    gone = old.delete()[1].get("nineplus.Raised", 0)
    return gone + Alert.objects.filter(at__lt=now - KEPT, raised=None).delete()[0]


def _due(now: datetime) -> QuerySet[Alert]:
    return Alert.objects.filter(people.SHOWN, mail_at__lte=now, mailed_at=None)
