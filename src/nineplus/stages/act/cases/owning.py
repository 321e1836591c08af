"""Whose a case is: given when it is opened, claimed, passed on, back into the queue when its owner is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower

from nineplus.rules.cases import Colleague, Given, whose
from nineplus.stages.act.cases import history, owing, policy
from nineplus.stages.act.cases.history import name_of
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Absence, Account, Case, Seat, User
from nineplus.store.models.cases import CaseEntryKind, CaseState
from nineplus.store.models.govern import Role
from nineplus.store.questions import Question, day

_MAY = (Role.OWNER, Role.ANALYST, Role.AGENT)


def able() -> Sequence[User]:
    """Everybody who may follow up, by name."""
    return list(User.objects.filter(is_active=True, role__in=_MAY).order_by(Lower("name"), "email"))


def give(*, account: Account | None, team: str = "", now: datetime) -> Given:
    """Who is to have a new case of that account. Turns are taken one after the other, also by two at once."""
    people = colleagues(now=now, lock=True)
    given = whose(account_owner=_looks_after(account), colleagues=people, team=team)
    if given.turn and given.to is not None:
        Seat.objects.filter(user=given.to).update(last_turn_at=now)
    return given


_SEATS = Question(lambda: Seat.objects.order_by("pk"))
_SEATS_HELD = Question(lambda: Seat.objects.order_by("pk").select_for_update())
_AWAY = Question(
    lambda: Absence.objects.filter(first__lte=day("today"), last__gte=day("today")).values_list("user", flat=True)
)


def _with_load() -> QuerySet[User, tuple[int, int]]:
    busy = Count("cases", filter=~Q(cases__state=CaseState.CLOSED))
    rows = User.objects.filter(is_active=True, role__in=_MAY).annotate(load=busy)
    return rows.order_by("pk").values_list("pk", "load")


_COLLEAGUES = Question(_with_load)


def colleagues(*, now: datetime, lock: bool = False) -> Sequence[Colleague]:
    """Everybody who may follow up, with what they have and whether they are here today."""
    held = {seat.user_id: seat for seat in (_SEATS_HELD if lock else _SEATS).all()}
    away = set(_AWAY.all(today=now.astimezone(preferences().zone).date()))
    return [
        Colleague(
            id=pk,
            here=pk not in away,
            team=held[pk].team if pk in held else "",
            takes_turns=pk in held and held[pk].takes_turns,
            capacity=held[pk].capacity if pk in held else None,
            load=load,
            last_turn=held[pk].last_turn_at if pk in held else None,
        )
        for pk, load in _COLLEAGUES.all()
    ]


def anybody_takes_turns() -> bool:
    """Are new cases given to colleagues by turns? Else those that no account's owner gets come into the queue."""
    return Seat.objects.filter(takes_turns=True, user__is_active=True, user__role__in=_MAY).exists()


def claim(pk: int, *, by: User, now: datetime) -> Case:
    """Take a case that nobody has. Of two who do so at once one wins; the other is told who. Raises Conflict."""
    with transaction.atomic():
        case = history.hold(pk)
        if case.owner_id == by.pk:
            return case
        if case.owner_id is not None:
            raise Conflict(f"{name_of(case.owner)} has it. Ask them to pass it on.")
        return _given(case, to=by, by=by, why="", now=now)


def assign(pk: int, *, to: int | None, by: User | None, why: str = "", now: datetime) -> Case:
    """Give it to a colleague, or to nobody: into the queue. Raises NotPossible, NotFound, Conflict."""
    with transaction.atomic():
        case = history.hold(pk)
        user = _able(to) if to is not None else None
        if (user.pk if user else None) == case.owner_id:
            return case
        return _given(case, to=user, by=by, why=why, now=now)


