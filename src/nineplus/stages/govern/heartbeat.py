"""Which workers are alive: each says so every few seconds, in a row of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from nineplus.store.models import Preference

EVERY = timedelta(seconds=10)
SILENT_AFTER = timedelta(seconds=60)
"""A worker that has been silent for longer is gone, or its machine is."""
_FORGOTTEN_AFTER = timedelta(days=1)
_PREFIX = "worker:"


def beat(worker: str, *, now: datetime) -> None:
    """This worker is alive now. Rows of workers that fell silent long ago are taken away."""
    Preference.objects.update_or_create(key=_PREFIX + worker, defaults={"value": now.astimezone(UTC).isoformat()})
    old = [key for key, at in _beats() if at < now - _FORGOTTEN_AFTER]
    if old:
        Preference.objects.filter(key__in=old).delete()


def leave(worker: str) -> None:
    """This worker ends in good order."""
    Preference.objects.filter(key=_PREFIX + worker).delete()


def alive(*, now: datetime) -> int:
    """How many workers have been heard of within the last minute."""
    return sum(at >= now - SILENT_AFTER for _key, at in _beats())


def _beats() -> list[tuple[str, datetime]]:
    rows = Preference.objects.filter(key__startswith=_PREFIX).values_list("key", "value")
    return [(key, datetime.fromisoformat(value)) for key, value in rows]
