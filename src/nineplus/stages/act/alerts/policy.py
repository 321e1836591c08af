"""From where on colleagues are told: kept as people set it."""

from __future__ import annotations

from nineplus.model.alerts import WINDOWS, AlertPolicy
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Preference

_KEY = "alerts"


def current() -> AlertPolicy:
    """What holds now."""
    return AlertPolicy.from_dict(Preference.objects.filter(pk=_KEY).values_list("value", flat=True).first() or {})


def change(policy: AlertPolicy) -> AlertPolicy:
    """Have this hold from now on. Raises NotPossible."""
    if policy.nps_window not in WINDOWS:
        raise NotPossible(f"NPS is compared by {', '.join(WINDOWS)}.")
    if not 1 <= policy.fall_points <= 10:
        raise NotPossible("A score falls by 1 to 10 points.")
    if not (7 <= policy.silent_days <= 1_000 and 1 <= policy.renewal_days <= 365):
        raise NotPossible("Silence lasts from 7 to 1,000 days, and a renewal lies up to 365 days ahead.")
    if len(policy.nps_by) > 60 or "\x00" in policy.nps_by:
        raise NotPossible("There is no such attribute.")
    Preference.objects.update_or_create(pk=_KEY, defaults={"value": policy.to_dict()})
    return policy
