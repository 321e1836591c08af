"""Which tickets made this score? The decision for one answer, in plain words and without an engine.

The mart decides the same for all answers at once (mart/links.py); the tests hold the two against each other.

T1  the survey was launched by that ticket
T2  same contact; resolved, else first answered, before the answer and within the window
T3  same account likewise; only the last one, only where there is neither T1 nor T2, and never a main finding
T0  none, with the reason
Source: methods, attribution.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nineplus.model.attribution import HALF_LIVES, LABELS, TIERS, Conditions, LinkRule, ServiceLevel

MOST_DAYS = 365
MOST_MINUTES = MOST_DAYS * 24 * 60


@dataclass(frozen=True, slots=True)
class Served:
    """One ticket as the rule sees it."""

    key: str
    contact: str | None
    account: str | None
    opened: datetime
    first_response: datetime | None = None
    resolved: datetime | None = None
    labels: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as the rule sees it. `ticket`: the one that its survey was sent for."""

    contact: str | None
    account: str | None
    at: datetime
    ticket: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    ticket: str
    tier: str
    since: datetime  # when the ticket last touched its customer before the answer
    weight: float  # 0.5 to the power of age / half-life


@dataclass(frozen=True, slots=True)
class Attributed:
    """Links, the primary one first. `miss` says why there is neither T1 nor T2; empty where there is."""

    links: tuple[Link, ...] = ()
    miss: str = ""

    @property
    def tier(self) -> str:
        return self.links[0].tier if self.links else "T0"


def attribute(answer: Answer, tickets: Iterable[Served], rule: LinkRule) -> Attributed:
    """Tie one answer to its tickets. `tickets` are all of its contact and account, and the one it was sent for."""
    everything = list(tickets)
    usable = [ticket for ticket in everything if not left_out(ticket, rule.leave_out)]
    links = [_direct(answer, ticket, rule) for ticket in everything if ticket.key == answer.ticket]
    if "T2" in rule.tiers and answer.contact:
        own = [t for t in usable if t.contact == answer.contact and t.key != answer.ticket]
        links += [link for ticket in own if (link := _touched(answer, ticket, rule, "T2"))]
    if not links and "T3" in rule.tiers and answer.account:
        near = [
            link
            for ticket in usable
            if ticket.account == answer.account and (link := _touched(answer, ticket, rule, "T3"))
        ]
        last = max((link.since for link in near), default=None)
        links = [min((link for link in near if link.since == last), key=lambda link: link.ticket)] if near else []
    opened = {ticket.key: ticket.opened for ticket in everything}
    links.sort(key=lambda link: (link.tier, -link.since.timestamp(), -opened[link.ticket].timestamp(), link.ticket))
    covered = any(link.tier in ("T1", "T2") for link in links)
    return Attributed(tuple(links), "" if covered else _miss(answer, everything, usable, rule))


def left_out(ticket: Served, conditions: Conditions) -> bool:
    """Does any of the labels say that this ticket explains nothing (internal, spam)?"""
    labels = ticket.labels or {}
    return any(labels.get(label) in values for label, values in conditions)


def _direct(answer: Answer, ticket: Served, rule: LinkRule) -> Link:
    before = [at for at in (ticket.resolved, ticket.first_response) if at is not None and at <= answer.at]
    return _link(answer, ticket, rule, "T1", before[0] if before else ticket.opened)


def _touched(answer: Answer, ticket: Served, rule: LinkRule, tier: str) -> Link | None:
    window = timedelta(days=rule.window_days)
    for at in (ticket.resolved, ticket.first_response):  # resolved, else first answered
        if at is not None and at <= answer.at:
            return _link(answer, ticket, rule, tier, at) if answer.at - at <= window else None
    return None


def _link(answer: Answer, ticket: Served, rule: LinkRule, tier: str, since: datetime) -> Link:
    days = (answer.at - since) / timedelta(days=1)
    return Link(ticket.key, tier, since, 0.5 ** (max(days, 0.0) / rule.half_life_days))


