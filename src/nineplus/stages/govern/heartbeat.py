"""Which workers are alive: each process of one says so every few seconds, in a row of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from nineplus.store.models import Preference

EVERY = timedelta(seconds=10)
SILENT_AFTER = timedelta(seconds=60)
"""A worker that has been silent for longer is gone, or its machine is."""
LATELY = timedelta(hours=1)
_FORGOTTEN_AFTER = timedelta(days=1)


class Part(StrEnum):
    """What a process is of a worker: the one that does what is quick, or the one for heavy work beside it."""

    QUICK = "worker"
    HEAVY = "heavy work"


def beat(worker: str, *, now: datetime, part: Part = Part.QUICK) -> None:
    """This process is alive now. Rows of those that fell silent long ago are taken away."""
    Preference.objects.update_or_create(key=_key(worker, part), defaults={"value": now.astimezone(UTC).isoformat()})
    old = [key for key, at in _beats(part) if at < now - _FORGOTTEN_AFTER]
    if old:
        Preference.objects.filter(key__in=old).delete()


def leave(worker: str, *, part: Part = Part.QUICK) -> None:
    """This process ends in good order."""
    Preference.objects.filter(key=_key(worker, part)).delete()


def alive(*, now: datetime, part: Part = Part.QUICK) -> int:
    """How many such processes have been heard of within the last minute."""
    return sum(at >= now - SILENT_AFTER for _key, at in _beats(part))


def vanished(*, now: datetime, part: Part) -> int:
    """How many fell silent within the last hour without having ended in good order: killed, or crashed."""
    return sum(now - LATELY <= at < now - SILENT_AFTER for _key, at in _beats(part))


def _key(worker: str, part: Part) -> str:
    return f"{part}:{worker}"


def _beats(part: Part) -> list[tuple[str, datetime]]:
    rows = Preference.objects.filter(key__startswith=f"{part}:").values_list("key", "value")
    return [(key, datetime.fromisoformat(value)) for key, value in rows]
