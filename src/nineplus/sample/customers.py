"""Who the sample company's customers are: accounts that come and go, and the people in them, with their moods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nineplus.sample import names, truth
from nineplus.sample.comments import BY_REGION, LANGUAGES
from nineplus.sample.service import look_up

PLANS = tuple(truth.PLAN)
_REGIONS = tuple(BY_REGION)
_ROLES = ("Administrator", "User", "Executive")


@dataclass(frozen=True)
class People:
    plan: np.ndarray
    region: np.ndarray
    industry: np.ndarray
    account_mood: np.ndarray
    from_day: np.ndarray  # days since the start at which the account becomes a customer
    to_day: np.ndarray
    account_of: np.ndarray
    contact_mood: np.ndarray
    role: np.ndarray
    language: np.ndarray


def win(accounts: int, contacts: int, days: int, random: np.random.Generator) -> People:
    """That many accounts with that many people in them, over so many days."""
    plan = random.choice(PLANS, accounts, p=(0.45, 0.35, 0.20))
    region = random.choice(_REGIONS, accounts, p=(0.42, 0.40, 0.18))
    mood = truth.BETWEEN_ACCOUNTS * random.standard_normal(accounts)
    size = look_up({"Starter": 1.0, "Growth": 2.2, "Enterprise": 5.0}, plan) * random.gamma(4.0, 0.25, accounts)
    account_of = np.sort(random.choice(accounts, contacts, p=size / size.sum()))
    joined = np.where(random.random(accounts) < 0.75, 0, random.integers(0, days - 120, accounts))
    leaves = random.random(accounts) < 0.55 / (1 + np.exp(2.2 * mood))
    gone = np.where(leaves, np.minimum(joined + 365 * random.integers(1, 3, accounts), days), days)
    languages = np.array([random.choice(LANGUAGES, p=BY_REGION[region[a]]) for a in account_of])
    return People(
        plan=plan,
        region=region,
        industry=random.choice(names.INDUSTRIES, accounts),
        account_mood=mood,
        from_day=joined,
        to_day=gone,
        account_of=account_of,
        contact_mood=truth.BETWEEN_CONTACTS * random.standard_normal(contacts),
        role=random.choice(_ROLES, contacts, p=(0.25, 0.60, 0.15)),
        language=languages,
    )
