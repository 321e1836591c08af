"""What people set in the browser about their company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.db import transaction
from django.utils import timezone

from nineplus.mart.schema import WINDOW_DAYS
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Event, Preference


@dataclass(frozen=True, slots=True)
class Preferences:
    """All preferences with their defaults. `link_days`: how far back a ticket may have made a score."""

    company: str = ""
    time_zone: str = "UTC"
    currency: str = "USD"
    link_days: int = WINDOW_DAYS

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


_NAMES = tuple(Preferences.__dataclass_fields__)


def preferences() -> Preferences:
    """What is set now."""
    return Preferences(**dict(Preference.objects.filter(key__in=_NAMES).values_list("key", "value")))


def change(**values: Any) -> Preferences:
    """Set some preferences. Raises NotPossible, naming the one that will not do; then none is changed."""
    checked = {name: _checked(name, value) for name, value in values.items()}
    with transaction.atomic():
        before = preferences()
        for name, value in checked.items():
            Preference.objects.update_or_create(key=name, defaults={"value": value})
        after = preferences()
        if after.link_days != before.link_days:  # other tickets may have made the scores now
            Event.publish(kind="mart.stale", now=timezone.now())
    return after


def _checked(name: str, value: Any) -> Any:
    if name not in _NAMES:
        raise NotPossible(f"There is no preference {name!r}. There are: {', '.join(_NAMES)}.")
    if name == "link_days":
        if not isinstance(value, int) or not 1 <= value <= 365:
            raise NotPossible("The look-back window is a whole number of days from 1 to 365.")
        return value
    text = str(value).strip()
    if name == "time_zone" and text not in available_timezones():
        raise NotPossible(f"There is no time zone {text!r}. Write it as Europe/Berlin.")
    if name == "currency" and not (len(text) == 3 and text.isalpha() and text.isupper() and text.isascii()):
        raise NotPossible(f"{text!r} is not a currency code. Write it as EUR.")
    if name == "company" and len(text) > 200:
        raise NotPossible("The company's name may have at most 200 characters.")
    return text
