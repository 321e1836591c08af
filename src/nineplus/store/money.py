"""What accounts pay a month, from the movements that changed it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Case, F, FloatField, QuerySet, Sum, Value, When

from nineplus.store.models import Movement
from nineplus.store.models.connect import MovementKind


def paid_monthly(*, now: datetime) -> QuerySet[Movement, dict[str, Any]]:
    """Rows {account, currency, mrr}: minor units a month now, of accounts that pay. A renewal changes no revenue."""
    moved = Movement.objects.filter(at__lte=now).exclude(kind=MovementKind.RENEWAL).order_by()
    return moved.values("account", "currency").annotate(mrr=Sum("amount_minor")).filter(mrr__gt=0)


def in_one_currency(rates: Mapping[str, float]) -> Sum:
    """The sum of movements in the currency whose rate is 1, in minor units; those without a rate are to be left out."""
    each = [When(currency=code, then=F("amount_minor") * Value(rate)) for code, rate in sorted(rates.items())]
    return Sum(Case(*each, output_field=FloatField()))


def paid_monthly_in_one(*, rates: Mapping[str, float], now: datetime) -> QuerySet[Movement, dict[str, Any]]:
    """Rows {account, mrr}: what accounts pay a month, in minor units of the currency whose rate is 1.

    Of accounts that pay in currencies with a rate; what one pays in another beside it is not counted.
    """
    moved = Movement.objects.filter(at__lte=now, currency__in=list(rates)).exclude(kind=MovementKind.RENEWAL).order_by()
    return moved.values("account").annotate(mrr=in_one_currency(rates)).filter(mrr__gte=0.5)
