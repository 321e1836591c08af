"""Points and rewards: a ledger that only grows, budgets that hold when two ask at once, a look before it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q, Sum

from nineplus.rules.advocates import level, reward_doubts
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.models import Advocate, Code, Lead, Points, Redemption, Response, Reward, User
from nineplus.store.models.advocates import LeadState, RedemptionState

LEVELS = (("Supporter", 1), ("Advocate", 100), ("Ambassador", 500))
"""By points earned in all, whatever was spent."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What somebody has, and what they earned in all."""

    points: int
    earned: int

    @property
    def level(self) -> str:
        return level(self.earned, LEVELS)


def add(advocate: Advocate, points: int, *, why: str, key: str, by: User | None = None, now: datetime) -> bool:
    """Write that change of points; False when it was written before (`key`)."""
    _, made = Points.objects.get_or_create(
        key=key, defaults={"advocate": advocate, "points": points, "why": why[:200], "by": by, "at": now}
    )
    return made


def balance(advocate: Advocate) -> Balance:
    """What they have."""
    found = Points.objects.filter(advocate=advocate).aggregate(
        points=Sum("points"), earned=Sum("points", filter=Q(points__gt=0) & ~Q(key__startswith="back-"))
    )
    return Balance(found["points"] or 0, found["earned"] or 0)


def make(
    *, name: str, points: int, cost_minor: int, currency: str, budget_minor: int, pool: int | None = None
) -> Reward:
    """A reward that points buy. Raises NotPossible, Conflict."""
    name = name.strip()
    if not name or len(name) > 200 or points < 1 or cost_minor < 0 or budget_minor < 0:
        raise NotPossible("A reward has a name, costs at least one point, and has a budget.")
    if not (len(currency) == 3 and currency.isupper() and currency.isascii()):
        raise NotPossible(f"{currency!r} is not a currency code. Write it as EUR.")
    if Reward.objects.filter(name=name).exists():
        raise Conflict(f"There is a reward called “{name}” already.")
    return Reward.objects.create(
        name=name, points=points, cost_minor=cost_minor, currency=currency, budget_minor=budget_minor, pool_id=pool
    )


def redeem(advocate: Advocate, reward: int, *, now: datetime) -> Redemption:
    """Buy that reward: points and budget are taken at once. Given at once when nothing speaks against it.

    Raises NotFound; NotPossible when there are too few points, or the budget or the codes are used up.
    """
    with transaction.atomic():
        # Whoever buys holds the reward and the advocate: neither budget nor points can be spent twice.
        row = Reward.objects.select_for_update().filter(pk=reward, on=True).first()
        if row is None:
            raise NotFound("There is no such reward.")
        who = Advocate.objects.select_for_update().get(pk=advocate.pk)
        if balance(who).points < row.points:
            raise NotPossible("That takes more points than there are.")
        if row.spent_minor + row.cost_minor > row.budget_minor:
            raise NotPossible("This reward is used up for now.")
        doubts = _doubts(who, now=now)
        made = Redemption.objects.create(reward=row, advocate=who, doubts=doubts, at=now)
        add(who, -row.points, why=row.name, key=f"redemption-{made.pk}", now=now)
        row.spent_minor += row.cost_minor
        row.save(update_fields=["spent_minor"])
        if not doubts:
            _give(made, by=None, now=now)
    return made


def settle(pk: int, *, give: bool, why: str = "", by: User | None, now: datetime) -> Redemption:
    """Give it, or refuse it: then points and budget come back. Raises NotFound, Conflict, NotPossible."""
    with transaction.atomic():
        found = Redemption.objects.select_for_update(of=("self",)).select_related("reward", "advocate").filter(pk=pk)
        made = found.first()
        if made is None:
            raise NotFound("There is no such redemption.")
        if made.state != RedemptionState.WAITING:
            raise Conflict("That was settled already.")
        if give:
            _give(made, by=by, now=now)
            return made
        if not why.strip():
            raise NotPossible("Say why it is refused.")
        made.state, made.why, made.settled_at, made.settled_by = RedemptionState.REFUSED, why.strip()[:300], now, by
        made.save()
        reward = Reward.objects.select_for_update().get(pk=made.reward_id)
        reward.spent_minor -= reward.cost_minor
        reward.save(update_fields=["spent_minor"])
        add(made.advocate, reward.points, why=f"{reward.name}: refused", key=f"back-{made.pk}", by=by, now=now)
    return made


def waiting() -> Sequence[Redemption]:
    """Rewards that somebody should look at, the oldest first."""
    rows = Redemption.objects.filter(state=RedemptionState.WAITING).order_by("at", "pk")
    return list(rows.select_related("reward", "advocate__contact"))


def ledger(advocate: Advocate) -> Sequence[Points]:
    """Every change of their points, the newest first."""
    return list(Points.objects.filter(advocate=advocate).order_by("-at", "-pk")[:100])


def left_of(rewards: Sequence[Reward]) -> Mapping[int, int]:
    """Of these rewards how many can still be had, by budget and codes; those without any limit are not among them."""
    left = {row.pk: (row.budget_minor - row.spent_minor) // row.cost_minor for row in rewards if row.cost_minor}
    for row in rewards:
        if row.pool_id:
            free = Code.objects.filter(pool=row.pool_id, given_at=None).count()
            left[row.pk] = min(left.get(row.pk, free), free)
    return left


def _doubts(advocate: Advocate, *, now: datetime) -> list[str]:
    leads = Lead.objects.filter(advocate=advocate)
    answers = Response.objects.filter(contact=advocate.contact_id).order_by("answered_at")
    first = answers.values_list("answered_at", flat=True).first()
    return reward_doubts(
        refused_leads=leads.filter(state=LeadState.REFUSED).count(),
        doubtful_leads=leads.exclude(doubts=[]).count(),
        days_known=(now - (first or now)).days,
        first=not Redemption.objects.filter(advocate=advocate, state=RedemptionState.GIVEN).exists(),
    )


def _give(made: Redemption, *, by: User | None, now: datetime) -> None:
    if made.reward.pool_id:
        made.code = _code(made.reward.pool_id, now=now)
    made.state, made.settled_at, made.settled_by = RedemptionState.GIVEN, now, by
    made.save()


def _code(pool: int, *, now: datetime) -> str:
    """The next code of the pool, given to nobody else."""
    skip = connection.features.has_select_for_update_skip_locked
    free = Code.objects.select_for_update(skip_locked=skip).filter(pool=pool, given_at=None).order_by("pk").first()
    if free is None:
        raise NotPossible("There are no codes left for this reward.")
    free.given_at = now
    free.save(update_fields=["given_at"])
    return free.code
