"""Which cells may be shown, so that nobody can be recognised: not in a cell, and not by taking cells from a total."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

PRIVACY_MINIMUM = 5
"""Fewer respondents than this are never shown on their own (methods §1)."""

Mask = npt.NDArray[np.bool_]


class Hidden(NamedTuple):
    """Two masks of k cells: those too small to show, and those hidden with them."""

    small: Mask
    beside: Mask

    @property
    def any(self) -> Mask:
        return self.small | self.beside


def hidden(respondents: npt.ArrayLike, keys: Sequence[Any] = ()) -> Hidden:
    """Which of k cells may not be shown?

    Cells below the privacy minimum; and, where those of a line would be one alone or fewer people together than the
    minimum, the smallest cells of that line beside them: a total less all that is shown must not be anybody. Lines
    are all cells, and with several `keys` (each the k values of one attribute or window) every total that another
    cut of the same answers shows: per value of each key, and of each crossing of fewer than all.
    `respondents` (k,) counts people of each cell; who is in two cells counts in both.
    """
    people = np.asarray(respondents, dtype=float)
    small = people < PRIVACY_MINIMUM
    gone = small.copy()
    lines = _lines(keys, len(people)) if small.any() else []
    more = True
    while more:
        more = False
        for line in lines:
            chosen = _next_smallest(people, gone, line)
            gone[chosen] = True
            more = more or len(chosen) > 0
    return Hidden(small, gone & ~small)


def _lines(keys: Sequence[Any], count: int) -> list[npt.NDArray[np.int64]]:
    """For every total that the cells add up to, the number of the total each cell belongs to."""
    codes = []
    for values in keys:
        place: dict[Any, int] = {}
        codes.append(np.array([place.setdefault(value, len(place)) for value in values], dtype=np.int64))
    lines = [np.zeros(count, dtype=np.int64)]
    for size in range(1, len(codes)):
        for chosen in combinations(codes, size):
            lines.append(np.unique(np.stack(chosen), axis=1, return_inverse=True)[1].reshape(-1))
    return lines


def _next_smallest(people: npt.NDArray[np.float64], gone: Mask, line: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The smallest shown cell of every total from which somebody could still be found by subtraction."""
    totals = int(line.max()) + 1
    cells = np.bincount(line[gone], minlength=totals)
    together = np.bincount(line[gone], weights=people[gone], minlength=totals)
    open_ = (cells == 1) | ((cells > 0) & (together < PRIVACY_MINIMUM))
    shown = np.flatnonzero(~gone & open_[line])
    shown = shown[np.lexsort((people[shown], line[shown]))]
    return shown[np.unique(line[shown], return_index=True)[1]]


def not_shown(left_out: Hidden, thing: str, *, small_extra: str = "") -> list[str]:
    """What a reader must know of what is hidden, in one sentence each; `thing` is a cell, a value ..."""
    said = []
    small, beside = int(left_out.small.sum()), int(left_out.beside.sum())
    if small:
        said.append(f"{_many(small, thing)} with fewer than {PRIVACY_MINIMUM} respondents{small_extra} not shown.")
    if beside:
        said.append(
            f"{_many(beside, thing)} with more respondents not shown either, so that nobody is found by taking what "
            "is shown from the total."
        )
    return said


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
