"""A number that is never shown without its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Interval(NamedTuple):
    """Two ends, in the unit of what they surround (NPS points unless said)."""

    low: float
    high: float

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int | float) and self.low <= value <= self.high


@dataclass(frozen=True, slots=True, repr=False)
class Estimate:
    """One estimated quantity in NPS points (unless `unit` says otherwise).

    `value`, `low` and `high` are None when the quantity is not available: the NPS of nothing is not 0.
    `n` counts responses; `n_eff` is what they are worth after clustering and weighting.
    """

    value: float | None
    low: float | None
    high: float | None
    n: float
    n_eff: float
    confidence: float = 0.95
    method: str = "score"
    unit: str = "points"

    @property
    def available(self) -> bool:
        return self.value is not None

    @property
    def interval(self) -> Interval | None:
        if self.low is None or self.high is None:
            return None
        return Interval(self.low, self.high)

    @property
    def excludes_zero(self) -> bool:
        """Does the interval leave out 0? False when there is no interval."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high

    def __str__(self) -> str:
        """One decimal always, and what rounds to nothing without a sign: for prompts and logs.

        Sentences, figures and terminals write as many decimals as `decimals` allows.
        """
        if self.value is None:
            return f"not available, n={self.n:,.0f}"
        if self.low is None or self.high is None:
            return f"{self.value:z.1f}, n={self.n:,.0f}"
        return f"{self.value:z.1f} ({self.low:z.1f} to {self.high:z.1f}), n={self.n:,.0f}"

    def __repr__(self) -> str:
        return f"Estimate {self}"

    def to_dict(self) -> dict[str, object]:
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "n": self.n,
            "n_eff": self.n_eff,
            "confidence": self.confidence,
            "method": self.method,
            "unit": self.unit,
        }


def decimals(*estimates: Estimate) -> int:
    """How many decimals these estimates deserve: none when they are known to ±2.5 or worse, at most two.

    One more when rounding would make an end of an interval that excludes zero look like zero.
    """
    widths = sorted(e.high - e.low for e in estimates if e.low is not None and e.high is not None)
    if not widths:
        return 0 if any(abs(e.value or 0) >= 10 for e in estimates) else 1
    middle = widths[len(widths) // 2]
    wanted = 0 if middle >= 5 else 1 if middle >= 0.5 else 2
    hidden = any(e.excludes_zero and 0 in [round(end, wanted) for end in e.interval or ()] for e in estimates)
    return min(2, wanted + hidden)
