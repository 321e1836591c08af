"""From who is due to what becomes of each: facts are read for many at once, rules decide, nothing is written.

Planning and preview decide here, so that what a preview shows is what a run does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max, QuerySet
from django.db.models.functions import Coalesce

from nineplus.languages import choose
from nineplus.model.survey import Policy
from nineplus.rules.asking import HOLDS, History, No, Person, Yes, draw_of, look_again, may_we_ask
from nineplus.rules.audiences import matches
from nineplus.rules.sending_time import when_to_send
from nineplus.stages.capture.asking.audience import LATE, SOURCE, Asking, Due, external_id
from nineplus.stages.capture.people.suppression import digest_of
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Attribute, Case, Contact, Invitation, Response, Suppression, Ticket
from nineplus.store.models.asking import MessageKind
from nineplus.store.models.cases import CaseState

_REMEMBERED = timedelta(days=731)
_DAY = timedelta(days=1)
_NO_ASK = ("skipped", "bounced")
MEDIA = ("email", "sms")


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one who is due. `at`: when the message goes, or when they are looked at again (None: never).

    `until`: when looking again ends.
    """

    due: Due
    verdict: Yes | No
    at: datetime | None
    until: datetime | None = None
    language: str = ""
    arm: str = ""
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)

    @property
    def reason(self) -> str:
        return self.verdict.reason if isinstance(self.verdict, No) else ""


@dataclass(frozen=True, slots=True)
class _Row:
    """A contact as it is read."""

    pk: int
    account: int | None
    email: str
    phone: str
    name: str
    language: str
    zone: str
    country: str
    consent: bool | None
    erased: datetime | None
    known_since: datetime | None
    own: dict[str, Any] | None
    theirs: dict[str, Any] | None

    @property
    def person(self) -> str:
        """Two contacts with one address are one person."""
        return self.email.lower() or self.phone or f"#{self.pk}"


