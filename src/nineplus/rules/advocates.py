"""Whom do we ask to speak for us? One decision for every programme, and what makes a referral or a reward doubtful."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

REASONS = {
    "never_answered": "They never answered a survey.",
    "cool_off": "They answered only a few days ago.",
    "long_ago": "They last answered longer ago than the programme asks on.",
    "score": "Their last score is below what the programme asks for.",
    "open_case": "A follow-up with them is open.",
    "opted_out": "They want no part in programmes.",
    "already": "They are in this programme already.",
    "limit": "They do as much of this kind this quarter as was settled.",
    "declined": "They declined within the last year.",
    "same_person": "They are in it already, under another name that was joined with theirs.",
    "often": "They were asked for something within the last 90 days.",
    "resting": "They were asked into another programme a short while ago.",
}
"""Why somebody is not asked now, in words."""
AGAIN = frozenset(("reference",))
"""Kinds that somebody may be asked for again once it is done."""
PERIODS = {"month": 1, "quarter": 3, "year": 12}
"""What a budget may be of, each with its months."""
_QUARTER, _YEAR = timedelta(days=90), timedelta(days=365)
_FEW = 5
"""More leads than this within a day are looked at before they count."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a programme asks for. `least_score` None: everybody, whatever they said. Their last answer is between
    `cool_off_days` and `answers_within_days` old; another programme asked them `rest_days` ago or more. `in_quarter`:
    acts of its kind that one person does in a quarter; None: any number.
    """

    least_score: int | None
    cool_off_days: int
    answers_within_days: int
    asks_in_90_days: int
    rest_days: int = 0
    in_quarter: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one person. `asked`: when for anything; `declined`: when in this programme; `here`: open or done
    in it; `elsewhere_at`: when last in another one; `of_kind`: acts of the programme's kind that are open or were done
    this quarter.
    """

    answered_at: datetime | None = None
    score: int | None = None
    open_case: bool = False
    opted_out: bool = False
    here: bool = False
    declined_at: datetime | None = None
    asked: tuple[datetime, ...] = ()
    elsewhere_at: datetime | None = None
    of_kind: int = 0


def against(known: Known, terms: Terms, *, now: datetime) -> str:
    """Why this person is not asked now (a key of REASONS); empty when they are."""
    if known.opted_out:
        return "opted_out"
    if known.here:
        return "already"
    if known.answered_at is None or known.score is None:
        return "never_answered"
    if now - known.answered_at < timedelta(days=terms.cool_off_days):
        return "cool_off"
    if now - known.answered_at > timedelta(days=terms.answers_within_days):
        return "long_ago"
    if terms.least_score is not None and known.score < terms.least_score:
        return "score"
    if known.open_case:
        return "open_case"
    if terms.in_quarter is not None and known.of_kind >= terms.in_quarter:
        return "limit"
    if known.declined_at and now - known.declined_at < _YEAR:
        return "declined"
    if sum(now - at < _QUARTER for at in known.asked) >= terms.asks_in_90_days:
        return "often"
    return "resting" if known.elsewhere_at and now - known.elsewhere_at < timedelta(days=terms.rest_days) else ""


def period(name: str, at: datetime) -> tuple[datetime, datetime]:
    """The calendar month, quarter or year (UTC) that holds `at`: its beginning, and the beginning of the next one."""
    months, day = PERIODS[name], at.astimezone(UTC)
    first = (day.month - 1) // months * months
    begins = datetime(day.year, first + 1, 1, tzinfo=UTC)
    after = first + months
    return begins, datetime(day.year + after // 12, after % 12 + 1, 1, tzinfo=UTC)


_TOLD_BY_SCORE = frozenset(("score", "group", "nps", "nps_score", "nps_group", "last_score", "sentiment"))


def refused_terms(
    *, title: str, by_score: bool, rewarded: bool, least_score: int | None, points: int, asks: str
) -> str:
    """Why a programme may not be held as it is drawn up, in words; empty when it may. `asks`: attributes of its
    audience, apart by spaces. `by_score`, `rewarded`: what its kind allows.
    """
    chosen = least_score is not None or any(name.casefold() in _TOLD_BY_SCORE for name in asks.split())
    if chosen and not by_score:
        return (
            f"{title}: everyone is asked, whatever they said. Review sites forbid choosing whom to ask by how "
            "satisfied they are, and a picked score tells nobody anything. Take the condition on the score out."
        )
    if points and not rewarded:
        return f"{title}: nothing may be given for it. Review sites forbid rewards. Set the points to 0."
    return ""


def refused_lead(*, same_person: bool, same_company: bool, customer: bool, open_deal: bool, known_lead: bool) -> str:
    """Why a referral does not count, in words; empty when it does."""
    if same_person:
        return "It is the address of whoever referred."
    if same_company:
        return "It is somebody at the same company as whoever referred."
    if known_lead:
        return "This address was referred before."
    if customer:
        return "The company is a customer already."
    return "A deal with the company is open already." if open_deal else ""


def lead_doubts(*, free_mail: bool, leads_today: int, seconds: float | None) -> list[str]:
    """What a person should look at before a referral is rewarded."""
    doubts = []
    if free_mail:
        doubts.append("The address is at a public mail provider.")
    if leads_today > _FEW:
        doubts.append(f"{leads_today} referrals came by this link within a day.")
    if seconds is not None and seconds < 3:
        doubts.append("The form was sent within three seconds.")
    return doubts


def reward_doubts(*, refused_leads: int, doubtful_leads: int, days_known: int, first: bool) -> list[str]:
    """What a person should look at before a reward is given; without any it is given at once."""
    doubts = []
    if refused_leads:
        doubts.append(f"{refused_leads} of their referrals did not count.")
    if doubtful_leads:
        doubts.append(f"{doubtful_leads} of their referrals are doubtful.")
    if days_known < 30:
        doubts.append("They have been known for less than 30 days.")
    if first:
        doubts.append("It is their first reward.")
    return doubts


def level(points: int, levels: Collection[tuple[str, int]]) -> str:
    """The highest level that so many points earned in all reach; empty below the first."""
    reached = [(least, name) for name, least in levels if points >= least]
    return max(reached)[1] if reached else ""
