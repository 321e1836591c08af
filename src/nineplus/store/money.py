"""What accounts pay a month, from the movements that changed it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Sum

from nineplus.store.models import Movement
from nineplus.store.models.connect import MovementKind


def paid_monthly(*, now: datetime) -> QuerySet[Movement, dict[str, Any]]:
    """Rows {account, currency, mrr}: minor units a month now, of accounts that pay. A renewal changes no revenue."""
    moved = Movement.objects.filter(at__lte=now).exclude(kind=MovementKind.RENEWAL).order_by()
    return moved.values("account", "currency").annotate(mrr=Sum("amount_minor")).filter(mrr__gt=0)