class Desk:
    """Decides for one survey. `writes` False: nobody writes what was decided, so the desk itself remembers it.

    `media` are used in place of the plan's channels.
    """

    def __init__(
        self, asking: Asking, *, now: datetime, writes: bool = True, media: tuple[str, ...] | None = None
    ) -> None:
        self.asking, self.now, self.writes = asking, now, writes
        self.plan, self.policy = asking.plan, asking.plan.policy
        if self.plan.trigger.kind == "relationship":
            # Asked once a period, whatever the gap says; what a holiday put off does not put off the next.
            period = 7 * asking.spread.weeks - LATE.days
            gap = min(730, max(self.policy.survey_gap_days, period))
            self.policy = self.policy.model_copy(update={"survey_gap_days": gap})
        self.types = dict(Attribute.objects.values_list("slug", "type")) if self.plan.audience else {}
        self.media = media or tuple(dict.fromkeys(name for name in self.plan.channels if name in MEDIA))
        self.outside = 0
        self._times: dict[tuple[str, str, datetime], datetime] = {}
        self._languages: dict[str, str] = {}
        self._seats: dict[date, int] = {}
        self._asked: dict[str, list[datetime]] = defaultdict(list)
        self._asked_of: dict[int, list[datetime]] = defaultdict(list)

    def decide(self, dues: Sequence[Due]) -> list[Decision]:
        """What becomes of these; those of the audience only, and only occasions that were not decided before."""
        if self.writes:  # what earlier calls decided can be read by now
            self._asked.clear()
            self._asked_of.clear()
            self._seats.clear()
        dues = self._undecided(dues)
        rows = _contacts([due.contact for due in dues if due.contact], attributes=bool(self.plan.audience))
        facts = _Facts(self.asking.survey.pk, rows.values(), dues, policy=self.policy, now=self.now)
        found = []
        for due in dues:
            if due.contact is None:
                found.append(Decision(due, No("no_contact"), None))
            elif (row := rows.get(due.contact)) is not None:  # else deleted meanwhile
                if not matches(self.plan.audience, _attributes(row), self.types):
                    self.outside += 1
                    continue
                found.append(self._one(due, row, facts))
        return found

    def _one(self, due: Due, row: _Row, facts: _Facts) -> Decision:
        account = row.account or due.account
        at = self._when(due, row)
        verdict: Yes | No = No("daily_cap")
        if at is not None:
            person = Person(
                addresses={"email": row.email, "sms": row.phone, "api": str(row.pk)},
                media=self.media,
                suppressed=facts.suppressed(row),
                consent=row.consent,
                known_since=row.known_since,
                erased=row.erased is not None,
                draw=draw_of(contact=row.pk, survey=self.asking.survey.pk or 0, occasion=due.occasion),
            )
            history = facts.history(row, account, ticket=due.ticket)
            ours, theirs = self._asked.get(row.person, ()), self._asked_of.get(account or 0, ())
            if ours or theirs:
                history = replace(
                    history,
                    asked=(*history.asked, *ours),
                    asked_this=(*history.asked_this, *ours),
                    account_asked=(*history.account_asked, *theirs),
                )
            verdict = may_we_ask(person, history, self.policy, now=at)
        if isinstance(verdict, Yes) and at is not None:
            if self.policy.daily_cap is not None:
                self._seats[self._day(at)] = self._taken(self._day(at)) + 1
            self._asked[row.person].append(at)
            if account:
                self._asked_of[account].append(at)
        until = None
        if isinstance(verdict, No):
            at, until = self._later(due, verdict.reason)
        return Decision(
            due=due if due.account or not account else replace(due, account=account),
            verdict=verdict,
            at=at,
            until=until,
            language=self._language(row.language),
            arm=self.asking.arm(account=account, contact=row.pk),
            name=row.name,
            email=row.email,
        )

    def _language(self, wanted: str) -> str:
        """The language this contact is asked in, so far as it is known now."""
        if wanted not in self._languages:
            content = self.asking.content
            self._languages[wanted] = choose(survey=content.language, offered=content.languages, contact=wanted)
        return self._languages[wanted]

    def _undecided(self, dues: Sequence[Due]) -> list[Due]:
        """Those nobody decided meanwhile: no invitation of that occasion, or still the skip that was found."""
        survey = self.asking.survey.pk
        if not survey:
            return list(dues)
        names = [external_id(survey, due.occasion) for due in dues]
        ours = Invitation.objects.filter(source=SOURCE)
        known = set(ours.filter(external_id__in=names).values_list("external_id", flat=True))
        rows = [due.row for due in dues if due.row is not None]
        skips = ours.filter(pk__in=rows, fate=Invitation.Fate.SKIPPED).values_list("pk", "due_at") if rows else ()
        waiting = dict(skips)
        return [
            due
            for due, name in zip(dues, names, strict=True)
            if (name not in known if due.row is None else waiting.get(due.row) == due.at)
        ]

    def _when(self, due: Due, row: _Row) -> datetime | None:
        """When the message would go; None when the days until the link would close are full."""
        zone = _zone(row.zone) or self.asking.zone
        first = due.at.replace(tzinfo=zone).astimezone(UTC) if due.floating else due.at
        at = self._sent(row.country, zone, max(first, self.now))
        if self.policy.daily_cap is None:
            return at
        last = max(first, self.now) + timedelta(days=self.plan.open_days)
        while self._taken(self._day(at)) >= self.policy.daily_cap:
            at = self._sent(row.country, zone, max(at, self._begins(self._day(at) + _DAY)))
            if at > last:
                return None
        return at

    def seat(self, *, time_zone: str, country: str) -> datetime:
        """The next moment at which a message that is late may go, on a day that has room; it takes the place.

        When the days of a whole link are full, it waits as long as that.
        """
        zone, last = _zone(time_zone) or self.asking.zone, self.now + timedelta(days=self.plan.open_days)
        at = self._sent(country, zone, self.now)
        cap = self.policy.daily_cap
        while cap is not None and self._taken(self._day(at)) >= cap and at < last:
            at = self._sent(country, zone, max(at, self._begins(self._day(at) + _DAY)))
        self._seats[self._day(at)] = self._taken(self._day(at)) + 1
        return at

    def day(self, at: datetime) -> date:
        """The day of the house in which that moment lies: the one that caps count."""
        return self._day(at)

    def _sent(self, country: str, zone: ZoneInfo, first: datetime) -> datetime:
        key = (zone.key, country, first)
        if key not in self._times:
            self._times[key] = when_to_send(self.policy, zone, country, now=first)
        return self._times[key]

    def _later(self, due: Due, reason: str) -> tuple[datetime | None, datetime | None]:
        """When somebody who is not asked now is looked at again, and until when; None: not for this occasion.

        A quarter has time for whatever passes; a ticket or a renewal only for holds.
        """
        quarterly = self.plan.trigger.kind == "relationship"
        every = timedelta(days=7) if quarterly else _DAY
        until = due.until or due.at + LATE
        if reason in HOLDS or quarterly:
            since = due.at if due.row is None else self.now
            at = look_again(reason, every=every, since=since, until=until, now=self.now)
            return at, at and until
        return None, None

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.asking.zone).date()

    def _begins(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.asking.zone).astimezone(UTC)

    def _taken(self, day: date) -> int:
        """How many of the survey's invitations go on that day of the house."""
        if not self.asking.survey.pk:
            return self._seats.get(day, 0)
        if day not in self._seats:
            begins, ends = self._begins(day), self._begins(day + _DAY)
            asks = Invitation.objects.filter(survey=self.asking.survey, source=SOURCE)
            asks = asks.exclude(fate=Invitation.Fate.SKIPPED)
            moved = asks.filter(due_at__lt=begins, messages__kind=MessageKind.INVITATION, fate=Invitation.Fate.PLANNED)
            late = moved.filter(messages__due_at__gte=begins, messages__due_at__lt=ends)  # caring.put_off
            self._seats[day] = asks.filter(due_at__gte=begins, due_at__lt=ends).count() + late.count()
        return self._seats[day]


