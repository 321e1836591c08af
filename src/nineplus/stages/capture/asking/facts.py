"""What the rules want to know of many contacts at once: a query for each kind of fact, none for each contact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet
from django.db.models.functions import Coalesce

from nineplus.model.survey import Policy
from nineplus.rules.asking import History
from nineplus.stages.capture.asking.audience import Due
from nineplus.stages.capture.people.suppression import digest_of
from nineplus.store.models import Case, Contact, Invitation, Response, Suppression, Ticket
from nineplus.store.models.cases import CaseState

MEDIA = ("email", "sms")
_REMEMBERED = timedelta(days=731)
_NO_ASK = ("skipped", "bounced")


@dataclass(frozen=True, slots=True)
class Row:
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


class Facts:
    """What the rules want to know of the contacts of one portion: a query for each kind of fact."""

    def __init__(
        self, survey: int | None, rows: Iterable[Row], dues: Sequence[Due], *, policy: Policy, now: datetime
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

    def history(self, row: Row, account: int | None, *, ticket: int | None) -> History:
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

    def suppressed(self, row: Row) -> frozenset[tuple[str, str]]:
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

    def _read_suppressions(self, rows: Sequence[Row]) -> None:
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


def contacts(ids: Sequence[int], *, attributes: bool) -> dict[int, Row]:
    columns = ["pk", "account_id", "email", "phone", "name", "language", "time_zone", "country", "consent", "erased_at"]
    columns += ["created_at", *(("attributes", "account__attributes") if attributes else ())]
    nothing = () if attributes else (None, None)
    return {row[0]: Row(*row, *nothing) for row in Contact.objects.filter(pk__in=ids).order_by().values_list(*columns)}


def _people(rows: Sequence[Row]) -> dict[int, str]:
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


def attributes_of(row: Row) -> dict[str, Any]:
    """What conditions are about: the contact's attributes over the account's."""
    known = {"country": row.country, "language": row.language}
    return {**known, **(row.theirs or {}), **(row.own or {})}
