"""How follow-ups are promised: from which answers they are owed, how soon, who hears of late ones. One document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

PRIORITIES = ("urgent", "high", "normal", "low")
OUTCOMES: Mapping[str, str] = {
    "solved": "Solved",
    "explained": "Explained, nothing to solve",
    "promised": "Promised for later",
    "no_answer": "They did not answer",
    "not_wanted": "They do not want to be contacted",
    "mistake": "The score was a mistake",
    "lost": "The customer has left",
}
"""What a case can end with."""
AROUND_THE_CLOCK = "around the clock"
"""The calendar without nights, weekends and holidays."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the escalation chain: so many working minutes after the time was due, these people are told."""

    after_minutes: int
    people: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CasePolicy:
    """What is promised to customers who are unhappy.

    `from_answers`: a case for each detractor (0 to 6) who answers by a survey of ours. `not_older_days`: answers that
    were given longer ago, and all that came with a file, open none. `minutes`: working minutes until the first human
    contact, by priority. `calendar`: a name of those in Settings, Attribution; empty: Monday to Friday, 9 to 17 in the
    company's time zone. `high_value_minor`: from so much a month (minor units of the company's currency) a customer
    counts as large; None: nobody does. `recovery_days` after closing, `recovery_survey` asks again (None: nobody is).
    """

    from_answers: bool = True
    not_older_days: int = 7
    calendar: str = ""
    minutes: tuple[tuple[str, int], ...] = (("urgent", 4 * 60), ("high", 8 * 60), ("normal", 16 * 60), ("low", 40 * 60))
    high_value_minor: int | None = None
    chain: tuple[Rung, ...] = (Rung(0), Rung(8 * 60))
    recovery_survey: int | None = None
    recovery_days: int = 30
    plus_addresses: bool = False
    """Replies come to name+token@domain; only for mailboxes whose server knows such addresses."""

    def minutes_for(self, priority: str) -> int:
        return dict(self.minutes)[priority]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CasePolicy:
        """The policy that `to_dict` wrote, also after a way through JSON; what is missing is as it is by default."""
        plain = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        if "minutes" in plain:
            plain["minutes"] = tuple((str(name), int(minutes)) for name, minutes in plain["minutes"])
        if "chain" in plain:
            plain["chain"] = tuple(Rung(int(one["after_minutes"]), tuple(one["people"])) for one in plain["chain"])
        return cls(**plain)
