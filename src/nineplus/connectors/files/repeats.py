"""What came before in the same file, remembered in bounded space: eight or sixteen bytes a row."""

from __future__ import annotations

import numpy as np


class Repeats:
    """Keys seen so far with what each stood for, as sorted arrays that are merged when they are of like size."""

    def __init__(self) -> None:
        self._levels: list[tuple[np.ndarray, np.ndarray]] = []

    def occurrences(self, keys: np.ndarray) -> np.ndarray:
        """How often each key came before: in earlier batches and above it in this one."""
        before = np.zeros(len(keys), np.int64)
        for known, _ in self._levels:
            before += np.searchsorted(known, keys, "right") - np.searchsorted(known, keys, "left")
        order = np.argsort(keys, kind="stable")
        ranked = keys[order]
        starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]]) if len(keys) else np.array([], np.int64)
        rank = np.arange(len(keys)) - np.repeat(starts, np.diff(np.r_[starts, len(keys)]))
        before[order] += rank
        self._push(ranked, np.zeros(0, np.int64))
        return before

    def repeated(self, keys: np.ndarray, contents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which rows repeat a key with the same content, and which with another. The first of each key counts."""
        seen = np.zeros(len(keys), bool)
        first = np.zeros(len(keys), np.int64)
        for known, stood_for in self._levels:
            place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
            hit = known[place] == keys
            first = np.where(hit & ~seen, stood_for[place], first)
            seen |= hit
        new = np.flatnonzero(~seen)
        unique, position, inverse = np.unique(keys[new], return_index=True, return_inverse=True)
        again = np.arange(len(new)) != position[inverse] if len(new) else np.zeros(0, bool)
        first[new] = contents[new][position[inverse]] if len(new) else 0
        seen[new[again]] = True
        self._push(unique, contents[new][position] if len(new) else np.zeros(0, np.int64))
        return seen & (first == contents), seen & (first != contents)

    def _push(self, keys: np.ndarray, contents: np.ndarray) -> None:
        if not len(keys):
            return
        self._levels.append((keys, contents))
        while len(self._levels) > 1 and len(self._levels[-2][0]) <= 2 * len(self._levels[-1][0]):
            (low, low_contents), (high, high_contents) = self._levels[-2:]
            merged = np.concatenate([low, high])
            order = np.argsort(merged, kind="stable")
            both = np.concatenate([low_contents, high_contents])
            self._levels[-2:] = [(merged[order], both[order] if len(both) else both)]