def _miss(answer: Answer, everything: Sequence[Served], usable: Sequence[Served], rule: LinkRule) -> str:
    if answer.ticket is not None:
        return "unknown_ticket"
    if answer.contact is None:
        return "no_contact"
    own = [ticket for ticket in usable if ticket.contact == answer.contact]
    before = [ticket for ticket in own if ticket.opened <= answer.at]
    if before:
        last = max(ticket.opened for ticket in before)
        at = [t for ticket in before if ticket.opened == last for t in (ticket.first_response, ticket.resolved) if t]
        touched = min(at, default=None)
        if touched is None or touched > answer.at:
            return "not_resolved"
        return "outside_window" if answer.at - touched > timedelta(days=rule.window_days) else "not_looked_for"
    others = [ticket for ticket in everything if ticket.contact == answer.contact]
    if any(ticket.opened <= answer.at for ticket in others):
        return "left_out"
    return "only_later" if others else "no_ticket"


def checked(rule: LinkRule) -> list[str]:
    """What is wrong with a rule, in sentences; none: it can be used."""
    from nineplus.stats.worktime import open_time

    said = []
    if not 1 <= rule.window_days <= MOST_DAYS:
        said.append(f"The window is a whole number of days from 1 to {MOST_DAYS}.")
    if rule.half_life_days not in HALF_LIVES:
        said.append(f"The half-life is one of {', '.join(map(str, HALF_LIVES))} days.")
    if "T1" not in rule.tiers or set(rule.tiers) - set(TIERS):
        said.append("Tiers are T1, T2 and T3, and T1 is always among them.")
    said += [f"Tickets cannot be left out by {label!r}." for label, _ in rule.leave_out if label not in LABELS]
    names = [calendar.name for calendar in rule.calendars]
    if len(set(names)) < len(names) or "" in names:
        said.append("Every calendar needs a name of its own.")
    for calendar in rule.calendars:
        wrong = [h for h in calendar.hours if not (0 <= h[0] <= 6 and 0 <= h[1] < h[2] <= 24 * 60)]
        if wrong or not calendar.hours:
            said.append(f"The hours of {calendar.name} must lie within a day, from before to.")
            continue
        try:
            open_time(calendar, (2026, 2026))
        except (KeyError, ValueError, OSError):
            said.append(f"{calendar.time_zone!r} is not a time zone. Write it as Europe/Berlin.")
    levels = [level.name for level in rule.levels]
    if len(set(levels)) < len(levels) or "" in levels:
        said.append("Every promise needs a name of its own.")
    for level in rule.levels:
        if level.calendar and level.calendar not in names:
            said.append(f"{level.name} names the calendar {level.calendar!r}, which is not there.")
        times = [t for t in (level.first_response_minutes, level.resolution_minutes) if t is not None]
        if not times or min(times) <= 0:
            said.append(f"{level.name} promises nothing: give minutes to the first response or to the resolution.")
        elif max(times) > MOST_MINUTES:
            said.append(f"{level.name} promises more than a year.")
    return said


def in_words(rule: LinkRule) -> list[str]:
    """The rule as a customer-success manager would say it."""
    window = f"{rule.window_days} day{'s' if rule.window_days != 1 else ''}"
    said = ["The ticket that the survey was sent for."]
    if "T2" in rule.tiers:
        said.append(
            f"Else tickets of the same contact, resolved (else first answered) up to {window} before the answer."
        )
    if "T3" in rule.tiers:
        said.append(
            f"Where there is neither, the account's last ticket up to {window} before, to compare: no result counts "
            "on it."
        )
    for label, values in rule.leave_out:
        said.append(f"Left out, unless the survey was sent for them: tickets whose {label} is {' or '.join(values)}.")
    said.append(
        f"Several tickets count together: each weighs half as much every {rule.half_life_days} days. "
        "A reopened ticket is one ticket."
    )
    for level in rule.levels:
        said.append(_level_in_words(level, rule))
    return said


def _level_in_words(level: ServiceLevel, rule: LinkRule) -> str:
    when = " and ".join(f"{label} {' or '.join(values)}" for label, values in level.when)
    promised = [
        f"{what} within {_span(minutes)}"
        for what, minutes in (
            ("first response", level.first_response_minutes),
            ("resolution", level.resolution_minutes),
        )
        if minutes is not None
    ]
    calendar = level.calendar
    hours = f"working hours of {calendar}" if calendar else "around the clock"
    name = level.name
    waits = ", not counting waits for the customer" if rule.waiting else ""
    return f"Promised ({name}){' for ' + when if when else ''}: {' and '.join(promised)}, {hours}{waits}."


def _span(minutes: int) -> str:
    if minutes % 60:
        return f"{minutes} minutes"
    hours = minutes // 60
    return f"{hours} hour{'s' if hours != 1 else ''}"
