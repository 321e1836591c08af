"""Bring the mart up to the store: only what changed, or everything anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import ibis.expr.types as ir

from nineplus.mart.build import WINDOW_DAYS
from nineplus.mart.dataset import Attribute
from nineplus.model import Snapshot


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed in SOURCES: per table the keys of new or changed rows, and of removed ones.

    Keys are those of the first column of the SOURCES table (text); of `ticket_events` the key is the ticket,
    of `movements` the account. `all`: everything may have changed.
    """

    changed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    removed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    all: bool = False

    @property
    def nothing(self) -> bool:
        return not self.all and not any(self.changed.values()) and not any(self.removed.values())


def refresh(
    *,
    folder: Path,
    sources: Mapping[str, ir.Table | None],
    changed: Changes,
    attributes: Sequence[Attribute],
    revision: int,
    now: datetime,
    window_days: int = WINDOW_DAYS,
) -> Snapshot:
    """Rewrite the months that the changes touch and publish a new snapshot that reflects `revision` of the store.

    Falls back to `rebuild` when everything changed, when an attribute appeared or when there is no mart yet.
    Raises MartDamaged when the folder cannot be read (rebuild mends it), MartBusy when another refresh holds it.
    """
    raise NotImplementedError


def rebuild(
    *,
    folder: Path,
    sources: Mapping[str, ir.Table | None],
    attributes: Sequence[Attribute],
    revision: int,
    now: datetime,
    window_days: int = WINDOW_DAYS,
) -> Snapshot:
    """Write the whole star anew, whatever the folder holds, and publish it as a new snapshot."""
    raise NotImplementedError
