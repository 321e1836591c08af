"""May this contact be asked now? Small rules in order; the first that says no gives the reason that is kept.

Nothing here reads a clock or a database: who somebody is (`Person`) and what was asked of them and answered before
(`History`) come in, Yes or No comes out. `REASONS` has every reason in words; no other place writes them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from nineplus.model.survey import Policy
from nineplus.rules import addresses

REASONS: Mapping[str, str] = {
    "link_only": "The survey writes to nobody: it is answered by its links.",
    "no_contact": "The ticket has no contact, so nobody can be asked.",
    "erased": "The person was erased.",
    "unsubscribed": "They unsubscribed from surveys.",
    "complained": "They reported an earlier message as unwanted.",
    "manual": "Their address was put on the list of those never written to.",
    "no_consent": "They did not agree to be asked.",
    "no_address": "There is no usable address for the survey's channels.",
    "bounced": "Messages to their address come back.",
    "too_new": "They are not known long enough yet.",
    "after_answer": "They answered a survey a short while ago.",
    "after_decline": "They declined a survey a short while ago.",
    "survey_gap": "They were asked this survey a short while ago.",
    "contact_gap": "They were asked another survey a short while ago.",
    "contact_cap": "They were asked as many surveys this year as one person may be.",
    "account_cap": "Their account was asked as often as one account may be.",
    "open_ticket": "Their account has an open ticket.",
    "open_case": "A follow-up with their account is open.",
    "not_sampled": "Chance did not draw them for the sample.",
    "daily_cap": "More were due than the survey may ask in a day, for longer than a link lives.",
    "made_up": "They are people of the sample company: nothing is sent out to them.",
    "survey_closed": "The survey was closed before they were asked.",
    "survey_paused": "The survey was paused when they were to be asked.",
    "withdrawn": "The program that asked for it took it back before it was sent.",
    "contact_gone": "The contact was deleted before they were asked.",
    "answered": "They had answered before they were asked.",
    "same_person": "They were to be asked twice, under two names that turned out to be one person.",
}
"""Why somebody is not asked: one sentence by reason."""

PASSING = frozenset(
    (
        "too_new",
        "after_answer",
        "after_decline",
        "contact_gap",
        "contact_cap",
        "account_cap",
        "open_ticket",
        "open_case",
    )
)
"""Reasons that time takes away. An ask that has time, as that of a quarter, is looked at again."""
HOLDS = frozenset(("open_ticket", "open_case"))
"""Reasons that somebody's work takes away, mostly within days."""

_WISHES = ("erased", "unsubscribed", "complained", "manual")
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Person:
    """A contact as far as asking is concerned. `addresses` by medium (email, sms), empty ones left out.

    `media`: those the plan's channels use, in order of preference. `suppressed`: pairs of medium and reason that stand
    against the addresses. `draw` in 0..1 is what chance says for this ask (`draw_of`).
    """

    addresses: Mapping[str, str]
    media: tuple[str, ...] = ("email",)
    suppressed: frozenset[tuple[str, str]] = frozenset()
    consent: bool | None = None
    known_since: datetime | None = None
    erased: bool = False
    draw: float = 0.0


@dataclass(frozen=True, slots=True)
class History:
    """What was asked before. Times are aware, of any order, and may lie ahead: an ask that waits counts too.

    `asked`: every survey to this person; `asked_this`: this one survey. `account_asked`: every survey to anyone of
    the account. `answered`, `declined`: the latest. `open_ticket`, `open_case`: of the account, another than the
    ticket that is asked about.
    """

    asked: tuple[datetime, ...] = ()
    asked_this: tuple[datetime, ...] = ()
    account_asked: tuple[datetime, ...] = ()
    answered: datetime | None = None
    declined: datetime | None = None
    open_ticket: bool = False
    open_case: bool = False


@dataclass(frozen=True, slots=True)
class Yes:
    """Ask, through this medium at this address."""

    medium: str = ""
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class No:
    """Do not ask; `reason` is a key of REASONS."""

    reason: str


Rule = Callable[[Person, History, Policy, datetime], str]
"""The reason against asking; empty when this rule has none."""


def may_we_ask(person: Person, history: History, policy: Policy, *, now: datetime) -> Yes | No:
    """Should this contact be invited now? `now` is when the message would go.

    The first rule of RULES that says no gives the reason.
    """
    for rule in RULES:
        if reason := rule(person, history, policy, now):
            return No(reason)
    medium = reachable(person)[0]
    return Yes(medium=medium, address=person.addresses[medium])


def reachable(person: Person) -> list[str]:
    """Media with an address that can be used, in the plan's order."""
    return [
        medium
        for medium in person.media
        if usable(medium, person.addresses.get(medium, "")) and (medium, "bounced") not in person.suppressed
    ]


