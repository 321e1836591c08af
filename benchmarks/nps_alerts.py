"""How many years bring a false alert of NPS, and how soon is a real fall told? By simulation.

    python benchmarks/nps_alerts.py --years 1000

Years in which nothing changes, and falls between two periods, are drawn from customers who answer several times and
alike (a share `likeness` of what differs between answers lies between accounts, and an account keeps its own mind from
period to period). Each period is tested as the alert tests it: accounts clustered, what accounts on both sides have in
common taken out, the whole and its segments, `rules.looks`.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nineplus.rules import looks
from nineplus.stats.clusters import Moments, icc_of, worth
from nineplus.stats.compare import Sides, account_covariance, correlation, differences
from nineplus.stats.nps import wilson
from table import write

Array = NDArray[np.float64]
MIX = (0.15, 0.30, 0.55)
"""Detractors, passives, promoters where nothing is said otherwise: NPS 40."""
ENOUGH = 10.0
"""Effective answers below which a period is merged with others, and nothing is told of it."""
ALONE = 0.8
"""Where everybody answers once a period at most: the share of customers who do."""
PORTION = 50
"""Years that are drawn at a time."""


@dataclass(frozen=True, slots=True)
class Company:
    """Answers a period, segments, answers of one account a period on average (1: everybody alone), and how alike."""

    window: str
    answers: int
    segments: int = 1
    each: float = 1.0
    likeness: float = 0.0

    @property
    def accounts(self) -> int:
        return max(round(self.answers / (self.each if self.each > 1 else ALONE)), 2)

    def minds(self, rng: np.random.Generator) -> Array:
        """What each account tends to say: shares of detractors, passives, promoters. (accounts, 3)"""
        if not self.likeness:
            return np.tile(MIX, (self.accounts, 1))
        return rng.dirichlet(np.array(MIX) * (1 / self.likeness - 1), size=self.accounts)


def years(company: Company, rng: np.random.Generator, *, count: int, periods: int, fall: float = 0.0) -> Array:
    """p of each look of so many years, of the whole and its segments: (count, looks, 1 + segments). NaN: too few.

    `fall`: NPS points by which everybody's mind is worse in the last period.
    """
    said = np.stack([_said(company, rng, periods=periods, fall=fall) for _ in range(count)])
    found = [_chances(said)]
    if company.segments > 1:
        segment = np.arange(company.accounts) % company.segments
        found += [_chances(said[:, :, segment == one]) for one in range(company.segments)]
    return np.stack(found, axis=2)


def _said(company: Company, rng: np.random.Generator, *, periods: int, fall: float) -> Array:
    """Detractors, passives, promoters of each account in each period: (periods, accounts, 3)."""
    minds = company.minds(rng)
    if company.each > 1:
        counts = rng.poisson(company.each, size=(periods, company.accounts))
    else:  # four in five customers answer in a period, once
        counts = (rng.random((periods, company.accounts)) < ALONE).astype(int)
    said = rng.multinomial(counts, np.broadcast_to(minds, (periods, *minds.shape))).astype(float)
    if fall:
        said[-1] = rng.multinomial(counts[-1], _worse(minds, fall))
    return said


def _worse(minds: Array, points: float) -> Array:
    """Promoters who become passives and passives who become detractors, so that NPS falls by so many points."""
    share = points / 100 / (minds[:, 2].mean() + minds[:, 1].mean())
    left = minds * np.array([0.0, share, share])
    return minds - left + np.roll(left, -1, axis=1)


def _chances(said: Array) -> Array:
    """p of each period against the one before. `said` is (years, periods, accounts, 3)."""
    W, Z = said.sum(axis=-1), said[..., 2] - said[..., 0]
    now, then = np.s_[:, 1:], np.s_[:, :-1]
    with np.errstate(all="ignore"):
        found = worth(_moments(W, Z, said), icc=_likeness(said)[:, None])
        e, n = found.p - found.d, W.sum(axis=-1)
        shared = account_covariance(
            G=((W[now] > 0) & (W[then] > 0)).sum(axis=-1),
            SW_first=n[now],
            SW_second=n[then],
            e_first=e[now],
            e_second=e[then],
            SWW=(W[now] * W[then]).sum(axis=-1),
            SWZ=(W[now] * Z[then]).sum(axis=-1),
            SZW=(Z[now] * W[then]).sum(axis=-1),
            SZZ=(Z[now] * Z[then]).sum(axis=-1),
        )
        r = correlation(covariance=shared, variance_first=found.variance[now], variance_second=found.variance[then])
        sides = [
            Sides(**{name: getattr(found, name)[part].ravel() for name in ("p", "d", "n_eff", "df")})
            for part in (now, then)
        ]
        p = differences(*sides, correlation=r.ravel()).p.reshape(r.shape)
    return np.where((found.n_eff[now] >= ENOUGH) & (found.n_eff[then] >= ENOUGH), p, np.nan)


def _moments(W: Array, Z: Array, said: Array) -> Moments:
    return Moments(
        n=W.sum(axis=-1),
        G=(W > 0).sum(axis=-1).astype(float),
        SW=W.sum(axis=-1),
        SW2=(W * W).sum(axis=-1),
        SZ=Z.sum(axis=-1),
        SWZ=(W * Z).sum(axis=-1),
        SZ2=(Z * Z).sum(axis=-1),
        promoters=said[..., 2].sum(axis=-1),
        detractors=said[..., 0].sum(axis=-1),
    )


def _likeness(said: Array) -> Array:
    """How alike answers of one account are, over all periods of each year, as the analysis finds it."""
    whole = said.sum(axis=1)
    moments = _moments(whole.sum(axis=-1), whole[..., 2] - whole[..., 0], whole)
    return np.array([icc_of(moments[one : one + 1]) for one in range(len(moments))])


def _told(p: Array, window: str) -> list[list[bool]]:
    """What is told at each look: tests that could not be done are not among them."""
    return [looks.told([float(one) for one in look if not np.isnan(one)], window=window) for look in p]


def false_alerts(company: Company, *, count: int, seed: int) -> tuple[int, int]:
    """In how many of these years anything was told though nothing changed; and with each look held to 5 %."""
    rng = np.random.default_rng(seed)
    told = each = 0
    for some in _portions(count):
        for p in years(company, rng, count=some, periods=looks.A_YEAR[company.window] + 1):
            told += any(any(look) for look in _told(p, company.window))
            each += bool(np.nanmin(p, initial=1.0) < 0.05)
    return told, each


def power(company: Company, *, fall: float, falls: int, seed: int) -> int:
    """Of how many such falls of the whole the first look tells something."""
    rng = np.random.default_rng(seed)
    found = (years(company, rng, count=some, periods=2, fall=fall) for some in _portions(falls))
    return sum(any(_told(p, company.window)[-1]) for some in found for p in some)


def _portions(count: int) -> Iterator[int]:
    for begin in range(0, count, PORTION):
        yield min(PORTION, count - begin)


def quiet() -> Iterator[Company]:
    yield from (Company("week", 60), Company("week", 200, segments=4), Company("week", 200, 4, 3.0, 0.3))
    yield from (Company("month", 100), Company("month", 250, 6), Company("month", 1_000, 12, 3.0, 0.3))
    yield from (
        Company("quarter", 100, 1, 2.0, 0.5),
        Company("quarter", 300, 6),
        Company("quarter", 1_000, 12, 5.0, 0.3),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=1_000, help="Years in which nothing changes, of each company.")
    parser.add_argument("--falls", type=int, default=1_000, help="Falls of each size.")
    chosen = parser.parse_args()
    command = f"python benchmarks/nps_alerts.py --years {chosen.years} --falls {chosen.falls}"
    rows = []
    for seed, company in enumerate(quiet()):
        told, each = false_alerts(company, count=chosen.years, seed=seed)
        rows.append([*_described(company), _share(told, chosen.years), _share(each, chosen.years)])
    write(
        "nps-alerts-false",
        title="Years in which nothing changes and NPS is alerted all the same",
        head=["compared by", "answers a period", "segments", "of one account", "any alert", "if each look had its 5 %"],
        rows=rows,
        command=command,
        note="95 % intervals. Aimed at: 10 % at most. “Of one account”: answers a period, and how alike they are.",
    )
    rows = []
    for window, answers in itertools.product(looks.A_YEAR, (100, 400, 1_600)):
        for company in (Company(window, answers), replace(Company(window, answers, 1, 3.0, 0.3))):
            shares = [power(company, fall=fall, falls=chosen.falls, seed=int(fall)) for fall in (5, 10, 20, 30)]
            rows.append([*_described(company)[:2], _described(company)[3], *(_share(n, chosen.falls) for n in shares)])
    write(
        "nps-alerts-power",
        title="Falls of NPS that are told at the first look",
        head=["compared by", "answers a period", "of one account", *(f"{fall} points" for fall in (5, 10, 20, 30))],
        rows=rows,
        command=command,
        note="From NPS 40, everybody at once, from one period to the next; no segments. 95 % intervals.",
    )


def _described(company: Company) -> list[str]:
    alike = "one" if company.each == 1 else f"{company.each:g}, {company.likeness:g}"
    return [company.window, f"{company.answers:,}", str(company.segments), alike]


def _share(found: int, of: int) -> str:
    low, high = (100 * end for end in wilson(found, of)[-2:])
    return f"{100 * found / of:.1f} % ({low:.1f} to {high:.1f})"


if __name__ == "__main__":
    main()
