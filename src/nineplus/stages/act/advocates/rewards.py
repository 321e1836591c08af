"""Rewards for points: never beyond the budget, never one code twice, and looked at by a person first."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from nineplus.rules import advocates
from nineplus.stages.act.advocates import budgets, ledger
from nineplus.stages.act.advocates.acts import check_money
from nineplus.stages.act.advocates.choosing import wants_no_part
from nineplus.stages.act.advocates.kinds import KINDS
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.models import Advocate, Code, CodePool, Contact, Lead, Points, Programme, Redemption, Reward, User
from nineplus.store.models.advocates import LeadState, RedemptionState

BACK = "reward-back-"
"""How the key of points begins that a refused reward gave back."""
_DAY = timedelta(days=1)


def offer(
    *,
    name: str,
    points: int,
    cost_minor: int,
    currency: str,
    budget_minor: int,
    pool: int | None = None,
    programme: int | None = None,
) -> Reward:
    """A new reward; `programme`: whose budget of the period pays for it too. Raises NotPossible, NotFound."""
    name = name.strip()
    if not name or len(name) > 200 or Reward.objects.filter(name=name).exists():
        raise NotPossible("Give the reward a name that no other has.")
    if not 1 <= points <= 1_000_000:
        raise NotPossible("A reward costs 1 to 1,000,000 points.")
    check_money(cost_minor, currency)
    check_money(budget_minor, currency)
    if pool is not None and not CodePool.objects.filter(pk=pool).exists():
        raise NotPossible("There is no such list of codes.")
    with transaction.atomic():
        if programme is not None:
            of = Programme.objects.select_for_update().filter(pk=programme).first()
            if of is None:
                raise NotFound("There is no such programme.")
            if not KINDS[of.kind].may_reward:
                raise NotPossible(f"{KINDS[of.kind].title}: nothing may be given for it.")
            if of.budget_currency not in ("", currency.upper()):
                raise NotPossible(f"The programme's budget is in {of.budget_currency}.")
        return Reward.objects.create(
            programme_id=programme,
            name=name,
            points=points,
            cost_minor=cost_minor,
            currency=currency.upper(),
            budget_minor=budget_minor,
            pool_id=pool,
        )


def redeem(advocate: Advocate, *, reward: int, now: datetime) -> Redemption:
    """Take the points and the budget; it waits for a look. Raises NotFound, NotPossible, Conflict when spent."""
    with transaction.atomic():
        # All rows are held in one order: two requests for the last of the points, or of a budget, wait here.
        Contact.objects.select_for_update().filter(pk=advocate.contact_id).first()  # of two records of theirs the one
        held = Advocate.objects.select_for_update().get(pk=advocate.pk)
        wanted = Reward.objects.select_for_update().filter(pk=reward, on=True).first()
        if wanted is None:
            raise NotFound("There is no such reward.")
        if wants_no_part(held.contact_id):
            raise NotPossible("You take no part in programmes at present.")
        if ledger.balance(held) < wanted.points:
            raise NotPossible("There are not enough points for this reward yet.")
        if wanted.programme_id is not None:
            budgets.hold(wanted.programme_id, cost_minor=wanted.cost_minor, now=now)
        free = Reward.objects.filter(pk=wanted.pk, spent_minor__lte=F("budget_minor") - wanted.cost_minor)
        if not free.update(spent_minor=F("spent_minor") + wanted.cost_minor):
            raise Conflict("This reward is used up for now.")
        made = Redemption.objects.create(
            reward=wanted,
            programme_id=wanted.programme_id,
            cost_minor=wanted.cost_minor,
            advocate=held,
            doubts=_doubts(held, now=now),
            at=now,
        )
        Points.objects.create(advocate=held, points=-wanted.points, why=wanted.name, key=f"reward-{made.pk}", at=now)
    return made


def settle(pk: int, *, give: bool, why: str = "", code: str = "", by: User | None, now: datetime) -> Redemption:
    """Give the reward, with the next code of its list or the one told; or refuse it and give everything back.

    Raises NotFound, NotPossible, Conflict.
    """
    with transaction.atomic():
        of = Redemption.objects.filter(pk=pk).values_list("advocate__contact", flat=True).first()
        Contact.objects.select_for_update().filter(pk=of).first()  # first, as everywhere: who is erased now waits
        rows = Redemption.objects.select_for_update(of=("self",)).select_related("reward", "advocate")
        row = rows.filter(pk=pk).first()
        if row is None:
            raise NotFound("There is no such request.")
        if row.state != RedemptionState.WAITING:
            raise Conflict("This was settled already.")
        if give:
            row.code = _code(row.reward, now=now) if row.reward.pool_id else code.strip()[:120]
            row.state = RedemptionState.GIVEN
        else:
            if not why.strip():
                raise NotPossible("Say why it is refused.")
            row.state, row.why = RedemptionState.REFUSED, why.strip()[:300]
            Reward.objects.filter(pk=row.reward_id).update(spent_minor=F("spent_minor") - row.cost_minor)
            Points.objects.create(
                advocate=row.advocate,
                points=row.reward.points,
                why=f"Given back: {row.reward.name}"[:200],
                key=f"{BACK}{row.pk}",
                by=by,
                at=now,
            )
        row.settled_at, row.settled_by = now, by
        row.save()
    return row


def requests() -> QuerySet[Redemption]:
    """All requests for rewards, the oldest first."""
    return Redemption.objects.select_related("reward", "advocate__contact").order_by("pk")


def _code(reward: Reward, *, now: datetime) -> str:
    for _ in range(5):
        free = Code.objects.filter(pool=reward.pool_id, given_at=None).order_by("pk").first()
        if free is None:
            break
        if Code.objects.filter(pk=free.pk, given_at=None).update(given_at=now):  # whoever is first has it
            return free.code
    raise NotPossible("There is no code left in the list of this reward. Add codes first.")


def _doubts(advocate: Advocate, *, now: datetime) -> list[str]:
    leads = list(Lead.objects.filter(advocate__contact=advocate.contact_id))
    given = Redemption.objects.filter(advocate__contact=advocate.contact_id, state=RedemptionState.GIVEN)
    return advocates.reward_doubts(
        refused_leads=sum(one.state == LeadState.REFUSED for one in leads),
        doubtful_leads=sum(bool(one.doubts) for one in leads),
        days_known=(now - min(filter(None, (advocate.created_at, advocate.contact.created_at)))) // _DAY,
        first=not given.exists(),
    )