def sending_moment(policy: Policy, *, time_zone: str, country: str, now: datetime) -> datetime:
    """The first instant from `now` on at which that contact may be sent to; a zone that is not known is the house's."""
    return when_to_send(policy, _zone(time_zone) or preferences().zone, country, now=now)


class _Facts:
    """What the rules want to know of the contacts of one portion: a query for each kind of fact."""

    def __init__(
        self, survey: int | None, rows: Iterable[_Row], dues: Sequence[Due], *, policy: Policy, now: datetime
    ) -> None:
        rows = list(rows)
        accounts = {row.account for row in rows if row.account} | {due.account for due in dues if due.account}
        people = _people(rows)
        self._read_asks(survey, people, since=now - _REMEMBERED)
        self._read_answers(people, since=now - _REMEMBERED)
        self.account_asked: dict[int, list[datetime]] = defaultdict(list)
        if policy.account_cap is not None:
            self._read_accounts(accounts, since=now - timedelta(days=policy.account_cap_days))
        self.open_tickets: dict[tuple[str, int], set[int]] = defaultdict(set)
        if policy.hold_open_ticket:
            self._read_tickets(accounts, people)
        self.open_cases: set[tuple[str, int]] = set()
        if policy.hold_open_case:
            self._read_cases(accounts, people)
        self._read_suppressions(rows)

    def history(self, row: _Row, account: int | None, *, ticket: int | None) -> History:
        waiting = self.open_tickets.get(("account", account or 0), set()) | self.open_tickets.get(
            ("contact", row.pk), set()
        )
        return History(
            asked=tuple(self.asked.get(row.person, ())),
            asked_this=tuple(self.asked_this.get(row.person, ())),
            account_asked=tuple(self.account_asked.get(account or 0, ())),
            answered=self.answered.get(row.person),
            declined=self.declined.get(row.person),
            open_ticket=bool(waiting - {ticket}),
            open_case=("account", account or 0) in self.open_cases or ("contact", row.pk) in self.open_cases,
        )

    def suppressed(self, row: _Row) -> frozenset[tuple[str, str]]:
        return self._suppressed.get(("email", row.email), _NONE) | self._suppressed.get(("sms", row.phone), _NONE)

    def _read_asks(self, survey: int | None, people: dict[int, str], *, since: datetime) -> None:
        self.asked: dict[str, list[datetime]] = defaultdict(list)
        self.asked_this: dict[str, list[datetime]] = defaultdict(list)
        self.declined: dict[str, datetime] = {}
        asks = _asks().filter(contact__in=list(people), moment__gt=since)
        for contact, of, fate, moment, declined, opened in asks.values_list(
            "contact_id", "survey_id", "fate", "moment", "declined_at", "opened_at"
        ):
            person = people[contact]
            self.asked[person].append(moment)
            if of == survey:
                self.asked_this[person].append(moment)
            if fate == Invitation.Fate.DECLINED:
                self.declined[person] = max(self.declined.get(person, moment), declined or opened or moment)

    def _read_answers(self, people: dict[int, str], *, since: datetime) -> None:
        self.answered: dict[str, datetime] = {}
        answers = Response.objects.filter(contact__in=list(people), answered_at__gt=since)
        for contact, last in answers.order_by().values_list("contact_id").annotate(last=Max("answered_at")):
            person = people[contact]
            self.answered[person] = max(self.answered.get(person, last), last)

    def _read_accounts(self, accounts: set[int], *, since: datetime) -> None:
        asks = _asks().filter(account__in=accounts, moment__gt=since)
        for account, moment in asks.values_list("account_id", "moment"):
            self.account_asked[account].append(moment)

    def _read_tickets(self, accounts: set[int], people: dict[int, str]) -> None:
        rows = Ticket.objects.filter(resolved_at=None)
        for pk, account in rows.filter(account__in=accounts).values_list("pk", "account_id"):
            self.open_tickets["account", account].add(pk)
        for pk, contact in rows.filter(contact__in=list(people)).values_list("pk", "contact_id"):
            self.open_tickets["contact", contact].add(pk)

    def _read_cases(self, accounts: set[int], people: dict[int, str]) -> None:
        rows = Case.objects.exclude(state=CaseState.CLOSED)
        self.open_cases = {
            ("account", pk) for pk in rows.filter(account__in=accounts).values_list("account", flat=True)
        }
        self.open_cases |= {
            ("contact", pk) for pk in rows.filter(contact__in=list(people)).values_list("contact", flat=True)
        }

    def _read_suppressions(self, rows: Sequence[_Row]) -> None:
        self._suppressed: dict[tuple[str, str], frozenset[tuple[str, str]]] = {}
        for medium in MEDIA:
            listed = Suppression.objects.filter(medium=medium)
            if not listed.exists():
                continue
            addresses = {row.email if medium == "email" else row.phone for row in rows} - {""}
            by_digest: dict[str, list[str]] = defaultdict(list)
            for address in addresses:  # several spellings may be one address
                by_digest[digest_of(medium, address)].append(address)
            for digest, reason in listed.filter(digest__in=list(by_digest)).values_list("digest", "reason"):
                for address in by_digest[digest]:
                    key = (medium, address)
                    self._suppressed[key] = self._suppressed.get(key, _NONE) | {(medium, reason)}


