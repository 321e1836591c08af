"""A large account says nothing and its contract renews soon. Once a renewal.

Large is what Settings, Cases calls high value; silence and renewal are as the bounds of alerts say.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max, Min, Q

from nineplus.render import numbers
from nineplus.stages.act.alerts import policy
from nineplus.stages.act.alerts.telling import tell
from nineplus.stages.act.alerts.whom import company_owners, who_looks_after
from nineplus.stages.act.cases import policy as cases
from nineplus.stages.govern.rates import rates
from nineplus.stages.govern.sample.state import SOURCE as SAMPLE
from nineplus.store.models import Account, Invitation, Response, Subscription
from nineplus.store.money import paid_monthly_in_one

NAME, TITLE = "silent_account", "A large customer is silent before the renewal"
SAYS = "Who looks after the account and the owners of the company, once a renewal."


def look(*, now: datetime) -> int:
    """Tell of all that are so now; how many people are told. Safe to repeat. A few questions, however many accounts."""
    held, large = policy.current(), cases.current().high_value_minor
    if large is None or NAME in held.off:
        return 0
    soon = Subscription.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=now), renews_at__gt=now, renews_at__lte=now + timedelta(held.renewal_days)
    )
    soon = soon.exclude(source=SAMPLE).order_by()
    renews = dict(soon.values_list("account").annotate(at=Min("renews_at")))
    paying = paid_monthly_in_one(rates=rates(), now=now).filter(account__in=list(renews), mrr__gte=large)
    wanted = {row["account"] for row in paying}
    since = now - timedelta(days=held.silent_days)
    heard = Response.objects.filter(account__in=wanted, answered_at__gte=since).order_by()
    silent = wanted - set(heard.values_list("account", flat=True).distinct())
    last = _newest(Response.objects.filter(account__in=silent), "answered_at")
    asked = _newest(Invitation.objects.filter(account__in=silent, sent_at__isnull=False), "sent_at")
    told = 0
    for account in Account.objects.select_related("owner").filter(pk__in=silent).order_by("pk"):
        told += _tell(account, renews[account.pk], last.get(account.pk), asked.get(account.pk), now=now)
    return told


def _newest(rows, name: str) -> dict[int, datetime]:  # type: ignore[no-untyped-def]
    return dict(rows.order_by().values_list("account").annotate(at=Max(name)))


def _tell(account: Account, renews: datetime, last: datetime | None, asked: datetime | None, *, now: datetime) -> int:
    days = (renews - now).days
    heard = f"The last answer came on {numbers.day(last)}" if last else "Nobody there ever answered"
    if asked is None:
        why = "nobody there has been asked: plan a survey or call them."
    elif last is None or asked > last:
        why = f"the question of {numbers.day(asked)} is unanswered: call them."
    else:
        why = f"they were last asked on {numbers.day(asked)}."
    return tell(
        kind=NAME,
        subject=f"account-{account.pk}",
        period=renews.date().isoformat(),
        title=f"{account.name or 'A large customer'} is silent, and the contract renews in {max(1, days)} days",
        detail=f"{heard}; {why}",
        path=f"/accounts/{account.pk}/",
        whom=who_looks_after(account) | company_owners(),
        account=account.pk,
        now=now,
    )
