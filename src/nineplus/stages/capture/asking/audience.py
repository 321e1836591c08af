"""Who is due: what a survey's trigger makes of tickets, days, renewals and the calendar.

An ask has an occasion: the same ticket, renewal or quarter gives the same one again, so that an ask is made once
however often one looks. Who of those who are due is asked is decided elsewhere (`deciding`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import BigIntegerField, Exists, ExpressionWrapper, F, OuterRef, QuerySet, Subquery, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Substr

from nineplus.model.survey import Content, Plan
from nineplus.rules.audiences import day as day_of
from nineplus.rules.experiments import arm_of
from nineplus.rules.spreading import CIRCLE, TURN, Spread
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Contact, Experiment, Invitation, Subscription, Survey, Ticket, TicketEvent
from nineplus.store.models.asking import ExperimentKind
from nineplus.store.models.connect import TicketEventKind

SOURCE = "nineplus"
"""The source of invitations made here."""
LATE = timedelta(days=7)
"""How late a ticket or a day may become known (an import, a sync) and still be asked about."""
_CLOSES_WITHIN = timedelta(days=60)
_DAY = timedelta(days=1)
DELAYED = ("ticket_resolved", "ticket_closed", "date_reached", "event")


@dataclass(frozen=True, slots=True)
class Due:
    """One contact for whom the moment has come at `at` (UTC). `row`: the skipped invitation that is looked at again.

    `floating`: `at` is what the recipient's wall clock is to show, not an instant.
    """

    contact: int | None
    at: datetime
    occasion: str
    account: int | None = None
    ticket: int | None = None
    floating: bool = False
    row: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """A survey with all that deciding whom to ask needs to know of it, read once a run.

    `words` (product, subject, intro) are said to these people in place of the survey's own; `attributes`, by contact,
    are what a program says of them for this ask.
    """

    survey: Survey
    plan: Plan
    content: Content
    zone: Any
    experiment: Experiment | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, survey: Survey, *, plan: Plan | None = None, content: Content | None = None) -> Asking:
        running = None
        if survey.pk:
            running = Experiment.objects.filter(survey=survey, started_at__isnull=False, ended_at=None).first()
        return cls(
            survey=survey,
            plan=plan or surveys.plan_of(survey),
            content=content or surveys.content_of(survey),
            zone=preferences().zone,
            experiment=running,
        )

    @property
    def spread(self) -> Spread:
        policy, period = self.plan.policy, self.plan.trigger.period_days
        return Spread.of(survey=self.survey.pk or 0, period_days=period, weekdays=policy.weekdays)

    def arm(self, *, account: int | None, contact: int | None) -> str:
        """The arm of the running experiment; empty without one."""
        if self.experiment is None:
            return ""
        shares = [(arm["name"], float(arm["share"])) for arm in self.experiment.arms]
        whose = f"account {account}" if account else f"contact {contact}"
        return arm_of(seed=self.experiment.seed, account=whose, arms=shares)

    def delay(self, *, account: int | None, contact: int | None) -> timedelta:
        """How long after its occasion this one is asked: the plan's delay, or that of their arm."""
        return self.delays.get(self.arm(account=account, contact=contact), self.delays[""])

    @property
    def delays(self) -> dict[str, timedelta]:
        """Every delay there is, by arm; under "" the plan's own."""
        found = {"": timedelta(hours=self.plan.trigger.delay_hours)}
        if self.experiment and self.experiment.kind == ExperimentKind.TIMING:
            for arm in self.experiment.arms:
                hours = arm.get("change", {}).get("delay_hours", self.plan.trigger.delay_hours)
                found[arm["name"]] = timedelta(hours=float(hours))
        return found


def due(asking: Asking, *, since: datetime, until: datetime) -> Iterator[list[Due]]:
    """Who becomes due after `since` and not after `until`, the earliest days first; lists of any length.

    Those whose occasion was decided before may be among them. Nobody for surveys that are only asked by hand or event.
    """
    finds = _TRIGGERS.get(asking.plan.trigger.kind)
    if finds and since < until:
        yield from finds(asking, since, until)


