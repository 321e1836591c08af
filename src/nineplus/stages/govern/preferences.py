"""What people set in the browser about their company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.db import transaction

from nineplus.model.currencies import KNOWN
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.settled import read_once
from nineplus.store.models import Preference


@dataclass(frozen=True, slots=True)
class Preferences:
    """All preferences with their defaults."""

    company: str = ""
    time_zone: str = "UTC"
    currency: str = "USD"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


_NO_PLACES = ("Etc/", "SystemV/", "posix/", "right/")
_NO_ZONES = ("Factory", "localtime", "posixrules")
"""Entries of the database that say nothing of where, or whatever this machine is set to."""
_NAMES = tuple(Preferences.__dataclass_fields__)


@read_once
def preferences() -> Preferences:
    """What is set now."""
    return Preferences(**dict(Preference.objects.filter(key__in=_NAMES).values_list("key", "value")))


def change(**values: Any) -> Preferences:
    """Set some preferences. Raises NotPossible, naming the one that will not do; then none is changed."""
    checked = {name: _checked(name, value) for name, value in values.items()}
    with transaction.atomic():
        for name, value in checked.items():
            Preference.objects.update_or_create(key=name, defaults={"value": value})
        return preferences()


def zones(*, also: str = "") -> Sequence[str]:
    """The time zones that are offered: places, UTC, and the one that is set (`also`), which may be none of them."""
    places = (zone for zone in available_timezones() if "/" in zone and not zone.startswith(_NO_PLACES))
    return sorted({*places, "UTC", *([also] if also else [])})


def _checked(name: str, value: Any) -> Any:
    if name not in _NAMES:
        raise NotPossible(f"There is no preference {name!r}. There are: {', '.join(_NAMES)}.")
    text = str(value).strip()
    if name == "time_zone" and (text not in available_timezones() or text in _NO_ZONES):
        raise NotPossible(f"There is no time zone {text!r}. Write it as Europe/Berlin.")
    if name == "currency" and text not in KNOWN:
        raise NotPossible(f"There is no currency {text!r}. Write its code, as EUR.")
    if name == "company" and len(text) > 200:
        raise NotPossible("The company's name may have at most 200 characters.")
    return text
