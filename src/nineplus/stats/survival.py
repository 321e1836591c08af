"""How long until it happens, when for some it has not happened yet? Counts by time in, a curve out.

Durations are in any unit of the caller's. Those still waiting count for as long as they have waited: leaving them out
would say that everybody is quick who is ever done.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, sqrt

from nineplus.stats.quantiles import reach
from nineplus.stats.scale import NoAnswers


@dataclass(frozen=True, slots=True)
class Survival:
    """The share for whom it has not happened, just after each of the `times`, with its interval. Shares are in 0..1."""

    times: tuple[float, ...]
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: int
    events: int
    longest: float

    @property
    def median(self) -> float | None:
        """When it has happened for half of them; None when that is not known yet."""
        return next((at for at, left in zip(self.times, self.share, strict=True) if left <= 0.5), None)

    @property
    def median_interval(self) -> tuple[float | None, float | None]:
        """Where that time may lie: where the interval of the curve crosses a half (Brookmeyer and Crowley 1982)."""
        first = next((at for at, left in zip(self.times, self.low, strict=True) if left <= 0.5), None)
        last = next((at for at, left in zip(self.times, self.high, strict=True) if left <= 0.5), None)
        return first, last

    def happened_by(self, at: float) -> tuple[float, float, float] | None:
        """For what share it has happened by then, with its interval; None beyond what was seen of anybody."""
        if at > self.longest and not (self.share and self.share[-1] == 0):
            return None
        place = bisect_right(self.times, at) - 1
        if place < 0:
            return 0.0, 0.0, 0.0
        return 1 - self.share[place], 1 - self.high[place], 1 - self.low[place]


def survival(*, events: Mapping[float, int], waiting: Mapping[float, int], confidence: float = 0.95) -> Survival:
    """For what share has it not happened yet, as time goes by?

    `events` counts by duration those to whom it happened, `waiting` those to whom it has not, by how long they have
    waited. Of the same duration, those to whom it happened come first. Kaplan and Meier's estimate; Greenwood's
    variance on the scale log(-log share), which keeps the interval within 0..1. Raises NoAnswers for nobody.
    Source: Kaplan and Meier 1958; Kalbfleisch and Prentice 1980, 1.7. Check: Freireich 1963 as in the test.
    """
    at_risk = n = sum(events.values()) + sum(waiting.values())
    if n <= 0:
        raise NoAnswers("Nobody was followed.")
    z = float(reach(confidence))
    share, spread = 1.0, 0.0
    times, shares, lows, highs = [], [], [], []
    for at in sorted({*events, *waiting}):
        happened = events.get(at, 0)
        if happened:
            share *= 1 - happened / at_risk
            left = at_risk - happened
            spread = spread + happened / (at_risk * left) if left else float("inf")
            low, high = _limits(share, spread, z)
            times.append(at)
            shares.append(share)
            lows.append(low)
            highs.append(high)
        at_risk -= happened + waiting.get(at, 0)
    return Survival(
        tuple(times), tuple(shares), tuple(lows), tuple(highs), n, sum(events.values()), max((*events, *waiting))
    )


def _limits(share: float, spread: float, z: float) -> tuple[float, float]:
    if share <= 0:  # the last of them: nobody is left of whom the interval could speak
        return 0.0, 0.0
    error = z * sqrt(spread) / abs(log(share))
    return exp(log(share) * exp(error)), exp(log(share) * exp(-error))
