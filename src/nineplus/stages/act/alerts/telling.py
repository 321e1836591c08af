"""Telling people: an alert is kept once for each person, shown in the browser and mailed when they want it.

Nothing is lost or doubled when a worker dies: an alert is unique, and its letter is queued in the transaction that
marks it as mailed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from nineplus.stages.act.alerts import policy, timing, writing
from nineplus.stages.act.alerts import whom as people
from nineplus.store.models import Event, Message, Sender, User
from nineplus.store.models.alerts import Alert, AlertChoice, Mailed, Raised, Untold
from nineplus.store.models.asking import MessageKind

RAISED = "alert.raised"
KEPT = timedelta(days=180)
"""How long alerts stay."""
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
            choice, hidden = timing.choice_of(user), secret and not people.may_know(user)
            if kind not in choice.unwanted and (plain or not hidden):
                mail_at, chat_at = timing.mail_time(choice, now=now), timing.chat_time(choice, now=now)
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
                        mail_at=mail_at,
                        mail_not="" if mail_at else Untold.NEVER,
                        chat_at=None if hidden else chat_at,
                        chat_not=Untold.NEVER if chat_at is None else Untold.HIDDEN if hidden else "",
                    )
                )
        Alert.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def due(now: datetime) -> bool:
    """Is there anything to mail, and somebody who sends it? A cheap look."""
    return _due(now).exists() and Sender.objects.filter(medium="email", is_default=True).exists()


def mail_due(*, now: datetime) -> int:
    """Queue one letter to each person of what is due and still wanted; how many letters."""
    letters = 0
    with transaction.atomic():
        waiting = _due(now).order_by("pk").select_for_update(of=("self",))
        by_user = defaultdict(list)
        for row in waiting.select_related("user__alert_choice", "raised")[:_PORTION]:
            by_user[row.user_id].append(row)
        for rows in by_user.values():
            choice = timing.choice_of(rows[0].user)
            if (later := timing.after_quiet(choice, now=now)) > now:  # it could not be sent before the night
                _put(rows, mail_at=later)
            elif wanted := _wanted(rows, choice):
                _put(wanted, mailed_at=now, letter=_letter(wanted, choice, now=now))
                letters += 1
    return letters


def _wanted(rows: Sequence[Alert], choice: AlertChoice) -> list[Alert]:
    """Those that go into the letter. The others are marked with why they do not."""
    why = {row: _against(row, choice) for row in rows}
    for reason in set(why.values()) - {None}:
        _put([row for row in rows if why[row] == reason], mail_at=None, mail_not=reason)
    return [row for row in rows if why[row] is None]


def _against(row: Alert, choice: AlertChoice) -> Untold | None:
    if not row.user.is_active:
        return Untold.GONE
    if choice.mailed == Mailed.NEVER:  # said at the moment at which it was told
        return Untold.NEVER
    return None if people.may_be_shown(row) else Untold.HIDDEN


def _letter(rows: Sequence[Alert], choice: AlertChoice, *, now: datetime) -> Message:
    user = rows[0].user
    return Message.objects.create(
        kind=MessageKind.REPLY,
        medium="email",
        address=user.email,
        key=f"alert-{user.pk}-{rows[0].pk}",
        body={**writing.letter(rows, choice=choice, now=now), "quiet": timing.quiet_of(choice)},
        due_at=now,
        created_at=now,
    )


def _put(rows: Collection[Alert], **values: object) -> None:
    Alert.objects.filter(pk__in=[row.pk for row in rows]).update(**values)


def prune(*, now: datetime) -> int:
    """Forget what was told longer ago than it is kept, read or not; how many things."""
    old = Raised.objects.filter(at__lt=now - KEPT)
    gone = old.delete()[1].get("nineplus.Raised", 0)
    return gone + Alert.objects.filter(at__lt=now - KEPT, raised=None).delete()[0]


def _due(now: datetime) -> QuerySet[Alert]:
    return Alert.objects.filter(mail_at__lte=now, mailed_at=None)
