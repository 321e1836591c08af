"""What a restore decided, written down before it swaps anything: whoever finds it finishes it or rolls it back."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from nineplus.stages.govern.restoring import journal


@dataclass(frozen=True, slots=True)
class Journal:
    """One decided restore: what it is known by, when it began, the migrations and folders that the backup has."""

    token: str
    at: datetime
    migrations: tuple[tuple[str, str], ...]
    folders: tuple[str, ...]

    @property
    def aside(self) -> Path:
        return Path(settings.HOME) / f"before-restore-{self.at:%Y%m%d-%H%M%S}"

    def write(self) -> None:
        """It is there whole, or not at all, and not before everything it speaks of."""
        part = journal().with_suffix(".part")
        part.write_text(json.dumps({**asdict(self), "at": self.at.isoformat()}), encoding="utf-8")
        os.sync()
        part.replace(journal())
        os.sync()

    @classmethod
    def read(cls) -> Journal:
        body = json.loads(journal().read_text(encoding="utf-8"))
        return cls(
            token=body["token"],
            at=datetime.fromisoformat(body["at"]),
            migrations=tuple((app, name) for app, name in body["migrations"]),
            folders=tuple(body["folders"]),
        )
