"""What happens without an answer: tickets, money, silence. Looked for every minute, for the rules that wait for it.

A rule fires for each of them once: its run names the ticket, the movement or the ask, so looking again finds nothing
new. What was before the rule was switched on concerns it not. Each rule knows until when it looked, and up to which
revision: a look reads what is newer than either, and no table whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, Model, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from nineplus.stages.act.rules import facts
from nineplus.stages.govern import sample
from nineplus.store.models import Invitation, Movement, Response, Ticket, Workflow
from nineplus.store.models.capture import Fate
from nineplus.store.models.connect import MovementKind, TicketEventKind

BACK = timedelta(days=14)
"""What other systems tell of later than this is history."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened. `subject` names it for ever; `formerly`: how all times of one ticket were named once."""

    subject: str
    formerly: str
    at: datetime
    account: int | None
    contact: int | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    """`rows(window)` have `at`, within the window of lookups of the columns `at` and `revision`; `fields` are what can
    be asked of them, by name and column. `part`: what tells the times of one row from each other.
    """

    model: type[Model]
    rows: Callable[[Mapping[str, Any]], QuerySet[Any]]
    fields: Mapping[str, str]
    contact: bool = True
    at: str = "at"
    revision: str = "revision"
    part: str = ""


def _events(kind: TicketEventKind, fields: Mapping[str, str]) -> _Kind:
    def rows(window: Mapping[str, Any]) -> QuerySet[Ticket]:
        return Ticket.objects.filter(events__kind=kind, **window).annotate(at=F("events__at"), part=F("events__pk"))

    return _Kind(Ticket, rows, fields, at="events__at", revision="events__revision", part="part")


def _breached(window: Mapping[str, Any]) -> QuerySet[Ticket]:
    """Systems say that it was breached, not when: counted when it was resolved, or opened as long as it is not."""
    rows = Ticket.objects.filter(sla_breached=True)
    return rows.annotate(at=Coalesce("resolved_at", "opened_at")).filter(**window)


def _moved(kind: MovementKind) -> _Kind:
    return _Kind(Movement, lambda window: Movement.objects.filter(kind=kind, **window), {}, contact=False)


def _silent(window: Mapping[str, Any]) -> QuerySet[Invitation]:
    """Asked and reached, the time to answer is over, and no answer, not to this nor to another ask since."""
    later = Response.objects.filter(contact=OuterRef("contact"), answered_at__gte=OuterRef("sent_at"))
    rows = Invitation.objects.filter(fate__in=_REACHED, sent_at__isnull=False, response__isnull=True, **window)
    return rows.filter(~Exists(later), contact__isnull=False).annotate(at=F("expires_at"))


_REACHED = (Fate.SENT, Fate.DELIVERED, Fate.OPENED, Fate.EXPIRED)
_TICKET = {"ticket_category": "category", "ticket_priority": "priority", "ticket_team": "team"}
_SAME = {"sla_breached": "sla_breached", "reopens": "reopens"}
_ASKED = {"survey": "survey__name", "touchpoint": "survey__touchpoint", "channel": "channel", "language": "language"}
KINDS: Mapping[str, _Kind] = {
    "ticket.breached": _Kind(Ticket, _breached, {**_TICKET, **_SAME}),
    "ticket.reopened": _events(TicketEventKind.REOPEN, {**_TICKET, **_SAME}),
    "ticket.escalated": _events(TicketEventKind.ESCALATION, {**_TICKET, **_SAME}),
    "money.contracted": _moved(MovementKind.CONTRACTION),
    "money.churned": _moved(MovementKind.CHURN),
    "customer.silent": _Kind(Invitation, _silent, _ASKED, at="expires_at"),
}
"""By the event of rules.workflows that waits for it."""


def new(of: Workflow, event: str, fields: Collection[str], *, now: datetime) -> Iterator[Happening]:
    """What happened since the rule looked last, and what was told or changed since of the time before that.

    Nothing that was before it was switched on, nor earlier than other systems may tell.
    """
    assert of.switched_at is not None, "a rule that is on was switched on"
    since = max(of.switched_at, now - BACK)
    seen = max(since, of.watched_at) if of.watched_at else since
    yield from happened(event, fields, since=seen, until=now, now=now)
    if since < seen:
        yield from happened(event, fields, since=since, until=min(seen, now), newer=of.watched_revision, now=now)


def happened(
    event: str, fields: Collection[str], *, since: datetime, until: datetime, newer: int | None = None, now: datetime
) -> Iterator[Happening]:
    """What of that event happened after `since` until `until`, in order of time, with the fields that are known of it.

    `newer`: only what was written after that revision. The sample company's are left out, and so are erased people's.
    """
    kind = KINDS[event]
    names, wanted = _asked(kind, fields, now)
    whose = ("account_id", "contact_id") if kind.contact else ("account_id",)
    part = (kind.part,) if kind.part else ()
    rows = rows_of(event, since=since, until=until, newer=newer).annotate(**wanted)
    found = rows.values_list("pk", "at", *part, *whose, *wanted)
    for pk, at, *rest in found.iterator(chunk_size=2_000):
        formerly = f"{event}:{pk}"
        subject = f"{formerly}:{rest.pop(0)}" if part else formerly
        account = rest.pop(0)
        contact = rest.pop(0) if kind.contact else None
        values = {name: facts.settled(name, value, now) for name, value in zip(names, rest, strict=True)}
        yield Happening(subject, formerly, at, account, contact, values)


def rows_of(event: str, *, since: datetime, until: datetime, newer: int | None = None) -> QuerySet[Any]:
    """The rows of that, in order of time, with `at`."""
    kind = KINDS[event]
    window: dict[str, Any] = {f"{kind.at}__gt": since, f"{kind.at}__lte": until}
    if newer is not None:
        window[f"{kind.revision}__gt"] = newer
    rows = kind.rows(window).exclude(source=sample.SOURCE)
    if kind.contact:
        rows = rows.exclude(contact__erased_at__isnull=False)
    return rows.order_by("at", "pk")


def facts_of(subject: str, fields: Collection[str], *, now: datetime) -> Mapping[str, Any]:
    """The same fields of one thing that happened, by its name, as they are now; none when it is gone."""
    event, pk, *_ = subject.split(":")
    kind = KINDS[event]
    names, wanted = _asked(kind, fields, now)
    rows: QuerySet[Any] = kind.model._default_manager.filter(pk=int(pk))
    found = rows.annotate(**wanted).values_list(*wanted).first() if wanted else None
    return {name: facts.settled(name, value, now) for name, value in zip(names, found or (), strict=found is not None)}


def _asked(kind: _Kind, fields: Collection[str], now: datetime) -> tuple[list[str], dict[str, Any]]:
    """Which of the fields are known of that kind, and their expressions by column."""
    known = facts.of_customer(fields, contact=kind.contact)
    told = {**known, **{name: facts.column(name, path) for name, path in kind.fields.items() if name in fields}}
    return list(told), {f"fact_{place}": one(now) for place, one in enumerate(told.values())}
