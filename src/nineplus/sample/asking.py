"""Whom the sample company asked, when, and which ticket colours the answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nineplus.sample.customers import People
from nineplus.sample.days import DAY
from nineplus.sample.service import HOUR, Service, look_up

LOOK_BACK_DAYS = 30
"""How long the last resolved ticket still colours an answer; the default window of attribution."""
_ASKED_AT_START = {"Starter": 0.95, "Growth": 0.70, "Enterprise": 0.40}
_ASKED_AT_END = {"Starter": 0.40, "Growth": 0.70, "Enterprise": 0.95}


@dataclass(frozen=True)
class Asked:
    """One entry per invitation that was sent."""

    contact: np.ndarray
    ticket: np.ndarray  # position of the ticket that launched it, -1 for the relationship survey
    behind: np.ndarray  # position of the ticket whose service colours the answer, -1 for none
    sent: np.ndarray


def ask(
    people: People, service: Service, zero: int, stop: int, days: int, random: np.random.Generator
) -> tuple[Asked, dict[str, np.ndarray]]:
    """Who was asked and when, and the post-resolution asks that were skipped because of a recent one."""
    solved = service.opened + (np.nan_to_num(service.resolution_hours, nan=1e6) * HOUR).astype(np.int64)
    quarters = range(0, days, 91)
    share_from = look_up(_ASKED_AT_START, people.plan)[people.account_of]
    share_to = look_up(_ASKED_AT_END, people.plan)[people.account_of]
    contact_parts, ticket_parts, sent_parts = [], [], []
    for begin in quarters:
        share = share_from + (share_to - share_from) * begin / days
        chosen = np.flatnonzero(random.random(len(share)) < share * 0.62)
        day = begin + random.integers(0, 91, len(chosen))
        account = people.account_of[chosen]
        alive = (day < people.to_day[account]) & (day >= people.from_day[account]) & (day < days - 1)
        contact_parts.append(chosen[alive])
        ticket_parts.append(np.full(alive.sum(), -1))
        sent_parts.append(zero + day[alive] * DAY + 9 * HOUR + random.integers(0, 4 * HOUR, alive.sum()))
    progress = (service.opened - zero) / (stop - zero)
    sampled = share_from[service.contact] + (share_to - share_from)[service.contact] * progress
    closed = np.flatnonzero((solved + DAY < stop) & (random.random(len(solved)) < 0.4 + 0.6 * sampled))
    contact_parts.append(service.contact[closed])
    ticket_parts.append(closed)
    sent_parts.append(solved[closed] + random.integers(2 * HOUR, 24 * HOUR, len(closed)))
    contact, ticket, sent = map(np.concatenate, (contact_parts, ticket_parts, sent_parts))

    order = np.argsort(sent, kind="stable")
    contact, ticket, sent = contact[order], ticket[order], sent[order]
    last: dict[int, int] = {}
    may = np.ones(len(sent), dtype=bool)
    for number, who in enumerate(contact):
        if sent[number] - last.get(who, -(10**18)) < 30 * DAY:
            may[number] = False
        else:
            last[who] = sent[number]
    skipped = {"contact": contact[~may], "ticket": ticket[~may], "at": sent[~may]}
    contact, ticket, sent = contact[may], ticket[may], sent[may]
    return Asked(
        contact, ticket, np.where(ticket >= 0, ticket, _last_solved(contact, sent, service, solved)), sent
    ), skipped


def _last_solved(contact: np.ndarray, sent: np.ndarray, service: Service, solved: np.ndarray) -> np.ndarray:
    """For each ask, the contact's ticket resolved last within the look-back, else -1."""
    by_contact: dict[int, list[int]] = {}
    for ticket in np.argsort(solved, kind="stable"):
        by_contact.setdefault(int(service.contact[ticket]), []).append(int(ticket))
    found = np.full(len(contact), -1)
    for number, who in enumerate(contact):
        for ticket in reversed(by_contact.get(int(who), ())):
            if solved[ticket] <= sent[number]:
                if sent[number] - solved[ticket] <= (LOOK_BACK_DAYS - 3) * DAY:
                    found[number] = ticket
                break
    return found
