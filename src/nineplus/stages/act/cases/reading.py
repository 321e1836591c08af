"""Cases read again: who must hear from us today, and one case whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet

from nineplus.stages.act.cases import causes, owning, working
from nineplus.stages.act.cases.history import name_of
from nineplus.stages.act.cases.opening import REASONS
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Absence, Case, CaseAnswer, CaseEntry, CaseMail, Seat, User
from nineplus.store.models.cases import CaseEntryKind, CaseState, Priority

AT_ONCE = 50
MOST = 200
VIEWS = ("queue", "mine", "overdue", "waiting", "closed", "all")
LATELY = timedelta(days=30)
_COLUMN = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """Which cases. `view`: queue (nobody's), mine, overdue, waiting, closed, all (that are not closed).

    `owner` and `account` are ids; `team` empty: every team.
    """

    view: str = "mine"
    search: str = ""
    team: str = ""
    owner: int | None = None
    priority: str = ""
    reason: str = ""
    account: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One case as a list shows it. `score` is the lowest of its answers, `said` what was said with it."""

    case: Case
    score: int | None
    said: str
    answers: int
    late: bool

    @property
    def customer(self) -> str:
        return customer_of(self.case)


@dataclass(frozen=True, slots=True)
class Page:
    lines: tuple[Line, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a history in words. `back`: a contact that was taken back since; `back_until`: or still can be."""

    entry: CaseEntry
    title: str
    text: str
    mail: CaseMail | None = None
    back: bool = False
    back_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Detail:
    """One case whole. `told`: its history, the newest first. `late`: what is owed is overdue."""

    case: Case
    answers: tuple[CaseAnswer, ...]
    told: tuple[Told, ...]
    mails: tuple[CaseMail, ...]
    others: tuple[Case, ...]
    late: bool
    reason: str
    cause: str

    @property
    def customer(self) -> str:
        return customer_of(self.case)


def cases(asked: Asked, *, by: User | None, after: str = "", limit: int = AT_ONCE, now: datetime) -> Page:
    """Cases in the order in which they are due; what waits for nothing comes last. Closed ones: the newest first.

    Raises NotPossible for an unknown view or an unreadable place.
    """
    rows = chosen(asked, by=by, now=now)
    limit = max(1, min(limit, MOST))
    if asked.view == "closed":
        if after:
            rows = rows.filter(pk__lt=_number(after))
        found = list(_whole(rows.order_by("-pk"))[: limit + 1])
    else:
        if after:
            rows = rows.filter(_below(after))
        found = list(_whole(rows.order_by(F("next_at").asc(nulls_last=True), "pk"))[: limit + 1])
    more = _place(found[limit - 1], asked.view) if len(found) > limit else ""
    return Page(tuple(_line(case, now=now) for case in found[:limit]), more)


def chosen(asked: Asked, *, by: User | None, now: datetime) -> QuerySet[Case]:
    """The rows of those cases, in no order."""
    if asked.view not in VIEWS:
        raise NotPossible(f"There is no view {asked.view!r}. There are: {', '.join(VIEWS)}.")
    rows = Case.objects.filter(merged_into=None)
    rows = rows.filter(state=CaseState.CLOSED) if asked.view == "closed" else rows.exclude(state=CaseState.CLOSED)
    if asked.view == "queue":
        rows = rows.filter(owner=None)
    elif asked.view == "mine":
        rows = rows.filter(owner=by)
    elif asked.view == "overdue":
        rows = rows.filter(next_at__lt=now)
    elif asked.view == "waiting":
        rows = rows.filter(state=CaseState.WAITING)
    for name in ("team", "owner", "priority", "reason", "account"):
        if (value := getattr(asked, name)) not in ("", None):
            rows = rows.filter(**{name: value})
    if words := asked.search.strip():
        number = Q(pk=int(words.lstrip("#"))) if _is_number(words.lstrip("#")) else Q(pk=None)
        named = [f"{whose}__{name}__icontains" for whose, name in _NAMES]
        rows = rows.filter(number | Q(*((one, words) for one in named), _connector=Q.OR))
    return rows


def lines_of(rows: QuerySet[Case], *, now: datetime) -> tuple[Line, ...]:
    """These rows as a list shows them."""
    return tuple(_line(case, now=now) for case in _whole(rows))


def newest() -> int:
    """The number of the case that was opened last; 0 when there is none."""
    return Case.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


_NAMES = (("account", "name"), ("account", "domain"), ("contact", "name"), ("contact", "email"))


def counts(*, by: User | None, now: datetime) -> dict[str, int]:
    """How many there are in each view that has a number on its tab.

    `owed`: to whose customer something is owed, a first contact, an answer or what was promised.
    """
    open_ = ~Q(state=CaseState.CLOSED)
    return Case.objects.filter(merged_into=None).aggregate(
        queue=Count("pk", filter=open_ & Q(owner=None)),
        mine=Count("pk", filter=open_ & Q(owner=by)),
        overdue=Count("pk", filter=open_ & Q(next_at__lt=now)),
        owed=Count("pk", filter=open_ & Q(next_at__isnull=False)),
        all=Count("pk", filter=open_),
    )


def board(asked: Asked, *, by: User | None, now: datetime) -> Sequence[tuple[str, str, int, tuple[Line, ...]]]:
    """The columns of the board: state, its name, how many cases are in it, and the first of them."""
    columns = []
    for state in CaseState:
        view = "closed" if state == CaseState.CLOSED else "all"
        rows = chosen(Asked(**{**_plain(asked), "view": view}), by=by, now=now).filter(state=state)
        if state == CaseState.CLOSED:
            rows = rows.filter(closed_at__gte=now - timedelta(days=7)).order_by("-closed_at")
        else:
            rows = rows.order_by(F("next_at").asc(nulls_last=True), "pk")
        lines = tuple(_line(case, now=now) for case in _whole(rows)[:_COLUMN])
        columns.append((state.value, state.label, rows.count(), lines))
    return columns


@dataclass(frozen=True, slots=True)
class Mate:
    """A colleague: what they have and did. `closed` in 30 days."""

    user: User
    seat: Seat | None
    open: int
    late: int
    closed: int
    away_until: Any = None


def team(*, now: datetime) -> Sequence[Mate]:
    """Everybody who follows up, with what they have."""
    people = owning.able()
    mine = Case.objects.filter(merged_into=None, owner__in=people).order_by()
    tell = mine.values("owner").annotate(
        open=Count("pk", filter=~Q(state=CaseState.CLOSED)),
        late=Count("pk", filter=~Q(state=CaseState.CLOSED) & Q(next_at__lt=now)),
        closed=Count("pk", filter=Q(closed_at__gte=now - LATELY)),
    )
    has = {row["owner"]: row for row in tell}
    seats = {seat.user_id: seat for seat in Seat.objects.all()}
    today = now.astimezone(preferences().zone).date()
    away = dict(Absence.objects.filter(first__lte=today, last__gte=today).values_list("user", "last"))
    nothing = {"open": 0, "late": 0, "closed": 0}
    return [
        Mate(one, seats.get(one.pk), **{k: has.get(one.pk, nothing)[k] for k in nothing}, away_until=away.get(one.pk))
        for one in people
    ]


def detail(pk: int, *, now: datetime) -> Detail:
    """One case whole. Raises NotFound."""
    case = _whole(Case.objects.filter(pk=pk)).select_related("merged_into", "recovery__response").first()
    if case is None:
        raise NotFound("There is no such case.")
    entries = list(_history(case.pk).select_related("by").order_by("-at", "-pk"))
    back = {entry.data["back"] for entry in entries if "back" in entry.data}
    mails = tuple(CaseMail.objects.filter(case=case).select_related("by", "message").order_by("-at", "-pk"))
    by_pk = {mail.pk: mail for mail in mails}
    others = Case.objects.exclude(pk=pk).filter(merged_into=None).select_related("owner").order_by("-pk")
    of = Q(account=case.account_id) if case.account_id else Q(contact=case.contact_id)
    return Detail(
        case=case,
        answers=tuple(case.told),  # type: ignore[attr-defined]
        told=tuple(_told(entry, by_pk.get(entry.data.get("mail", 0)), back=entry.pk in back) for entry in entries),
        mails=mails,
        others=tuple(others.filter(of)[:10]) if case.account_id or case.contact_id else (),
        late=_late(case, now),
        reason=REASONS.get(case.reason, case.reason.replace("_", " ").capitalize()),
        cause=causes.name_of(case.root_cause) if case.root_cause else "",
    )


def _history(pk: int) -> QuerySet[CaseEntry]:
    """What happened to the case, and to those that became part of it before they did."""
    whole, joined = {pk}, {pk}
    while joined:
        joined = set(Case.objects.filter(merged_into__in=joined).values_list("pk", flat=True)) - whole
        whole |= joined
    ended = Q(kind=CaseEntryKind.MERGED, data__has_key="into") & ~Q(case=pk)
    return CaseEntry.objects.filter(case__in=whole).exclude(ended)


def customer_of(case: Case) -> str:
    """Whose case it is: the account, else the person."""
    if case.account is not None:
        return case.account.name or case.account.domain or case.account.external_id
    if case.contact is not None and not case.contact.erased_at:
        return case.contact.name or case.contact.email or case.contact.external_id
    return "An erased person" if case.contact is not None else "A customer that is gone"


# -- in words -----------------------------------------------------------------------------------------------------


def _told(entry: CaseEntry, mail: CaseMail | None, *, back: bool) -> Told:
    data = entry.data
    who = data.get("colleague") or name_of(entry.by)  # the sample company's are names only
    title = _TITLES[CaseEntryKind(entry.kind)](who, data)
    until = working.back_until(entry) if entry.kind == CaseEntryKind.CONTACT and not back else None
    return Told(entry, f"{title} (taken back)" if back else title, entry.text, mail, back, until)


def _owner(who: str, data: Mapping[str, Any]) -> str:
    to = data.get("name") or ""
    if not data.get("to"):
        return f"{who} put it into the queue" if data.get("from") else "It waits in the queue"
    return f"{to} took it" if who == to else f"{who} gave it to {to}"


def _joined(who: str, data: Mapping[str, Any]) -> str:
    score = data.get("score")
    return f"They changed their score to {score}" if data.get("changed") else f"Another answer: {score}"


def _state(who: str, data: Mapping[str, Any]) -> str:
    if data.get("to") == CaseState.WAITING:
        return f"{who}: waits for the customer"
    return f"{who} works on it"


def _contact(who: str, data: Mapping[str, Any]) -> str:
    return f"{who} was in contact{_way(data)}"


def _way(data: Mapping[str, Any]) -> str:
    """In the words of the form; nothing for a way that has none."""
    way = data.get("way", "")
    return f": {working.WAYS[way].lower()}" if way in working.WAYS and way != "other" else ""


def _note(who: str, data: Mapping[str, Any]) -> str:
    """What somebody wrote, or what they did that leaves a note: a playbook's step, a contact taken back."""
    if "back" in data:
        return f"{who} took back a contact{_way(data)}. It was noted by mistake and counts as none."
    if "did" not in data:
        return f"{who} noted"
    if data["did"] == "took_up":
        return f"{who} took up “{data['name']}”"
    did = {"done": "did", "left_out": "left out", "undone": "opened again"}[data["did"]]
    return f"{who} {did} step {data['place']} of “{data['name']}”: {data['title']}"


def _merged(who: str, data: Mapping[str, Any]) -> str:
    return f"{who} merged it into case {data['into']}" if "into" in data else f"Case {data['from']} became part of it"


_TITLES = {
    CaseEntryKind.OPENED: lambda who, data: "Opened" if who == "nineplus" else f"{who} opened it",
    CaseEntryKind.JOINED: _joined,
    CaseEntryKind.OWNER: _owner,
    CaseEntryKind.TEAM: lambda who, data: f"{who} put it into the queue of {data.get('team') or 'everybody'}",
    CaseEntryKind.STATE: _state,
    CaseEntryKind.PRIORITY: lambda who, data: f"Now {Priority(data['to']).label.lower()}",
    CaseEntryKind.CONTACT: _contact,
    CaseEntryKind.NOTE: _note,
    CaseEntryKind.PROMISE: lambda who, data: f"{who} promised",
    CaseEntryKind.SENT: lambda who, data: f"{who} wrote to the customer",
    CaseEntryKind.UNSENT: lambda who, data: f"The letter of {who} did not arrive",
    CaseEntryKind.CAME: lambda who, data: "The customer wrote",
    CaseEntryKind.MACHINE: lambda who, data: "An automatic answer came: it counts as nothing",
    CaseEntryKind.ESCALATED: lambda who, data: f"Overdue: step {data.get('level')} of the escalation",
    CaseEntryKind.CLOSED: lambda who, data: f"{who} closed it",
    CaseEntryKind.REOPENED: lambda who, data: "Opened again" if who == "nineplus" else f"{who} opened it again",
    CaseEntryKind.MERGED: _merged,
    CaseEntryKind.ASKED: lambda who, data: data.get("words", "Asked again"),
}


# -- small --------------------------------------------------------------------------------------------------------


def _whole(rows: QuerySet[Case]) -> QuerySet[Case]:
    answers = CaseAnswer.objects.select_related("response__survey", "response__contact").order_by("-at", "-pk")
    answers = answers.defer("response__raw", "response__attributes")
    rows = rows.select_related("account", "contact", "owner")
    return rows.defer("account__attributes", "contact__attributes").prefetch_related(
        Prefetch("answers", queryset=answers, to_attr="told")
    )


def _line(case: Case, *, now: datetime) -> Line:
    answers = [one.response for one in case.told]  # type: ignore[attr-defined]
    lowest = min(answers, key=lambda one: one.score, default=None)
    said = next((one.comment for one in answers if one.comment), case.about if not answers else "")
    return Line(case, lowest.score if lowest else None, said, len(answers), _late(case, now))


def _late(case: Case, now: datetime) -> bool:
    return case.next_at is not None and case.next_at < now


def _place(case: Case, view: str) -> str:
    if view == "closed":
        return str(case.pk)
    return f"{case.next_at.isoformat() if case.next_at else ''}~{case.pk}"


def _below(after: str) -> Q:
    text, _, pk = after.partition("~")
    number = _number(pk)
    if not text:
        return Q(next_at=None, pk__gt=number)
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise NotPossible("This place in the list cannot be read. Start from the beginning again.")
    return Q(next_at__gt=at) | Q(next_at=at, pk__gt=number) | Q(next_at=None)


def _number(text: str) -> int:
    if not _is_number(text):
        raise NotPossible("This place in the list cannot be read. Start from the beginning again.")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) < 2**63


def _plain(asked: Asked) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in Asked.__slots__}
