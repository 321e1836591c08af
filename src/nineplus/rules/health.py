"""How is a customer? Signs that anybody can check, each with its reason; no forecast.

Every sign has a weight: what speaks for leaving counts up, what speaks against it counts down. Nothing here was fitted:
the weights say what a customer-success team looks at first, and the page says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import sqrt

AT_RISK, WATCH = 3, 1
LATELY, RENEWS_SOON, LONG_OPEN = timedelta(days=90), timedelta(days=90), timedelta(days=14)
_FEWEST = 3
_SURE = 1.96
_LEAST = 1.0
"""The least variance of scores that is believed, in square points."""


class Level(StrEnum):
    """From three points on an account is at risk, from one on it is to be watched."""

    AT_RISK = "at_risk"
    WATCH = "watch"
    WELL = "well"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Scores:
    """Answers of one half year: how many, their sum, the sum of their squares."""

    n: int = 0
    total: float = 0
    squares: float = 0

    @property
    def mean(self) -> float:
        return self.total / self.n

    @property
    def error(self) -> float:
        """Standard error of the mean, squared. Three alike do not show that nobody there ever gives another score."""
        return max(_LEAST, (self.squares - self.n * self.mean**2) / (self.n - 1)) / self.n


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one account at `now`. Lately: 90 days; the halves are of 180 days each."""

    answers_year: int = 0
    unhappy: int = 0
    happy: int = 0
    answers_lately: int = 0
    half: Scores = Scores()
    half_before: Scores = Scores()
    asked_year: int = 0
    pays: bool = False
    renews_at: datetime | None = None
    open_tickets: int = 0
    oldest_ticket: datetime | None = None
    troubled_tickets: int = 0
    shrank: bool = False
    open_cases: int = 0
    overdue_cases: int = 0


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that speaks for or against: `kind` is score, trend, silence, tickets, money or cases."""

    kind: str
    weight: int
    says: str


@dataclass(frozen=True, slots=True)
class Health:
    """The level with the signs it is made of, the heaviest first."""

    level: Level
    points: int
    signs: tuple[Sign, ...]


def health(facts: Facts, *, now: datetime) -> Health:
    """How this customer is, and why."""
    signs = [*_score(facts), *_trend(facts), *_silence(facts), *_tickets(facts, now), *_money(facts), *_cases(facts)]
    points = sum(sign.weight for sign in signs)
    soon = facts.renews_at is not None and now <= facts.renews_at <= now + RENEWS_SOON
    if points > 0 and soon and facts.renews_at is not None:
        signs.append(Sign("money", 1, f"It renews within {(facts.renews_at - now).days + 1} days."))
        points += 1
    points = max(0, points)
    if points >= AT_RISK:
        level = Level.AT_RISK
    elif points >= WATCH:
        level = Level.WATCH
    else:
        level = Level.WELL if facts.answers_year else Level.UNKNOWN
    return Health(level, points, tuple(sorted(signs, key=lambda sign: -sign.weight)))


def _score(facts: Facts) -> Sequence[Sign]:
    if facts.unhappy and facts.unhappy >= facts.happy:
        said = f"{_of(facts.unhappy, facts.answers_lately)} 0 to 6."
        most = not facts.happy and 2 * facts.unhappy >= facts.answers_lately
        return [Sign("score", 3 if most else 1, said)]
    if facts.happy and not facts.unhappy:
        return [Sign("score", -1, f"{_of(facts.happy, facts.answers_lately)} 9 or 10, none 0 to 6.")]
    return []


def _trend(facts: Facts) -> Sequence[Sign]:
    now, before = facts.half, facts.half_before
    if min(now.n, before.n) < _FEWEST or now.mean >= before.mean:
        return []
    if before.mean - now.mean <= _SURE * sqrt(now.error + before.error):
        return []  # as likely chance
    fell = (
        f"The mean score fell from {before.mean:.1f} ({before.n} answers) to {now.mean:.1f} ({now.n}) in half a year."
    )
    return [Sign("trend", 1, fell)]


def _silence(facts: Facts) -> Sequence[Sign]:
    if facts.answers_year or not facts.pays or not facts.asked_year:
        return []
    times = "once" if facts.asked_year == 1 else f"{facts.asked_year} times"
    return [Sign("silence", 1, f"Asked {times} in a year, and nobody answered.")]


def _tickets(facts: Facts, now: datetime) -> Sequence[Sign]:
    signs = []
    if facts.oldest_ticket is not None and now - facts.oldest_ticket > LONG_OPEN:
        signs.append(Sign("tickets", 1, f"A ticket has been open for {(now - facts.oldest_ticket).days} days."))
    if n := facts.troubled_tickets:
        said = "One ticket was" if n == 1 else f"{n} tickets were"
        signs.append(Sign("tickets", 1, f"{said} escalated or reopened in the last 90 days."))
    return signs


def _money(facts: Facts) -> Sequence[Sign]:
    return [Sign("money", 1, "It pays less than half a year ago.")] if facts.shrank else []


def _cases(facts: Facts) -> Sequence[Sign]:
    if n := facts.overdue_cases:
        return [Sign("cases", 2, "A follow-up is overdue." if n == 1 else f"{n} follow-ups are overdue.")]
    if n := facts.open_cases:
        return [Sign("cases", 1, "A follow-up is open." if n == 1 else f"{n} follow-ups are open.")]
    return []


def _of(some: int, all_of_them: int) -> str:
    if all_of_them == 1:
        return "The only answer of the last 90 days is"
    return f"{some} of {all_of_them} answers of the last 90 days {'is' if some == 1 else 'are'}"
