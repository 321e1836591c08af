"""What the values of each column look like, gathered in one walk over the whole file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nineplus.connectors.files.dates import Evidence
from nineplus.connectors.files.numbers import NUMBER_LIKE, SCORE_LIKE, decimal_comma
from nineplus.connectors.files.source import Raw
from nineplus.connectors.files.words import GROUP_WORDS

MANY = 500
"""From here on different values are no longer listed."""
_LOOK = 400
"""Values of a batch looked at closely for questions that some values settle."""


@dataclass(slots=True)
class Profile:
    """One column. Shares are of the values that are not blank."""

    rows: int = 0
    values: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    many: bool = False
    numbers: int = 0
    scores: int = 0
    integers: Counter[int] = field(default_factory=Counter)
    lowest: float = np.inf
    highest: float = -np.inf
    emails: int = 0
    groups: int = 0
    letters: int = 0
    spaced: int = 0
    looked: int = 0
    json: int = 0
    comma: int = 0
    dates: Evidence = field(default_factory=Evidence)

    @property
    def distinct(self) -> int:
        return len(self.counts)

    def share(self, count: int) -> float:
        return count / self.values if self.values else 0.0

    @property
    def length(self) -> float:
        """Characters of a value, on average over those looked at."""
        return self.letters / self.looked if self.looked else 0.0

    def add(self, column: pa.Array) -> None:
        self.rows += len(column)
        text = pc.utf8_trim_whitespace(column)
        text = text.filter(pc.fill_null(pc.not_equal(text, ""), False))
        if not len(text):
            return
        tally = pc.value_counts(text)
        values, times = tally.field("values"), np.asarray(tally.field("counts"))
        self.values += len(text)
        self._list(values, times)
        self._measure(values, times)
        look = values.slice(0, _LOOK)
        self.looked += len(look)
        self.letters += pc.sum(pc.utf8_length(look)).as_py()
        self.spaced += pc.sum(pc.match_substring(look, " ")).as_py()
        if self._may_be_dates(look):
            self.dates.add(values)

    def _may_be_dates(self, look: pa.Array) -> bool:
        """A first look decides whether the values are worth reading as dates."""
        if self.dates.values == 0:
            first = Evidence()
            first.add(look.slice(0, 50))
            return bool(first.dates or first.seconds or first.millis or first.serials)
        return True

    def _list(self, values: pa.Array, times: np.ndarray) -> None:
        if self.many:
            return
        if len(values) > 4 * MANY:
            self.many = True
            return
        for value, count in zip(values.to_pylist(), times.tolist(), strict=True):
            self.counts[value] += count
        self.many = len(self.counts) > MANY

    def _measure(self, values: pa.Array, times: np.ndarray) -> None:
        def total(mask: pa.Array) -> int:
            return int(times[np.asarray(pc.fill_null(mask, False))].sum())

        numeric = pc.match_substring_regex(values, NUMBER_LIKE)
        self.scores += total(pc.match_substring_regex(values, SCORE_LIKE))
        if count := total(numeric):
            self.numbers += count
            self.comma += decimal_comma(values.filter(numeric))
            self._range(values.filter(numeric), times[np.asarray(numeric)])
        self.emails += total(pc.match_substring_regex(values, r"^[^@\s]+@[^@\s]+\.[^@\s]+$"))
        self.json += total(pc.starts_with(values, "{"))
        lowered = pc.utf8_lower(values)
        self.groups += total(pc.is_in(lowered, value_set=pa.array(sorted(GROUP_WORDS))))

    def _range(self, values: pa.Array, times: np.ndarray) -> None:
        plain = pc.match_substring_regex(values, r"^-?\d{1,15}([.,]0*)?$")
        whole = pc.cast(pc.replace_substring_regex(values.filter(plain), r"[.,]0*$", ""), pa.int64())
        if len(whole):
            self.lowest = min(self.lowest, pc.min(whole).as_py())
            self.highest = max(self.highest, pc.max(whole).as_py())
        for number, count in zip(whole.to_pylist(), times[np.asarray(plain)].tolist(), strict=True):
            if -100 <= number <= 100:
                self.integers[number] += count


def profile(columns: Iterable[str], batches: Iterable[Raw]) -> dict[str, Profile]:
    """The profile of every column, from all rows."""
    made = {name: Profile() for name in columns}
    for raw in batches:
        for column, found in zip(raw.columns, made.values(), strict=True):
            found.add(column)
    return made
