"""Search by meaning: vectors of clauses in a file, the nearest of them found exactly, in bounded memory."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nineplus.text.vectors import ENCODER, WIDTH

_AT_ONCE = 20_000  # rows compared at a time: 40 MB as float32
_FILES = ("rows.f16", "numbers.i64")
_WHOLE = "whole"
"""Of files written anew: from now on they count."""
GONE = -1
"""The number that stands where a row was forgotten."""


class WrongIndex(ValueError):
    """The files are not an index of this encoder; the message says what is wrong. Building it anew mends it."""


@dataclass(frozen=True, slots=True)
class Found:
    """`number` is the caller's own; `likeness` is the cosine, -1 to 1."""

    number: int
    likeness: float


class Near:
    """Vectors with the caller's numbers in a folder: `rows.f16` (n × width), `numbers.i64`, `index.json`.

    One writes at a time; readers see what was there when they opened it. A crash while adding loses only what was being
    added: the shorter of the two files counts. Numbers are positive and may come several times (clauses of a comment).
    """

    def __init__(self, folder: Path, *, width: int = WIDTH) -> None:
        """Open, or begin, the index in `folder`. Raises WrongIndex for another encoder or width."""
        self._folder, self._width = folder, width
        folder.mkdir(parents=True, exist_ok=True)
        told = {"encoder": ENCODER, "width": width}
        head = folder / "index.json"
        if not head.exists():
            head.write_text(json.dumps(told), encoding="utf-8")
        try:
            known = json.loads(head.read_text(encoding="utf-8"))
        except ValueError:
            raise WrongIndex("index.json cannot be read: build the index anew.") from None
        if known != told:
            raise WrongIndex(f"The index was made with {known}, not {told}: build it anew.")

    def __len__(self) -> int:
        return min(_size(self._rows) // (2 * self._width), _size(self._numbers) // 8)

    @property
    def _rows(self) -> Path:
        return self._folder / "rows.f16"

    @property
    def _numbers(self) -> Path:
        return self._folder / "numbers.i64"

    def add(self, numbers: Sequence[int], rows: np.ndarray) -> None:
        """Add rows (n × width, unit length) under these numbers. Raises ValueError when the shapes do not fit."""
        rows = np.asarray(rows)
        if rows.shape != (len(numbers), self._width):
            raise ValueError(f"{len(numbers)} numbers need rows of {self._width}, not an array of {rows.shape}.")
        if any(number < 0 for number in numbers):
            raise ValueError("Numbers are positive.")
        length = len(self)
        _append(self._rows, rows.astype("<f2").tobytes(), at=length * 2 * self._width)
        _append(self._numbers, np.array(numbers, dtype="<i8").tobytes(), at=length * 8)

    def forget(self, numbers: Collection[int]) -> int:
        """Overwrite all rows of these numbers with nothing, for erasure and changed comments; how many there were."""
        if not len(self):
            return 0
        known = np.memmap(self._numbers, dtype="<i8", mode="r+", shape=(len(self),))
        rows = np.memmap(self._rows, dtype="<f2", mode="r+", shape=(len(self), self._width))
        places = np.flatnonzero(np.isin(known, np.array(sorted(numbers), dtype="<i8")))
        rows[places] = 0
        known[places] = GONE
        rows.flush()
        known.flush()
        return len(places)

    def compact(self) -> None:
        """Write the files anew without what was forgotten."""
        anew = self._folder / "anew"
        shutil.rmtree(anew, ignore_errors=True)  # of one that was killed: those forgotten since may be in it
        kept = Near(anew, width=self._width)
        for numbers, rows in self._portions():
            stay = numbers != GONE
            kept.add(numbers[stay].tolist(), rows[stay])
        for name in _FILES:
            (anew / name).touch()
        (anew / "index.json").replace(anew / _WHOLE)
        self.mend()

    def mend(self) -> None:
        """Finish a `compact` that was killed between the two files: they would not fit each other. For the writer."""
        anew = self._folder / "anew"
        if (anew / _WHOLE).exists():
            for name in _FILES:
                if (anew / name).exists():
                    (anew / name).replace(self._folder / name)
        shutil.rmtree(anew, ignore_errors=True)

    def search(self, vector: np.ndarray, *, count: int = 20, least: float = 0.3) -> list[Found]:
        """The `count` numbers whose nearest row is most like `vector` (unit length), at least `least`; best first.

        Each number once. Exact: every row is compared, in portions, so memory does not grow with the rows.
        """
        best: dict[int, float] = {}
        for numbers, rows in self._portions():
            likeness = rows.astype(np.float32) @ vector.astype(np.float32)
            order = np.argsort(-likeness, kind="stable")[: 8 * count]
            for place in order[likeness[order] >= least].tolist():
                number = int(numbers[place])
                if number != GONE:
                    best[number] = max(best.get(number, -1.0), float(likeness[place]))
        ranked = sorted(best.items(), key=lambda each: (-each[1], each[0]))[:count]
        return [Found(number, round(likeness, 4)) for number, likeness in ranked]

    def _portions(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        length = len(self)
        if not length:
            return
        known = np.memmap(self._numbers, dtype="<i8", mode="r", shape=(length,))
        rows = np.memmap(self._rows, dtype="<f2", mode="r", shape=(length, self._width))
        for start in range(0, length, _AT_ONCE):
            yield np.array(known[start : start + _AT_ONCE]), rows[start : start + _AT_ONCE]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _append(path: Path, data: bytes, *, at: int) -> None:
    """Write after what counts, and let it reach the disk."""
    path.touch()
    with path.open("r+b") as file:
        file.truncate(at)
        file.seek(at)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
