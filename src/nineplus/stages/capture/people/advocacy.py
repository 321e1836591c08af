"""What an erased person did for us: it counts on, and tells nobody who they were."""

from __future__ import annotations

import secrets
from datetime import datetime
from operator import itemgetter

from django.db.models import F

from nineplus.store.models import Act, ActEntry, Advocate, Contact, Lead, Points, Redemption, Reward
from nineplus.store.models.advocates import ActStage, LeadState, RedemptionState

_OPEN = (ActStage.ASKED, ActStage.AGREED, ActStage.DOING)


def forget(person: Contact, *, now: datetime) -> None:
    """Their words, their page, their link and their codes go; acts, money won, points and rewards stay as numbers.

    What is open ends. Whom they referred is somebody else, who agreed to hear from us: known until it is settled.
    In the caller's transaction.
    """
    mine = Act.objects.filter(contact=person)
    ActEntry.objects.filter(act__in=mine.values("pk")).update(text="")
    mine.update(quote="")
    mine.filter(stage__in=_OPEN).update(stage=ActStage.DECLINED, slot="", changed_at=now)
    _refuse_waiting(person, now=now)
    Redemption.objects.filter(advocate__contact=person).update(code="", why="", doubts=[])
    Points.objects.filter(advocate__contact=person).update(why="")
    forget_leads(person)
    for advocate in Advocate.objects.filter(contact=person):
        advocate.code, advocate.opted_out_at = f"gone-{secrets.token_hex(5)}", advocate.opted_out_at or now
        advocate.save(update_fields=["code", "opted_out_at"])


def _refuse_waiting(person: Contact, *, now: datetime) -> None:
    """Rewards that they asked for are given to nobody; what they would have cost is free again, once."""
    waiting = Redemption.objects.filter(advocate__contact=person, state=RedemptionState.WAITING)
    # Held before they are counted: what somebody settles at this moment is waited for, and then waits no more.
    held = list(waiting.select_for_update(of=("self",)).order_by("pk").values_list("pk", "reward", "cost_minor"))
    for _, reward, cost in sorted(held, key=itemgetter(1)):
        Reward.objects.filter(pk=reward).update(spent_minor=F("spent_minor") - cost)
    Redemption.objects.filter(pk__in=[pk for pk, _, _ in held]).update(state=RedemptionState.REFUSED, settled_at=now)


def forget_leads(person: Contact) -> None:
    """Of the settled referrals of somebody who was erased stays what they were worth, not who it was."""
    settled = Lead.objects.filter(advocate__contact=person).exclude(state=LeadState.OPEN)
    settled.update(name="", email="", company="", why="", doubts=[])
