"""What the sample company's customers pay: monthly recurring revenue and how it moved."""

from __future__ import annotations

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
    days = (stop - zero) // DAY
    rows: list[tuple[str, str, int, str, int, str]] = []
    for number, account in enumerate(account_id):
        currency = "EUR" if region[number] == "Europe" else "USD"
        revenue = int(MRR[plan[number]] * np.exp(0.4 * random.standard_normal()))
        subscription = f"S-{account[2:]}"
        rows.append((account, subscription, int(from_day[number]), "new", revenue, currency))
        grows = 1 / (1 + np.exp(-LIFT * mood[number] - 0.4))
        for day in range(int(from_day[number]) + 30, int(to_day[number]), 30):
            if (day - from_day[number]) % 360 == 0:
                rows.append((account, subscription, day, "renewal", revenue, currency))
            elif random.random() < 0.04:
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
