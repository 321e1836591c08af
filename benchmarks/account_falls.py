"""How often is an account told to have fallen where nothing changed, and how often where it did? By simulation.

    python benchmarks/account_falls.py --years 1000

Everybody at an account has a level of their own and gives scores around it; each lower answer is looked at as the alert
does (`rules.falls`), with what is to be expected learned from 5,000 others of the same kind. What was told of is left
out of the next test.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np

from nineplus.rules import falls
from nineplus.stats.nps import wilson
from table import write

LATELY = 90.0
AROUND = 1.8
"""Standard deviation of scores around their giver's own level: much the same, or two points beside it."""
FALL_AT = 180.0


def level(rng: np.random.Generator) -> float:
    return float(np.clip(rng.normal(8, 1.4), 1, 10))


def score(mine: float, rng: np.random.Generator) -> int:
    return int(np.clip(np.rint(rng.normal(mine, AROUND)), 0, 10))


def learned(rng: np.random.Generator) -> falls.Expected:
    pairs = Counter((score(mine, rng), score(mine, rng)) for mine in (level(rng) for _ in range(5_000)))
    return falls.Expected.of([(former, now, n) for (former, now), n in pairs.items()])


def told(people: int, days: float, expected: falls.Expected, rng: np.random.Generator, *, fall: float = 0.0) -> bool:
    """Is anything told of the account within a year? Everybody answers every so many days, more or less.

    `fall`: points by which everybody's level sinks in the middle of the year; then only what comes after counts.
    """
    came: list[tuple[float, int, int]] = []
    for person in range(people):
        mine, at = level(rng), rng.uniform(-3, -2) * days
        while at < 365:
            came.append((at, person, score(mine - fall * (at > FALL_AT), rng)))
            at += days * rng.uniform(0.7, 1.3)
    given: dict[int, list[tuple[float, int]]] = {}
    since = -np.inf
    found = False
    for at, person, now in sorted(came):
        mine_now = given.setdefault(person, [])
        mine_now.insert(0, (at, now))
        del mine_now[2:]
        if at < 0 or len(mine_now) < 2 or now >= mine_now[1][1]:
            continue
        pairs = [
            (one[1][1], one[0][1]) for one in given.values() if len(one) > 1 and one[0][0] > max(at - LATELY, since)
        ]
        if falls.account_fell(pairs, expected, points=2.0):
            since = at
            found = found or not fall or at > FALL_AT
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=1_000, help="Years of an account, of each kind.")
    chosen = parser.parse_args()
    rng = np.random.default_rng(20261123)
    expected, rows = learned(rng), []
    for people, days in ((3, 90), (4, 90), (6, 90), (15, 90), (6, 30), (15, 30)):
        shares = [
            sum(told(people, days, expected, rng, fall=fall) for _ in range(chosen.years)) for fall in (0.0, 2.0, 4.0)
        ]
        rows.append([str(people), str(days), *(_share(found, chosen.years) for found in shares)])
    write(
        "account-falls",
        title="Accounts that are told to have fallen within a year",
        head=["people", "days between answers", "nothing changed", "all 2 points lower", "all 4 points lower"],
        rows=rows,
        command=f"python benchmarks/account_falls.py --years {chosen.years}",
        note=f"{falls.UNLIKELY:g} standard errors and two points below what was to be expected, looked at with every "
        "lower answer; falls in the middle of the year. 95 % intervals.",
    )


def _share(found: int, of: int) -> str:
    low, high = (100 * end for end in wilson(found, of)[-2:])
    return f"{100 * found / of:.1f} % ({low:.1f} to {high:.1f})"


if __name__ == "__main__":
    main()