def usable(medium: str, address: str) -> bool:
    """Is this an address of that medium? Whether it exists, only sending can tell."""
    try:
        return bool(address and _KEPT[medium](address))
    except (KeyError, ValueError):
        return False


_KEPT: Mapping[str, Callable[[str], str]] = {
    "email": addresses.email_address,
    "sms": lambda address: addresses.telephone_number(address),
    "api": str,  # a program hands the link over itself: it reaches whom it knows
}


def draw_of(*, contact: int, survey: int, occasion: str) -> float:
    """What chance says for one ask: evenly in 0..1, the same whenever it is asked again."""
    drawn = hashlib.blake2b(f"{survey}/{occasion}/{contact}".encode(), digest_size=8).digest()
    return int.from_bytes(drawn, "big") / 2**64


def look_again(reason: str, *, every: timedelta, since: datetime, until: datetime, now: datetime) -> datetime | None:
    """When is somebody who may not be asked now to be looked at again? None: not for this occasion any more.

    `since` is when they were due; then `every` so often, before `until`.
    """
    if reason not in PASSING:
        return None
    steps = max(1, int((now - since) / every) + 1)
    then = since + steps * every
    return then if then < until else None


# --- the rules


def _writes(person: Person, history: History, policy: Policy, now: datetime) -> str:
    return "" if person.media else "link_only"


def _wishes(person: Person, history: History, policy: Policy, now: datetime) -> str:
    # A wish is the person's, not the address's: who unsubscribed by mail is not asked by SMS instead.
    if person.erased:
        return "erased"
    against = {reason for _medium, reason in person.suppressed}
    return next((reason for reason in _WISHES if reason in against), "")


def _consent(person: Person, history: History, policy: Policy, now: datetime) -> str:
    refused = person.consent is False or (policy.needs_consent and person.consent is None)
    return "no_consent" if refused else ""


def _address(person: Person, history: History, policy: Policy, now: datetime) -> str:
    if reachable(person):
        return ""
    return "bounced" if any(reason == "bounced" for _medium, reason in person.suppressed) else "no_address"


def _age(person: Person, history: History, policy: Policy, now: datetime) -> str:
    # Of whom nobody says since when they are known, they are not held to be new.
    return "too_new" if person.known_since and _within(policy.minimum_age_days, person.known_since, now) else ""


def _answer(person: Person, history: History, policy: Policy, now: datetime) -> str:
    return "after_answer" if history.answered and _within(policy.after_answer_days, history.answered, now) else ""


def _decline(person: Person, history: History, policy: Policy, now: datetime) -> str:
    return "after_decline" if history.declined and _within(policy.after_decline_days, history.declined, now) else ""


def _survey_gap(person: Person, history: History, policy: Policy, now: datetime) -> str:
    return "survey_gap" if any(_near(policy.survey_gap_days, at, now) for at in history.asked_this) else ""


def _contact_gap(person: Person, history: History, policy: Policy, now: datetime) -> str:
    return "contact_gap" if any(_near(policy.contact_gap_days, at, now) for at in history.asked) else ""


def _contact_cap(person: Person, history: History, policy: Policy, now: datetime) -> str:
    full = policy.contact_cap is not None and _count(history.asked, _YEAR, now) >= policy.contact_cap
    return "contact_cap" if full else ""


def _account_cap(person: Person, history: History, policy: Policy, now: datetime) -> str:
    window = timedelta(days=policy.account_cap_days)
    full = policy.account_cap is not None and _count(history.account_asked, window, now) >= policy.account_cap
    return "account_cap" if full else ""


def _open_ticket(person: Person, history: History, policy: Policy, now: datetime) -> str:
    return "open_ticket" if policy.hold_open_ticket and history.open_ticket else ""


def _open_case(person: Person, history: History, policy: Policy, now: datetime) -> str:
    return "open_case" if policy.hold_open_case and history.open_case else ""


def _sample(person: Person, history: History, policy: Policy, now: datetime) -> str:
    return "not_sampled" if person.draw >= policy.share else ""


RULES: tuple[Rule, ...] = (
    _writes,
    _wishes,
    _consent,
    _address,
    _age,
    _answer,
    _decline,
    _survey_gap,
    _contact_gap,
    _contact_cap,
    _account_cap,
    _open_ticket,
    _open_case,
    _sample,
)
"""In this order: what nobody may change first, what chance decides last."""


def _within(days: int, since: datetime, now: datetime) -> bool:
    """Is `now` less than so many days after it? A time still ahead is."""
    return now - since < timedelta(days=days) if days else False


def _near(days: int, asked: datetime, now: datetime) -> bool:
    """Less than so many days apart, in either direction: an ask that waits for tomorrow counts today."""
    return abs(now - asked) < timedelta(days=days)


def _count(asked: tuple[datetime, ...], window: timedelta, now: datetime) -> int:
    """Asks within the window before `now`, and those ahead, which will fall into it."""
    return sum(now - at < window for at in asked)
