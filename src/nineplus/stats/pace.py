"""At the present pace, when will there be enough? Counts over a stretch of time in, waiting times out."""

from __future__ import annotations

from typing import NamedTuple

from nineplus.stats.shares import Share


class Wait(NamedTuple):
    """How long until the wanted number is reached, in the unit of `exposure`. `high` None: it may never be."""

    median: float
    low: float
    high: float | None


def waiting_time(*, counted: float, exposure: float, missing: float, confidence: float = 0.95) -> Wait:
    """How long until `missing` more events, after `counted` in `exposure`, if they go on coming as they did?

    Events come at a constant unknown rate, Poisson; with Jeffreys' prior the rate is Gamma(counted + 1/2, exposure), so
    the time to the next m-th event is exposure times a beta prime(m, counted + 1/2). The interval is that of the time
    itself, not of its mean. `high` is None with nothing counted. Raises ValueError for an exposure or missing of 0.
    Source: Aitchison and Dunsmore 1975, prediction analysis, gamma case.
    """
    from scipy.special import betaincinv

    if exposure <= 0 or missing <= 0:
        raise ValueError("A waiting time needs some exposure and something missing.")
    tail = (1 - confidence) / 2
    shares = [float(betaincinv(missing, counted + 0.5, share)) for share in (0.5, tail, 1 - tail)]
    median, low, high = (exposure * share / (1 - share) if share < 1 else float("inf") for share in shares)
    return Wait(median, low, high if counted > 0 and high < float("inf") else None)


class Gap(NamedTuple):
    """A difference of two shares, first minus second, -1..1; ends None where a share has none."""

    value: float
    low: float | None
    high: float | None


def share_difference(first: Share, second: Share) -> Gap:
    """By how much does the first share exceed the second, and how far may that be off? The shares' own confidence.

    Newcombe's hybrid of the two intervals: D - sqrt((p1-l1)² + (u2-p2)²) to D + sqrt((u1-p1)² + (p2-l2)²). The two
    must share no account. Source: Newcombe 1998, method 10; Zou and Donner 2008.
    """
    value = first.value - second.value
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return Gap(value, None, None)
    down = ((first.value - first.low) ** 2 + (second.high - second.value) ** 2) ** 0.5
    up = ((first.high - first.value) ** 2 + (second.value - second.low) ** 2) ** 0.5
    return Gap(value, value - down, value + up)


def ratio_mismatch(*, counts: list[int], shares: list[float]) -> float:
    """Could these counts have come from drawing by these shares? The p-value of Pearson's chi-square test.

    A tiny one means that the arms were not filled as they were meant to be, and nothing they show can be trusted.
    1 with fewer than two arms or nobody counted. Source: Fabijan et al. 2019, sample ratio mismatch.
    """
    from scipy.special import chdtrc

    n, total = sum(counts), sum(shares)
    if len(counts) < 2 or n == 0 or total <= 0:
        return 1.0
    expected = [n * share / total for share in shares]
    if any(count and not due for count, due in zip(counts, expected, strict=True)):
        return 0.0
    square = sum((count - due) ** 2 / due for count, due in zip(counts, expected, strict=True) if due)
    return float(chdtrc(sum(due > 0 for due in expected) - 1, square))
