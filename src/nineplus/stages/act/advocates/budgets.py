"""What the rewards of a programme may cost in a month, a quarter or a year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from nineplus.rules import advocates
from nineplus.stages.act.advocates.acts import check_money
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.models import Programme, Redemption, Reward
from nineplus.store.models.advocates import RedemptionState


@dataclass(frozen=True, slots=True)
class Budget:
    """A programme's budget in the period that holds a time: minor units, from `begins` until before `ends`.

    Rewards that wait or were given are spent; refused ones are not.
    """

    period: str
    begins: datetime
    ends: datetime
    currency: str
    budget_minor: int
    spent_minor: int

    @property
    def left_minor(self) -> int:
        return max(0, self.budget_minor - self.spent_minor)


def set_budget(pk: int, *, budget_minor: int | None, currency: str = "", period: str = "month") -> Programme:
    """Bound what the programme's rewards cost in each calendar period (UTC), or lift the bound (None).

    Less than is spent already: nothing more is given until the next period. Raises NotFound, NotPossible.
    """
    with transaction.atomic():
        programme = Programme.objects.select_for_update().filter(pk=pk).first()
        if programme is None:
            raise NotFound("There is no such programme.")
        if budget_minor is None:
            currency = period = ""
        else:
            currency = currency.strip().upper()
            check_money(budget_minor, currency)
            if period not in advocates.PERIODS:
                raise NotPossible(f"A budget is of a {', a '.join(advocates.PERIODS)}.")
            must_be_of(programme.pk, currency)
        programme.budget_minor, programme.budget_currency, programme.budget_period = budget_minor, currency, period
        programme.save(update_fields=["budget_minor", "budget_currency", "budget_period"])
    return programme


def must_be_of(programme: int, currency: str) -> None:
    """Raises NotPossible when the programme has rewards in another currency: they cannot be added."""
    other = Reward.objects.filter(programme=programme).exclude(currency=currency).first()
    if other is not None:
        raise NotPossible(f"The reward “{other.name}” costs {other.currency}: a budget is in the currency of all.")


def budget(programme: Programme, *, now: datetime) -> Budget | None:
    """How the budget stands in the period that holds `now`; None: it has none."""
    if programme.budget_minor is None:
        return None
    begins, ends = advocates.period(programme.budget_period, now)
    rows = Redemption.objects.filter(programme=programme, at__gte=begins, at__lt=ends)
    spent = rows.exclude(state=RedemptionState.REFUSED).aggregate(sum=Sum("cost_minor"))["sum"] or 0
    return Budget(programme.budget_period, begins, ends, programme.budget_currency, programme.budget_minor, spent)


def hold(programme: int, *, cost_minor: int, now: datetime) -> None:
    """Make sure that so much may still be spent. Raises Conflict.

    To be called in the transaction that then writes the redemption: the programme's row is held until it ends, so what
    is counted here is all that was spent.
    """
    there = budget(Programme.objects.select_for_update().get(pk=programme), now=now)
    if there is not None and cost_minor > there.left_minor:
        raise Conflict(f"The budget of this {there.period} is used up. It begins anew on {there.ends:%Y-%m-%d}.")