def queue(pk: int, *, team: str, by: User | None, now: datetime) -> Case:
    """Into the queue of that team (empty: everybody's); who had it has it no more."""
    with transaction.atomic():
        case = history.hold(pk)
        team = team.strip()[:60]
        if team != case.team:
            history.put(case, team=team)
            history.write(case, CaseEntryKind.TEAM, now=now, by=by, text=team, data={"team": team})
        return _given(case, to=None, by=by, why="", now=now) if case.owner_id else case


def put_back(*, now: datetime) -> int:
    """Cases of people who may no longer follow up go back into the queue; how many. Whoever was deleted has none."""
    gone = Case.objects.exclude(state=CaseState.CLOSED).filter(owner__isnull=False)
    gone = gone.exclude(owner__is_active=True, owner__role__in=_MAY)
    done = 0
    for pk in gone.values_list("pk", flat=True)[:200]:
        with transaction.atomic():
            case = history.hold(pk)
            if case.state != CaseState.CLOSED and case.owner_id:
                _given(case, to=None, by=None, why=f"{name_of(case.owner)} may no longer follow up.", now=now)
                done += 1
    return done


# -- people -------------------------------------------------------------------------------------------------------


def seat(
    *, user: int, team: str = "", calendar: str = "", takes_turns: bool = True, capacity: int | None = None
) -> Seat:
    """How somebody takes part from now on; who stays as they were is not written. Raises NotPossible, NotFound."""
    person = _able(user)
    if calendar and calendar not in policy.calendars():
        raise NotPossible(f"There is no calendar {calendar!r}. Calendars are made in Settings, Attribution.")
    if capacity is not None and not 0 <= capacity <= 10_000:
        raise NotPossible("Room for 0 to 10,000 cases; leave it empty for any number.")
    values = {"team": team.strip()[:60], "calendar": calendar, "takes_turns": takes_turns, "capacity": capacity}
    if same := Seat.objects.filter(user=person, **values).first():
        return same
    with transaction.atomic():
        Case.objects.filter(owner=person, team="").update(revision=0)  # whose team is another now
        return Seat.objects.update_or_create(user=person, defaults=values)[0]


def away(*, user: int, first: date, last: date) -> Absence:
    """Somebody is away on these days. Raises NotPossible, NotFound."""
    if last < first:
        raise NotPossible("The last day comes before the first.")
    return Absence.objects.create(user=_able(user), first=first, last=last)


def back(absence: int) -> None:
    """They are not away after all."""
    Absence.objects.filter(pk=absence).delete()


def teams() -> list[str]:
    """The names of teams that people or cases have."""
    named = set(Seat.objects.exclude(team="").values_list("team", flat=True))
    return sorted(named | set(Case.objects.exclude(team="").order_by().values_list("team", flat=True).distinct()))


# -- small --------------------------------------------------------------------------------------------------------


def _given(case: Case, *, to: User | None, by: User | None, why: str, now: datetime) -> Case:
    if case.state == CaseState.CLOSED:
        raise Conflict("The case is closed. Open it again first.")
    before = case.owner
    case.calendar = policy.calendar_for(to.pk if to else None, policy.current())
    due = case.due_at if case.contacted_at else owing.first_contact_due(case, now=now)  # by the hours of whoever has it
    owing.put(case, owner=to, calendar=case.calendar, due_at=due)
    data = {"to": to.pk if to else None, "from": before.pk if before else None, "name": name_of(to) if to else ""}
    history.write(case, CaseEntryKind.OWNER, now=now, by=by, text=why, data=data)
    history.tell(case, "case.changed", now=now, what="owner")
    return case


def _looks_after(account: Account | None) -> int | None:
    """Our colleague whom the other system names as the account's owner: known by their address."""
    if account is None or account.owner is None or not account.owner.email:
        return None
    return User.objects.filter(email__iexact=account.owner.email, is_active=True).values_list("pk", flat=True).first()


def _able(user: int) -> User:
    found = User.objects.filter(pk=user).first()
    if found is None:
        raise NotFound("There is no such person.")
    if not found.may(Role.AGENT):
        raise NotPossible(f"{name_of(found)} may not follow up: that takes the role agent, and an account in use.")
    return found