def again(asking: Asking, *, now: datetime, limit: int) -> list[Due]:
    """Skipped invitations of the survey whose time to be looked at again has come."""
    rows = Invitation.objects.filter(
        survey=asking.survey, source=SOURCE, fate=Invitation.Fate.SKIPPED, due_at__lte=now
    ).order_by("due_at", "pk")
    return [
        Due(
            contact=row.contact_id,
            account=row.account_id,
            ticket=row.ticket_id,
            at=row.due_at,
            occasion=occasion_of(row.external_id),
            row=row.pk,
            until=row.expires_at,
        )
        for row in rows[:limit]
    ]


def everyone(asking: Asking, *, occasion: str, now: datetime, only: Sequence[int] | None = None) -> Iterator[Due]:
    """All contacts, or only these, for an occasion that a person or program names.

    Read in whole portions: a query left open would keep SQLite from writing what is decided between two of them.
    """
    rows = Contact.objects.order_by("pk").values_list("pk", "account_id")
    for part in _portions(rows, only):
        for contact, account in part:
            yield Due(contact=contact, account=account, at=now, occasion=f"{occasion}:{contact}")


def _portions(
    rows: QuerySet[Contact, tuple[int, int | None]], only: Sequence[int] | None
) -> Iterator[list[tuple[int, int | None]]]:
    if only is not None:
        yield from (list(rows.filter(pk__in=only[at : at + 1000])) for at in range(0, len(only), 1000))
        return
    after = 0
    while part := list(rows.filter(pk__gt=after)[:5000]):
        yield part
        after = part[-1][0]


def external_id(survey: int, occasion: str) -> str:
    """How the invitation of one survey for one occasion is known: there is one."""
    name = f"{survey}/{occasion}"
    return name if len(name) <= 200 else f"{survey}/{hashlib.sha256(occasion.encode()).hexdigest()}"


def occasion_of(external: str) -> str:
    return external.partition("/")[2]


def trailing(kind: str) -> timedelta:
    """How far behind now the survey's mark stays, so that what becomes known late is still found."""
    return timedelta() if kind == "relationship" else LATE


# --- by trigger


def _tickets(asking: Asking, since: datetime, until: datetime) -> Iterator[list[Due]]:
    delays = asking.delays.values()
    rows = _done(asking.plan.trigger.kind, since - max(delays), until - min(delays))
    asked = Invitation.objects.filter(survey=asking.survey, source=SOURCE, ticket=OuterRef("pk"))
    rows = rows.filter(~Exists(asked)) if asking.survey.pk else rows
    found = []
    for ticket, moment, contact, account, theirs in rows.order_by("moment", "pk").values_list(
        "pk", "moment", "contact_id", "account_id", "contact__account_id"
    ):
        account = account or theirs
        at = moment + asking.delay(account=account, contact=contact)
        if since < at <= until:
            found.append(Due(contact=contact, account=account, ticket=ticket, at=at, occasion=f"ticket:{ticket}"))
    yield found


def _done(kind: str, since: datetime, until: datetime) -> QuerySet[Ticket]:
    """Tickets with the `moment` at which they were resolved or closed, where that lies between the two.

    One that was opened again after it was resolved is not done.
    """
    events = TicketEvent.objects.filter(ticket=OuterRef("pk"))
    reopened = events.filter(kind=TicketEventKind.REOPEN, at__gt=OuterRef("resolved_at"))
    if kind == "ticket_resolved":
        rows = Ticket.objects.filter(resolved_at__gt=since, resolved_at__lte=until)
        return rows.annotate(moment=F("resolved_at")).filter(~Exists(reopened))
    closed = events.filter(kind=TicketEventKind.STAGE, to_value__iexact="closed").order_by("-at").values("at")[:1]
    rows = Ticket.objects.filter(resolved_at__gt=since - _CLOSES_WITHIN, resolved_at__lte=until)
    rows = rows.annotate(moment=Coalesce(Subquery(closed), F("resolved_at")))
    return rows.filter(~Exists(reopened), moment__gt=since, moment__lte=until)


def _dates(asking: Asking, since: datetime, until: datetime) -> Iterator[list[Due]]:
    slug, delays = asking.plan.trigger.attribute, asking.delays.values()
    if not slug:
        return
    first, last = (since - max(delays)).date() - _DAY, (until - min(delays)).date() + _DAY
    rows = _with_day(slug).filter(day__gte=first.isoformat(), day__lt=last.isoformat())
    found = []
    for contact, account, text in rows.order_by("day", "pk").values_list("pk", "account_id", "day"):
        day = day_of(text)
        if day is None:
            continue
        at = _midnight(day) + asking.delay(account=account, contact=contact)
        if since < at <= until:
            occasion = f"{slug}:{day}:{contact}"
            found.append(Due(contact=contact, account=account, at=at, occasion=occasion, floating=True))
    yield found


