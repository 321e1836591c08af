"""NPS and its interval. Counts in, NPS points out; nothing here knows where the counts came from.

An answer is -1 (detractor), 0 (passive) or +1 (promoter). p and d are the shares of promoters and
detractors, e = p - d, and NPS = 100 e. Counts may be fractional (weights, effective counts).
"""

from __future__ import annotations

from math import ceil
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nineplus.model import BadFilter, Estimate, Interval
from nineplus.stats.quantiles import reach
from nineplus.stats.scale import POINTS, NoAnswers

Array = npt.NDArray[np.float64]

METHODS = ("score", "adjusted_wald", "wald", "bonett_price")
STEPS = 60
"""Halvings of -1..1: the last is below the precision of a double."""
UNKNOWN_VARIANCE = 0.75
"""p + d - e² to plan with when there is no history (methods §1)."""


class NpsArrays(NamedTuple):
    """Many NPS at once; one element per group, NaN where there are no answers. Points."""

    value: Array
    low: Array
    high: Array
    n: Array
    n_eff: Array

    def estimate(self, index: int, *, confidence: float, method: str) -> Estimate:
        """One of them as an Estimate."""
        value, low, high, n, n_eff = (float(part[index]) for part in self)
        if np.isnan(value):
            return Estimate(None, None, None, n=n, n_eff=n_eff, confidence=confidence, method=method)
        return Estimate(value, low, high, n=n, n_eff=n_eff, confidence=confidence, method=method)

    def estimates(self, *, confidence: float, method: str) -> list[Estimate]:
        """All of them, thousands without waiting."""
        return [
            Estimate(None, None, None, n, n_eff, confidence, method)
            if value != value  # NaN
            else Estimate(value, low, high, n, n_eff, confidence, method)
            for value, low, high, n, n_eff in zip(*(part.tolist() for part in self), strict=True)
        ]


def nps(
    *,
    detractors: float,
    passives: float,
    promoters: float,
    confidence: float = 0.95,
    method: str = "score",
    n_eff: float | None = None,
    df: float | None = None,
) -> Estimate:
    """What is the NPS of these answers, and how far may the true NPS lie from it?

    NPS = 100 (promoters - detractors) / n. Every answer is +1, 0 or -1, so NPS is a paired
    difference of proportions and Tango's score interval applies: the two t at which the observed
    difference stands z standard errors from t, the errors taken under t. It stays within
    -100..100 and keeps its width when all agree.

    Counts are answers, or sums of weights (>= 0, may be fractional). `n_eff` is what the answers are
    worth after clustering and weighting (default n); `df` asks for Student's t in place of z.
    `method`: `score` (Tango; default), `adjusted_wald` (3 answers added: 3/4, 3/2, 3/4),
    `wald` (textbook), `bonett_price` (one answer added to each end); these three are reproduced as
    published and may leave -100..100.
    Returns an Estimate in NPS points; with n = 0 value, low and high are None.
    Raises ValueError for negative counts, a confidence outside 0..1 or an unknown method.
    Source: Tango 1998; Bonett and Price 2012; Rocks 2016.
    Check: promoters 1, passives 13, detractors 7 gives -51.72 to -2.60.
    """
    many = nps_many(
        detractors=np.array([detractors]),
        passives=np.array([passives]),
        promoters=np.array([promoters]),
        confidence=confidence,
        method=method,
        n_eff=None if n_eff is None else np.array([n_eff]),
        df=None if df is None else np.array([df]),
    )
    return many.estimate(0, confidence=confidence, method=method)


