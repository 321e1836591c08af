"""What people say of doubtful pairs: same, different, later; and the merges that can be taken back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from nineplus.rules.identity import REASONS
from nineplus.stages.capture.people import known
from nineplus.stages.connect.identity import merging
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.models import (
    Account,
    Alias,
    Contact,
    Match,
    Merge,
    Response,
    Revision,
    Ticket,
)
from nineplus.store.models.identity import MatchState

_WAITING = (MatchState.OPEN, MatchState.LATER)
_AT_ONCE = 200
"""Most pairs that are accepted together: each may move many rows."""


@dataclass(frozen=True, slots=True)
class Side:
    """What is known of one of the two."""

    pk: int
    name: str
    source: str
    external_id: str
    addresses: tuple[str, ...]
    account: str
    since: datetime | None
    answers: int
    last_score: int | None
    last_answer: datetime | None
    tickets: int
    people: int = 0
    systems: tuple[str, ...] = ()

    @property
    def weight(self) -> tuple[int, int]:
        """How much is known: what has more stays."""
        return (self.answers + self.tickets + self.people, -self.pk)


@dataclass(frozen=True, slots=True)
class Pair:
    """One suggestion. `left` is the one that would stay."""

    match: Match
    left: Side
    right: Side

    @property
    def words(self) -> str:
        return REASONS.get(self.match.reason, "")

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.left, self.right


@dataclass(frozen=True, slots=True)
class Told:
    """One merge in words. `kept` and `gone` are names, empty once the person was erased."""

    merge: Merge
    kept: str
    gone: str
    words: str

    @property
    def undoable(self) -> bool:
        return not self.merge.undone_at and bool(self.merge.journal)


def waiting(*, table: str = "", reason: str = "") -> QuerySet[Match]:
    """The pairs that nobody has decided yet, the likeliest first; those put off come last."""
    rows = Match.objects.filter(state__in=_WAITING)
    if table:
        rows = rows.filter(table=table)
    if reason:
        rows = rows.filter(reason=reason)
    return rows.order_by("-state", "-confidence", "pk")


def reasons() -> list[dict[str, Any]]:
    """How many pairs wait for each reason: table, reason, words, number, the least confidence."""
    rows = Match.objects.filter(state__in=_WAITING).values("table", "reason").annotate(number=Count("pk"))
    found = [{**row, "words": REASONS.get(row["reason"], "")} for row in rows]
    return sorted(found, key=lambda row: -row["number"])


def pairs(matches: Collection[Match]) -> list[Pair]:
    """These suggestions with what is known of both; one of which either is gone is dropped. A few queries."""
    sides = {
        table: _sides(table, {pk for one in matches if one.table == table for pk in (one.left, one.right)})
        for table in ("contact", "account")
    }
    found, stale = [], []
    for one in matches:
        left, right = sides[one.table].get(one.left), sides[one.table].get(one.right)
        if left is None or right is None:
            stale.append(one.pk)
            continue
        first, second = (left, right) if left.weight >= right.weight else (right, left)
        found.append(Pair(one, first, second))
    if stale:
        Match.objects.filter(pk__in=stale, state__in=_WAITING).delete()
    return found


def find(pk: int) -> Match:
    """Raises NotFound."""
    one = Match.objects.filter(pk=pk).first()
    if one is None:
        raise NotFound("There is no such suggestion any more.")
    return one


def accept(pk: int, *, kept: int | None = None, by: int | None = None, now: datetime) -> Merge:
    """The two are the same. `kept` names the row that stays; of itself the one of which more is known.

    Raises NotFound, Conflict when it was decided already, NotPossible.
    """
    with transaction.atomic():
        Revision.next()  # two people deciding at once wait for each other
        one = _undecided(pk)
        found = pairs([one])
        if not found:
            raise Conflict("One of the two is gone meanwhile.")
        stays = found[0].left.pk if kept is None else kept
        if stays not in (one.left, one.right):
            raise NotPossible("The one that stays must be one of the two.")
        goes = one.right if stays == one.left else one.left
        return merging.merge(table=one.table, kept=stays, gone=goes, reason=one.reason, by=by, now=now)


def accept_all(*, table: str, reason: str, by: int | None = None, now: datetime) -> int:
    """All waiting pairs of one reason are the same, at most 200 at once; how many were joined. Raises NotPossible."""
    if not table or not reason:
        raise NotPossible("Only pairs of one reason can be accepted together.")
    done = 0
    for pk in list(waiting(table=table, reason=reason).values_list("pk", flat=True)[:_AT_ONCE]):
        try:
            accept(pk, by=by, now=now)
        except (NotFound, NotPossible):  # gone with one before it
            continue
        done += 1
    return done


def refuse(pk: int, *, by: int | None = None, now: datetime) -> None:
    """The two are different: the pair does not come back. Raises NotFound, Conflict."""
    _decide(pk, MatchState.DIFFERENT, by=by, now=now)


def put_off(pk: int, *, by: int | None = None, now: datetime) -> None:
    """Not now: the pair goes to the end of the list. Raises NotFound, Conflict."""
    _decide(pk, MatchState.LATER, by=by, now=now)


def merges(*, table: str = "", row: int | None = None, works: bool = False) -> QuerySet[Merge]:
    """What was joined, the newest first; people put under accounts only when asked for."""
    rows = Merge.objects.select_related("by", "undone_by").order_by("-pk")
    if table:
        rows = rows.filter(table=table)
    elif not works:
        rows = rows.exclude(table="works")
    return rows.filter(Q(kept=row) | Q(gone=row)) if row is not None else rows


def in_words(rows: Collection[Merge]) -> list[Told]:
    """These merges with the names of both."""
    accounts = {one.kept for one in rows if one.table in ("account", "works")}
    contacts = {one.kept for one in rows if one.table == "contact"} | {one.gone for one in rows if one.table == "works"}
    account_names = {row.pk: _name_of(row) for row in Account.objects.filter(pk__in=accounts)}
    contact_names = {row.pk: _name_of(row) for row in Contact.objects.filter(pk__in=contacts)}
    found = []
    for one in rows:
        if one.table == "works":
            kept, gone = account_names.get(one.kept, ""), contact_names.get(one.gone, "")
        else:
            row = one.journal.get("row", {})
            names = contact_names if one.table == "contact" else account_names
            kept = names.get(one.kept, "")
            gone = row.get("name") or row.get("email") or row.get("domain") or row.get("external_id") or ""
        found.append(Told(one, kept, gone, REASONS.get(one.reason, "")))
    return found


# -- small --------------------------------------------------------------------------------------------------------


def _undecided(pk: int) -> Match:
    one = find(pk)
    if one.state not in _WAITING:
        raise Conflict("Somebody decided this pair meanwhile.")
    return one


def _decide(pk: int, state: MatchState, *, by: int | None, now: datetime) -> None:
    with transaction.atomic():
        find(pk)
        rows = Match.objects.filter(pk=pk, state__in=_WAITING)
        if not rows.update(state=state, decided_by=by, decided_at=now):
            raise Conflict("Somebody decided this pair meanwhile.")


def _sides(table: str, rows: Collection[int]) -> dict[int, Side]:
    if not rows:
        return {}
    model = Contact if table == "contact" else Account
    there = model._default_manager.filter(pk__in=rows)
    there = there.filter(erased_at=None).select_related("account") if table == "contact" else there
    answers = {
        pk: (number, last)
        for pk, number, last in _counted(Response, table, rows).annotate(n=Count("pk"), last=Max("answered_at"))
    }
    scores = _last_scores(table, answers)
    tickets = dict(_counted(Ticket, table, rows).annotate(n=Count("pk")))
    people = dict(_counted(Contact, table, rows).annotate(n=Count("pk"))) if table == "account" else {}
    names: dict[int, list[tuple[str, str]]] = {}
    for pk, source, text in Alias.objects.filter(table=table, row__in=rows).values_list("row", "source", "external_id"):
        names.setdefault(pk, []).append((source, text))
    return {
        row.pk: Side(
            pk=row.pk,
            name=row.name,
            source=row.source,
            external_id=row.external_id,
            addresses=_addresses(row, names.get(row.pk, ())),
            account=_name_of(row.account) if isinstance(row, Contact) and row.account else "",
            since=row.created_at,
            answers=answers.get(row.pk, (0, None))[0],
            last_score=scores.get(row.pk),
            last_answer=answers.get(row.pk, (0, None))[1],
            tickets=tickets.get(row.pk, 0),
            people=people.get(row.pk, 0),
            systems=tuple(sorted({row.source, *(s for s, _ in names.get(row.pk, ()) if not s.startswith("@"))})),
        )
        for row in there
    }


def _counted(model: type[Response | Ticket | Contact], table: str, rows: Collection[int]):  # type: ignore[no-untyped-def]
    return model._default_manager.filter(**{f"{table}__in": rows}).order_by().values_list(f"{table}_id")


def _last_scores(table: str, answers: Mapping[int, tuple[int, datetime | None]]) -> dict[int, int]:
    wanted = Q(pk__in=[])
    for pk, (_, last) in answers.items():
        wanted |= Q(**{table: pk}, answered_at=last)
    return dict(Response.objects.filter(wanted).values_list(f"{table}_id", "score")) if answers else {}


def _addresses(row: Any, names: Collection[tuple[str, str]]) -> tuple[str, ...]:
    own = (row.email, row.phone) if isinstance(row, Contact) else (row.domain,)
    return tuple(text for text in (*own, *(t for s, t in names if s in known.ADDRESS.values())) if text)


def _name_of(row: Any) -> str:
    return row.name or getattr(row, "email", "") or getattr(row, "domain", "") or row.external_id
