"""What the sample company's customers pay: monthly recurring revenue and how it moved."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from nineplus.sample.service import HOUR

DAY = 24 * HOUR
MRR = {"Starter": 300_00, "Growth": 1_400_00, "Enterprise": 7_500_00}  # minor units a month
LIFT = 1.1
"""How much more likely, in log odds per unit of the account's mood, an account is to grow than to shrink."""


def money(
    *,
    account_id: np.ndarray,
    plan: np.ndarray,
    region: np.ndarray,
    mood: np.ndarray,
    from_day: np.ndarray,
    to_day: np.ndarray,
    zero: int,
    stop: int,
    random: np.random.Generator,
) -> dict[str, list]:
    """Columns of the canonical `movements`. One subscription an account, renewed yearly, churned on its last day.

    Accounts that were customers before the period enter it with a `new` movement on its first day.
    """
    days = int((stop - zero) // DAY)
    rows: list[tuple[str, str, int, str, int, str]] = []
    for number, account in enumerate(account_id):
        currency = "EUR" if region[number] == "Europe" else "USD"
        revenue = int(MRR[plan[number]] * np.exp(0.4 * random.standard_normal()))
        subscription = f"S-{account[2:]}"
        rows.append((account, subscription, int(from_day[number]), "new", revenue, currency))
        grows = 1 / (1 + np.exp(-LIFT * mood[number] - 0.4))
        for day in range(int(from_day[number]) + 30, int(to_day[number]), 30):
            if _renews(number, day, from_day, to_day, days):
                rows.append((account, subscription, day, "renewal", revenue, currency))
            if (day - from_day[number]) % 360 != 0 and random.random() < 0.04:
                step = int(revenue * random.uniform(0.05, 0.25))
                kind, change = ("expansion", step) if random.random() < grows else ("contraction", -step)
                revenue += change
                rows.append((account, subscription, day, kind, change, currency))
        if to_day[number] < days:
            rows.append((account, subscription, int(to_day[number]), "churn", -revenue, currency))
    return {
        "movement": [f"M-{number:06d}" for number in range(1, len(rows) + 1)],
        "account": [row[0] for row in rows],
        "subscription": [row[1] for row in rows],
        "at": [zero + row[2] * DAY + 8 * HOUR for row in rows],
        "kind": [row[3] for row in rows],
        "amount_minor": [row[4] for row in rows],
        "currency": [row[5] for row in rows],
    }


def account_ids(count: int) -> list[str]:
    """The ids of that many accounts, as the canonical tables have them."""
    return [f"A-{number:04d}" for number in range(1, count + 1)]


def renewals(
    *, account_id: list[str], from_day: np.ndarray, to_day: np.ndarray, zero: int, stop: int
) -> dict[str, datetime]:
    """When each subscription that goes on renews next: within the year after `stop`, some of them soon."""
    days = int((stop - zero) // DAY)
    found = {}
    for number, account in enumerate(account_id):
        if to_day[number] < days:
            continue
        first = int(from_day[number]) + 30 * _phase(number, from_day, to_day, days)
        due = first + 360 * -((first - days) // 360) + (number * 11) % 30
        at = zero + due * DAY + 8 * HOUR
        found[f"S-{account[2:]}"] = datetime.fromtimestamp(at / 1_000_000, UTC)
    return found


def _renews(number: int, day: int, from_day: np.ndarray, to_day: np.ndarray, days: int) -> bool:
    since = day - int(from_day[number]) - 30 * _phase(number, from_day, to_day, days)
    return since >= 0 and since % 360 == 0


def _phase(number: int, from_day: np.ndarray, to_day: np.ndarray, days: int) -> int:
    """In which twelfth of a contract's year the 24 months began; who came within them, or left, began with them."""
    return 0 if from_day[number] > 0 or to_day[number] < days else (number * 7) % 12
