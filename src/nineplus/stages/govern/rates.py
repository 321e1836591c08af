"""What another currency is worth in the company's: set by people, for what asks how large a customer is.

Rules, the priority of cases and alerts compare what accounts pay with one amount. Nothing else is converted: pages and
analyses show each currency by itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from nineplus.model.currencies import exponent
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.stages.govern.settled import read_once
from nineplus.store.models import Preference
from nineplus.store.money import paid_monthly

_KEY = "rates"


@read_once
def rates() -> Mapping[str, float]:
    """What one minor unit of each currency that is known is worth in minor units of the company's, itself included."""
    own = preferences().currency
    return {code: rate * 10 ** (exponent(own) - exponent(code)) for code, rate in {**_kept(own), own: 1.0}.items()}


def _kept(own: str) -> Mapping[str, float]:
    """What one unit of each other currency is worth in units of that one."""
    found: Mapping[str, Mapping[str, float]]
    found = Preference.objects.filter(pk=_KEY).values_list("value", flat=True).first() or {}
    return found.get(own, {})


def change(text: str) -> Mapping[str, float]:
    """Set them all from lines such as `EUR 1.08`. Raises NotPossible, naming the line that cannot be read."""
    found: dict[str, float] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        parts = line.replace("=", " ").replace(",", ".").split()
        code = parts[0].upper()
        try:
            rate = float(parts[1]) if len(parts) == 2 else math.nan
        except ValueError:
            rate = math.nan
        if not (len(code) == 3 and code.isalpha() and code.isascii() and math.isfinite(rate) and rate > 0):
            raise NotPossible(f"“{line[:40]}” cannot be read as a rate. Write a currency and a number: EUR 1.08")
        found[code] = rate
    # Of the company's currency of now: another one would make them wrong.
    Preference.objects.update_or_create(pk=_KEY, defaults={"value": {preferences().currency: found}})
    return rates()


def written() -> str:
    """They as lines, as `change` reads them; the company's own left out."""
    return "\n".join(f"{code} {rate:g}" for code, rate in sorted(_kept(preferences().currency).items()))


def missing(*, now: datetime) -> Mapping[str, int]:
    """Currencies that have no rate, and how many accounts pay in them."""
    paying = paid_monthly(now=now).exclude(currency__in=list(rates()))
    counted = paying.values_list("account", "currency")
    found: dict[str, int] = {}
    for _, currency in counted:
        found[currency] = found.get(currency, 0) + 1
    return dict(sorted(found.items()))