def nps_many(
    *,
    detractors: Any,
    passives: Any,
    promoters: Any,
    confidence: float = 0.95,
    method: str = "score",
    n_eff: Any = None,
    df: Any = None,
) -> NpsArrays:
    """`nps` for many groups at once: arrays of one shape in, arrays of that shape out (NaN: no answers)."""
    _known(method)
    z = reach(confidence, df)
    detractor, passive, promoter = (np.asarray(part, dtype=float) for part in (detractors, passives, promoters))
    if not all((part >= 0).all() for part in (detractor, passive, promoter)):
        raise ValueError("Counts are never negative and never missing.")
    n = detractor + passive + promoter
    worth = n if n_eff is None else np.where(n > 0, np.asarray(n_eff, dtype=float), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        p, d = promoter / n, detractor / n
    low, high = _interval(p, d, worth, z, method)
    return NpsArrays(POINTS * (p - d), POINTS * low, POINTS * high, n, worth)


def _known(method: str) -> None:
    if method not in METHODS:
        raise BadFilter(f"There is no interval method {method!r}. There are: {', '.join(METHODS)}.")


def _interval(p: Array, d: Array, n: Array, z: Any, method: str) -> tuple[Array, Array]:
    """Both ends on the scale -1..1, NaN where p is."""
    if method == "score":
        return score_limits(p * n, d * n, n, z)
    added, shared = {"wald": (0.0, 0.0), "adjusted_wald": (3.0, 0.75), "bonett_price": (2.0, 1.0)}[method]
    with np.errstate(invalid="ignore", divide="ignore"):
        p, d, n = (p * n + shared) / (n + added), (d * n + shared) / (n + added), n + added
        half = z * np.sqrt(np.maximum(p + d - (p - d) ** 2, 0.0) / n)
    return p - d - half, p - d + half


def score_limits(promoters: Array, detractors: Array, n: Array, z: Any) -> tuple[Array, Array]:
    """Tango's interval on the scale -1..1, by bisection; arrays of one shape, z scalar or array.

    Solves (P-D-nt) / sqrt(n (2q + t(1-t))) = ±z with q = (sqrt(B²-4AC)-B) / 2A, A = 2n,
    B = -P-D + (2n-P+D) t, C = -D t (1-t). The upper end is minus the lower end of the mirror image.
    """
    P = np.stack([promoters, detractors])
    D = np.stack([detractors, promoters])
    low, mirrored = lower_limit(P, D, np.stack([n, n]), np.broadcast_to(z, np.shape(n)))
    return low, -mirrored


def lower_limit(P: Array, D: Array, n: Array, z: Array, *, steps: int = STEPS) -> Array:
    """The lower end of `score_limits` alone, on the scale -1..1; `steps` halvings of the interval -1..e."""
    with np.errstate(invalid="ignore", divide="ignore"):
        below = np.full(P.shape, -1.0)
        above = np.clip((P - D) / n, -1.0, 1.0)
        missing = np.isnan(above)
        A, B0, B1, variance = 2 * n, -P - D, 2 * n - P + D, z * z * n
        gap, eightn = P - D, 8 * n
        for _ in range(steps):
            t = 0.5 * (below + above)
            B = B0 + B1 * t
            room = t * (1 - t)
            q = (np.sqrt(np.maximum(B * B + eightn * D * room, 0.0)) - B) / (2 * A)
            distance = gap - n * t
            too_low = distance * distance > variance * np.maximum(2 * q + room, 0.0)
            below = np.where(too_low, t, below)
            above = np.where(too_low, above, t)
    return np.where(missing, np.nan, 0.5 * (below + above))


def wilson(successes: float, n: float, *, confidence: float = 0.95, df: float | None = None) -> Interval:
    """How far may a true share lie from `successes` of `n`?

    Wilson's score interval, both ends in 0..1; `df` asks for Student's t in place of z. Raises NoAnswers
    when n is 0, ValueError when successes are outside 0..n.
    Source: Wilson 1927. Check: 81 of 263 gives 0.2553 to 0.3662.
    """
    if n <= 0:
        raise NoAnswers("A share of nothing is not available.")
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no share.")
    z = float(reach(confidence, df))
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    return Interval(max(0.0, float(centre - half)), min(1.0, float(centre + half)))


class Plan(NamedTuple):
    """What to send and to expect: whole responses, whole invitations."""

    responses: int
    invitations: int


def plan(
    *,
    margin: float,
    promoters: float | None = None,
    detractors: float | None = None,
    deff: float = 1.0,
    response_rate: float = 1.0,
    confidence: float = 0.95,
) -> Plan:
    """How many answers does an interval of ± `margin` NPS points need, and how many invitations?

    Starts at n = deff z² V / m² (V = p + d - e² from the shares given, else 0.75 around NPS 0) and moves
    n until half the width of the score interval just fits. `promoters` and `detractors` are shares 0..1.
    Raises ValueError when margin, deff or response_rate cannot be. Source: methods §1.
    """
    if not 0 < margin <= POINTS or deff < 1 or not 0 < response_rate <= 1:
        raise ValueError("Margin is within 0..100 points, deff at least 1, the response rate within 0..1.")
    p = UNKNOWN_VARIANCE / 2 if promoters is None else promoters
    d = UNKNOWN_VARIANCE / 2 if detractors is None else detractors
    if min(p, d) < 0 or p + d > 1:
        raise ValueError("Shares of promoters and detractors are within 0..1 and add to at most 1.")
    z = reach(confidence)

    def fits(n: int) -> bool:
        low, high = score_limits(*(np.array([part]) for part in (p * n, d * n, float(n))), z)
        return bool(POINTS * (high[0] - low[0]) / 2 <= margin)

    most = max(1, ceil(z * z * UNKNOWN_VARIANCE * (POINTS / margin) ** 2))
    while not fits(most):
        most *= 2
    least = 0
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if fits(middle) else (middle, most)
    responses = ceil(most * deff)
    return Plan(responses, ceil(responses / response_rate))
