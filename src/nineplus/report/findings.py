"""What a report found out, before anyone decides how it looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from nineplus.mart.dataset import Attribute
from nineplus.model import Note, Result, Snapshot, Table


@dataclass(frozen=True, slots=True)
class Findings:
    """The answers of one report, and where they are from.

    `results` by analysis; `segments` one Result per attribute, differences first; `quotes` what stands for a theme,
    by its name, personal data covered; `read` how comments were read, in one sentence (empty: there were none).
    """

    results: Mapping[str, Result]
    segments: tuple[tuple[Attribute, Result], ...]
    notes: tuple[Note, ...]
    snapshot: Snapshot | None
    files: tuple[str, ...]
    period: tuple[date | None, date | None]
    money: Table | None
    made_at: datetime
    quotes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    read: str = ""
