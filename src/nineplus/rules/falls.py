"""Has a score fallen, or is it as was to be expected? High scores are followed by lower ones by chance alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

FEWEST = 30
"""Pairs of one former score from which their own mean is taken; with fewer, the line through all pairs."""
FEWEST_PAIRS = 100
"""Pairs in all without which nothing is expected."""
FEWEST_PEOPLE = 3
UNLIKELY = 3.0
"""Standard errors below what was expected. It is looked at every lower answer of the account, again and again: of
accounts where nothing changed and everybody is asked once a quarter, chance brings that to 0 to 4 in a hundred a year
(docs/reference/performance.md). With 1.64, one in twenty at a single look, it was up to one account in four.
"""


@dataclass(frozen=True, slots=True)
class Expected:
    """What people gave after each score (0 to 10), of pairs of consecutive answers: {former: (pairs, mean)}.

    `spread`: standard deviation of what they gave around that, in points. Source: methods, regression to the mean.
    """

    cells: Mapping[int, tuple[int, float]] = field(default_factory=dict)
    spread: float = 0.0

    @classmethod
    def of(cls, counts: Iterable[tuple[int, int, int]]) -> Expected:
        """From rows (former score, score, pairs)."""
        rows = list(counts)
        sums: dict[int, list[float]] = {}
        for former, score, n in rows:
            cell = sums.setdefault(former, [0, 0.0])
            cell[0] += n
            cell[1] += n * score
        found = cls({former: (int(n), total / n) for former, (n, total) in sums.items() if n})
        pairs = found.pairs
        if not pairs:
            return found
        squares = sum(n * (score - found.cells[former][1]) ** 2 for former, score, n in rows)
        return cls(found.cells, sqrt(squares / pairs))

    @property
    def pairs(self) -> int:
        return sum(n for n, _ in self.cells.values())

    def after(self, former: int) -> float | None:
        """What is to be expected of somebody who gave that before; None: too few people answered twice."""
        if self.pairs < FEWEST_PAIRS:
            return None
        n, mean = self.cells.get(former, (0, 0.0))
        return mean if n >= FEWEST else self._line(former)

    def _line(self, former: int) -> float:
        total = self.pairs
        x = sum(n * score for score, (n, _) in self.cells.items()) / total
        y = sum(n * mean for n, mean in self.cells.values()) / total
        xx = sum(n * (score - x) ** 2 for score, (n, _) in self.cells.items())
        xy = sum(n * (score - x) * (mean - y) for score, (n, mean) in self.cells.items())
        return min(10.0, max(0.0, y + (xy / xx * (former - x) if xx else 0.0)))

    def to_dict(self) -> dict[str, Any]:
        return {"cells": [[former, n, mean] for former, (n, mean) in self.cells.items()], "spread": self.spread}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Expected:
        cells = {int(former): (int(n), float(mean)) for former, n, mean in data.get("cells", ())}
        return cls(cells, float(data.get("spread", 0.0)))


def fell(former: int, score: int, expected: Expected, *, points: float) -> bool:
    """Is this at least so many points below what was to be expected (without enough pairs: below the last answer)?"""
    from_where = expected.after(former)
    return score < former and (former if from_where is None else from_where) - score >= points


@dataclass(frozen=True, slots=True)
class AccountFall:
    """An account's people now and before, means of the same people; `expected` is what was to be expected of them."""

    people: int
    before: float
    now: float
    expected: float


def account_fell(pairs: Sequence[tuple[int, int]], expected: Expected, *, points: float) -> AccountFall | None:
    """Did the people of an account fall, each against their own last answer (former, now)? None when not.

    On average by at least `points` below what was to be expected, and further than chance brings (`UNLIKELY`).
    """
    n = len(pairs)
    hoped = [expected.after(former) for former, _ in pairs]
    if n < FEWEST_PEOPLE or None in hoped:
        return None
    mean = sum(one for one in hoped if one is not None) / n
    before, now = sum(former for former, _ in pairs) / n, sum(score for _, score in pairs) / n
    short = mean - now
    if short < points or now >= before or short * sqrt(n) < UNLIKELY * expected.spread:
        return None
    return AccountFall(n, before, now, mean)
