"""The 0–10 scale: who is a promoter, who a detractor, and what NPS is. Nobody else decides this."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

LOWEST = 0
HIGHEST = 10
PROMOTER_FROM = 9
DETRACTOR_TO = 6
BINS = HIGHEST - LOWEST + 1
POINTS = 100.0
"""NPS points in a whole: shares differ by -1..1, NPS by -100..100."""
FEW = 30
"""Of fewer than so many the interval is read, not the number: too few to judge by."""


class NoAnswers(ValueError):
    """A quantity of no answers was asked for. NPS of nothing is not available; it is never 0."""


class Group(StrEnum):
    """What an answer counts as."""

    DETRACTOR = "detractor"
    PASSIVE = "passive"
    PROMOTER = "promoter"


def group_of(score: int) -> Group:
    """Is this answer a promoter's (9–10), a passive's (7–8) or a detractor's (0–6)?

    Raises ValueError for anything that is not a whole score from 0 to 10.
    Source: Reichheld 2003.
    """
    if isinstance(score, bool) or score != int(score) or not LOWEST <= score <= HIGHEST:
        raise ValueError(f"{score!r} is not a score from {LOWEST} to {HIGHEST}.")
    if score >= PROMOTER_FROM:
        return Group.PROMOTER
    return Group.DETRACTOR if score <= DETRACTOR_TO else Group.PASSIVE


@dataclass(frozen=True, slots=True)
class Histogram:
    """How often each score from 0 to 10 was given: eleven counts (or sums of weights), index = score.

    Two histograms add up to the histogram of both. `mean` and `nps` raise NoAnswers when empty.
    """

    counts: tuple[float, ...] = (0,) * BINS

    def __post_init__(self) -> None:
        if len(self.counts) != BINS:
            raise ValueError(f"A histogram has {BINS} counts, not {len(self.counts)}.")
        if not all(count >= 0 for count in self.counts):
            raise ValueError("A count is never negative and never missing.")

    @classmethod
    def of(cls, scores: Iterable[int]) -> Histogram:
        """Count raw scores; raises ValueError for a score off the scale."""
        counts = [0] * BINS
        for score in scores:
            group_of(score)
            counts[int(score)] += 1
        return cls(tuple(counts))

    @classmethod
    def from_counts(cls, counts: Sequence[float]) -> Histogram:
        return cls(tuple(counts))

    def __add__(self, other: Histogram) -> Histogram:
        return Histogram(tuple(a + b for a, b in zip(self.counts, other.counts, strict=True)))

    @property
    def n(self) -> float:
        return sum(self.counts)

    @property
    def promoters(self) -> float:
        return sum(self.counts[PROMOTER_FROM:])

    @property
    def detractors(self) -> float:
        return sum(self.counts[: DETRACTOR_TO + 1])

    @property
    def passives(self) -> float:
        return sum(self.counts[DETRACTOR_TO + 1 : PROMOTER_FROM])

    @property
    def mean(self) -> float:
        """Mean score, 0..10."""
        return sum(score * count for score, count in enumerate(self.counts)) / self._some()

    @property
    def nps(self) -> float:
        """Share of promoters minus share of detractors, in NPS points (-100..100)."""
        return POINTS * (self.promoters - self.detractors) / self._some()

    def _some(self) -> float:
        if not self.n:
            raise NoAnswers("There are no answers: no mean and no NPS.")
        return self.n
