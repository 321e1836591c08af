"""Following up: when it is due, how urgent it is, who does it, who hears when it is late, and what may become of it.

Nothing here reads a clock or a database. Instants are aware; minutes are minutes of working time by a calendar.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nineplus.model.attribution import WorkCalendar
from nineplus.model.cases import AROUND_THE_CLOCK, PRIORITIES, CasePolicy, Rung
from nineplus.stats.worktime import MICROS, open_time

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_MINUTE = 60 * MICROS

STATES: Mapping[str, Mapping[str, str]] = {
    "start": {"open": "working", "waiting": "working"},
    "wait": {"open": "waiting", "working": "waiting"},
    "close": {"open": "closed", "working": "closed", "waiting": "closed"},
    "reopen": {"closed": "open"},
    "put_back": {"working": "open", "waiting": "open", "open": "open"},
    "heard": {"waiting": "working", "open": "open", "working": "working"},
}
"""What may be done in which state, and the state after it. `heard`: the customer wrote; `put_back`: into the queue."""


class NotNow(Exception):
    """This cannot be done in that state."""


def after(action: str, state: str) -> str:
    """The state that a case is in after the action. Raises NotNow."""
    try:
        return STATES[action][state]
    except KeyError:
        raise NotNow(f"{action} is not possible while the case is {state}") from None


# --- when


Pauses = Sequence[tuple[datetime, datetime | None]]
"""When the clock stood still, in order; the last one may go on (None)."""


def due_time(*, start: datetime, minutes: int, calendar: WorkCalendar | None, pauses: Pauses = ()) -> datetime:
    """By when is it due: the instant at which so many working minutes have gone since the start, pauses left out?

    A pause that goes on counts as if it ended where it began: what remains is added when it ends. Without a calendar
    every minute counts. Hours are the wall clock's, so a day of 23 hours gives no hour away.
    """
    if calendar is None:
        due = start + timedelta(minutes=minutes)
        for began, ended in pauses:
            if ended is not None and began < due:
                due += ended - max(began, start)
        return due
    times = open_time(calendar)
    first = _micros(start)
    due_micros = times.after(first, minutes * _MINUTE)
    for began, ended in pauses:
        if ended is not None and _micros(began) < due_micros:
            stood = times.between(max(_micros(began), first), _micros(ended))
            due_micros = times.after(due_micros, stood) if stood > 0 else due_micros
    return _EPOCH + due_micros * _MICRO


def worked(*, start: datetime, end: datetime, calendar: WorkCalendar | None, pauses: Pauses = ()) -> timedelta:
    """How much working time lies between, pauses left out; never negative."""

    def between(first: datetime, last: datetime) -> timedelta:
        if calendar is None:
            return last - first
        return open_time(calendar).between(_micros(first), _micros(last)) * _MICRO

    total = between(start, end)
    for began, ended in pauses:
        began, ended = max(began, start), min(ended or end, end)
        if ended > began:
            total -= between(began, ended)
    return max(timedelta(0), total)


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICRO


def calendar_of(name: str, calendars: Iterable[WorkCalendar], *, time_zone: str) -> WorkCalendar | None:
    """The calendar of that name; the usual week for a name that is not known (any more), or has no hours at all.

    None: around the clock.
    """
    if name == AROUND_THE_CLOCK:
        return None
    usual = WorkCalendar(name="", time_zone=time_zone)
    return next((one for one in calendars if one.name == name and one.hours), usual) if name else usual


def late(*, due: datetime, chain: Sequence[Rung], calendar: WorkCalendar | None, level: int, now: datetime) -> int:
    """How many rungs of the escalation chain are reached now; never fewer than `level`, which were reached before."""
    if now < due:
        return level
    gone = worked(start=due, end=now, calendar=calendar)
    return max(level, sum(gone >= timedelta(minutes=rung.after_minutes) for rung in chain))


# --- how urgent


@dataclass(frozen=True, slots=True)
class Matter:
    """What a case is about, as far as its urgency is concerned. Money is a month's, in minor units; None: unknown.

    `renews_in`: until the account renews; `answers`: how many unhappy ones it is about.
    """

    score: int | None = None
    pays_minor: int | None = None
    renews_in: timedelta | None = None
    answers: int = 1


def priority_of(matter: Matter, policy: CasePolicy) -> tuple[str, tuple[str, ...]]:
    """How urgent is it, and why: a level of PRIORITIES, and sentences.

    Everybody begins at normal. A very low score, a large customer, a renewal within 90 days and several unhappy
    answers each move it up by one; a customer known to pay nothing moves down.
    """
    why: list[str] = []
    if matter.score is not None and matter.score <= 3:
        why.append(f"The score is {matter.score}.")
    large = policy.high_value_minor is not None and (matter.pays_minor or 0) >= policy.high_value_minor
    if large:
        why.append("The customer is one of the large ones.")
    if matter.renews_in is not None and timedelta(0) <= matter.renews_in <= timedelta(days=90):
        days = matter.renews_in.days
        why.append("The contract renews today." if not days else f"The contract renews in {days} days.")
    if matter.answers > 1:
        why.append(f"{matter.answers} unhappy answers are open.")
    place = PRIORITIES.index("normal") - len(why)
    if matter.pays_minor == 0 and not why:
        why.append("The customer pays nothing.")
        place += 1
    return PRIORITIES[max(0, min(place, len(PRIORITIES) - 1))], tuple(why)


# --- who


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may follow up. `load`: their cases that are not closed; `last_turn`: when they were last given one
    in turn (None: never). `takes_turns`: only cases by name, else.
    """

    id: int
    here: bool = True
    team: str = ""
    takes_turns: bool = True
    capacity: int | None = None
    load: int = 0
    last_turn: datetime | None = None

    @property
    def has_room(self) -> bool:
        return self.capacity is None or self.load < self.capacity


@dataclass(frozen=True, slots=True)
class Given:
    """Who a case is given to; nobody: it waits in the queue. `why` is kept in its history; `turn`: it was a turn."""

    to: int | None
    why: str
    turn: bool = False


def whose(*, account_owner: int | None, colleagues: Sequence[Colleague], team: str = "") -> Given:
    """Who follows up? The one who looks after the account if they are here, else whoever's turn it is, else nobody.

    A turn goes to those of the team (empty: anybody) who are here, take turns and have room: to the one who waited
    longest since their last, of several to the one with the fewest cases. The account's own colleague is not spared
    by their capacity: they know the customer.
    """
    here = {one.id: one for one in colleagues if one.here}
    if account_owner in here:
        return Given(account_owner, "They look after the account.")
    able = [one for one in here.values() if one.takes_turns and one.has_room and (not team or one.team == team)]
    if not able:
        away = "The account's own colleague is away, and nobody" if account_owner else "Nobody"
        return Given(None, f"{away} who takes turns is here and has room.")
    first = min(able, key=lambda one: (one.last_turn or _EPOCH, one.load, one.id))
    return Given(first.id, "It was their turn.", turn=True)