_NONE: frozenset[tuple[str, str]] = frozenset()


def _asks() -> QuerySet[Invitation]:
    """Asks that reached or are to reach somebody, with their `moment`."""
    return Invitation.objects.exclude(fate__in=_NO_ASK).annotate(moment=Coalesce("sent_at", "due_at")).order_by()


def _contacts(ids: Sequence[int], *, attributes: bool) -> dict[int, _Row]:
    columns = ["pk", "account_id", "email", "phone", "name", "language", "time_zone", "country", "consent", "erased_at"]
    columns += ["created_at", *(("attributes", "account__attributes") if attributes else ())]
    nothing = () if attributes else (None, None)
    return {row[0]: _Row(*row, *nothing) for row in Contact.objects.filter(pk__in=ids).order_by().values_list(*columns)}


def _people(rows: Sequence[_Row]) -> dict[int, str]:
    """Whose contact is whose, by contact: those of the rows, and every other contact with one of their addresses."""
    people = {row.pk: row.person for row in rows}
    emails = {row.email for row in rows if row.email}
    phones = {row.phone for row in rows if row.phone and not row.email}
    if emails:
        same = Contact.objects.filter(email__in=emails).order_by().values_list("pk", "email")
        people |= {pk: email.lower() for pk, email in same}
    if phones:
        people |= dict(Contact.objects.filter(phone__in=phones, email="").order_by().values_list("pk", "phone"))
    return people


def _attributes(row: _Row) -> dict[str, Any]:
    """What conditions are about: the contact's attributes over the account's."""
    known = {"country": row.country, "language": row.language}
    return {**known, **(row.theirs or {}), **(row.own or {})}


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo | None:
    """The zone of that name; None for an empty or unknown one."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):  # unknown, leading out of the folder, naming a folder
        return None
