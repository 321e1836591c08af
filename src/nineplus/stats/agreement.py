"""Do people who label the same thing agree? Krippendorff's alpha for labels that are or are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple


class Agreement(NamedTuple):
    """`alpha` is 1 for full agreement, 0 for what chance gives, below 0 for less; None where all labels are alike, so
    that agreement says nothing. `observed`: share of pairs (0 to 1) that agree. `units`: things labelled twice or
    more."""

    alpha: float | None
    observed: float | None
    units: int


def krippendorff(units: Iterable[Sequence[Hashable]]) -> Agreement:
    """How far do the labels of each unit agree beyond chance? Nominal labels, any number of people per unit.

    Each unit is the labels that people gave it; units with fewer than two are left out.
    Source: Krippendorff 2011, "Computing Krippendorff's alpha-reliability", nominal data with missing values.
    """
    paired = [list(labels) for labels in units if len(labels) > 1]
    if not paired:
        return Agreement(None, None, 0)
    marginal: Counter[Hashable] = Counter()
    unlike = pairs = 0.0
    for labels in paired:
        m, counts = len(labels), Counter(labels)
        marginal.update(counts)
        unlike += sum(n * (m - n) for n in counts.values()) / (m - 1)
        pairs += m
    observed = 1 - unlike / pairs
    n = sum(marginal.values())
    by_chance = sum(k * (n - k) for k in marginal.values()) / (n - 1)
    if by_chance == 0:
        return Agreement(None, observed, len(paired))
    return Agreement(1 - unlike / by_chance, observed, len(paired))