def _anniversaries(asking: Asking, since: datetime, until: datetime) -> Iterator[list[Due]]:
    slug = asking.plan.trigger.attribute or "created_at"
    by_account = slug == "created_at"
    rows = Contact.objects.filter(account__created_at__isnull=False) if by_account else _with_day(slug)
    days = _days(since, until)
    if len(days) < 366 and not by_account:
        marks = {day.strftime("%m-%d") for day in days} | ({"02-29"} if any(_is_28th(day) for day in days) else set())
        rows = rows.annotate(mark=Substr("day", 6, 5)).filter(mark__in=marks)
    elif len(days) < 366:
        months = {day.month for day in days}
        rows = rows.filter(account__created_at__month__in=months)
    which = "account__created_at" if by_account else "day"
    by_mark: dict[tuple[int, int], list[tuple[int, int | None, date]]] = {}
    for contact, account, value in rows.order_by("pk").values_list("pk", "account_id", which):
        day = value.date() if isinstance(value, datetime) else day_of(value)
        if day is not None:
            by_mark.setdefault((day.month, day.day), []).append((contact, account, day))
    for today in days:
        same = by_mark.get((today.month, today.day), [])
        leap = by_mark.get((2, 29), []) if _is_28th(today) else []
        yield [
            Due(contact, _midnight(today), f"{slug}:{today.year}:{contact}", account=account, floating=True)
            for contact, account, day in same + leap
            if day.year < today.year
        ]


def _renewals(asking: Asking, since: datetime, until: datetime) -> Iterator[list[Due]]:
    ahead = timedelta(days=asking.plan.trigger.days_before)
    rows = Subscription.objects.filter(
        renews_at__gt=since + ahead, renews_at__lte=until + ahead, ended_at=None, account__contacts__isnull=False
    )
    found = []
    for subscription, renews, account, contact in rows.order_by("renews_at", "account__contacts").values_list(
        "pk", "renews_at", "account_id", "account__contacts"
    ):
        occasion = f"renewal:{subscription}:{renews.date()}:{contact}"
        found.append(Due(contact=contact, account=account, at=renews - ahead, occasion=occasion))
    yield found


def _relationship(asking: Asking, since: datetime, until: datetime) -> Iterator[list[Due]]:
    spread = asking.spread
    # Said to be a big integer: of a smaller one Django takes every comparison beyond its range for settled.
    place = ExpressionWrapper((F("pk") * TURN + spread.offset) % CIRCLE, output_field=BigIntegerField())
    for day in _days(since, until):
        arc = spread.arc(day)
        if arc is None:
            continue
        cycle, at = spread.cycle(day), _midnight(day)
        until_next = at + timedelta(days=7 * spread.weeks) - LATE
        rows = Contact.objects.annotate(place=place).filter(place__gte=arc[0], place__lt=arc[1])
        yield [
            Due(contact, at, f"cycle {cycle}:{contact}", account=account, floating=True, until=until_next)
            for contact, account in rows.order_by("pk").values_list("pk", "account_id")
        ]


_TRIGGERS = {
    "ticket_resolved": _tickets,
    "ticket_closed": _tickets,
    "date_reached": _dates,
    "anniversary": _anniversaries,
    "before_renewal": _renewals,
    "relationship": _relationship,
}


def _with_day(slug: str) -> QuerySet[Contact]:
    """Contacts with the text of that attribute as `day`: their own, else their account's."""
    own, theirs = KeyTextTransform(slug, "attributes"), KeyTextTransform(slug, "account__attributes")
    day = Coalesce(own, theirs, output_field=TextField())
    return Contact.objects.annotate(day=day).filter(day__isnull=False)


def _days(since: datetime, until: datetime) -> list[date]:
    """The days that begin after `since` and not after `until`, in UTC."""
    first = since.astimezone(UTC).date() + _DAY
    return [first + number * _DAY for number in range((until.astimezone(UTC).date() - first).days + 1)]


def _is_28th(day: date) -> bool:
    """Does the 29th of February fall on this day, because the year has none?"""
    return (day.month, day.day) == (2, 28) and (day + _DAY).day == 1


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
