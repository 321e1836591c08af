"""Asking everyone once a period, evenly: each contact has a day of their own in it.

A period is rounded up to whole weeks (90 days: 13 weeks), so that everyone's day falls on the same weekday each time
and two asks are never closer than the period. The contacts' numbers are turned by the golden ratio, which puts any run
of them more evenly than chance would, and every new one into the widest gap there is.
Source: Knuth, The Art of Computer Programming 3, 6.4 (Fibonacci hashing).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

TURN = 2_654_435_769  # 2**32 / golden ratio
CIRCLE = 2**32


@dataclass(frozen=True, slots=True)
class Spread:
    """The days of one survey: `weeks` a cycle, the weekdays on which it asks (0 Monday), where its circle begins."""

    weeks: int
    weekdays: tuple[int, ...]
    offset: int

    @classmethod
    def of(cls, *, survey: int, period_days: int, weekdays: tuple[int, ...]) -> Spread:
        # Two surveys of one period begin elsewhere, so that they do not ask the same people on the same day.
        begins = hashlib.blake2b(f"spread {survey}".encode(), digest_size=4).digest()
        return cls(
            weeks=-(-period_days // 7), weekdays=tuple(sorted(set(weekdays))), offset=int.from_bytes(begins, "big")
        )

    @property
    def days(self) -> int:
        """How many days of a cycle are used."""
        return self.weeks * len(self.weekdays)

    def place(self, contact: int) -> int:
        """Where on the circle 0..2**32 the contact of that number stands."""
        return (contact * TURN + self.offset) % CIRCLE

    def cycle(self, day: date) -> int:
        """The number of the cycle that a day belongs to."""
        return (day.toordinal() - 1) // (7 * self.weeks)

    def slot(self, contact: int, *, cycle: int) -> date:
        """The contact's day in that cycle."""
        week, which = divmod(self.place(contact) * self.days // CIRCLE, len(self.weekdays))
        return self._day(cycle, 7 * week + self.weekdays[which])

    def arc(self, day: date) -> tuple[int, int] | None:
        """Who has that day: those standing at low <= place < high. None: nobody is asked on that weekday."""
        if day.weekday() not in self.weekdays:
            return None
        week = (day.toordinal() - 1) % (7 * self.weeks) // 7
        index = week * len(self.weekdays) + self.weekdays.index(day.weekday())
        return -(-index * CIRCLE // self.days), -(-(index + 1) * CIRCLE // self.days)

    def next(self, contact: int, *, after: date, last_asked: date | None = None) -> date:
        """The first of the contact's days after that day and at least a whole cycle after they were last asked."""
        earliest = after + timedelta(days=1)
        if last_asked is not None:
            earliest = max(earliest, last_asked + timedelta(days=7 * self.weeks))
        slot = self.slot(contact, cycle=self.cycle(earliest))
        return slot if slot >= earliest else self.slot(contact, cycle=self.cycle(earliest) + 1)

    def _day(self, cycle: int, day: int) -> date:
        return date.fromordinal(cycle * 7 * self.weeks + day + 1)
