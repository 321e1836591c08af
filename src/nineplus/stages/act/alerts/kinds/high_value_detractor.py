"""A large customer is unhappy: told to whoever looks after the account and to the owners of the company.

Large is what the rules of cases call high value. Once an account and day.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from nineplus.stages.act.alerts.telling import tell
from nineplus.stages.act.alerts.whom import company_owners, who_looks_after
from nineplus.stages.act.cases import policy
from nineplus.stages.govern import sample
from nineplus.stages.govern.rates import rates
from nineplus.stats import scale
from nineplus.store.models import Response
from nineplus.store.money import paid_monthly_in_one

NAME, TITLE = "high_value_detractor", "A large customer is unhappy"
SAYS = "Who looks after the account and the owners of the company, once an account and day."


def worth_a_look(responses: Collection[int]) -> list[int]:
    """Those of these that may be of a large unhappy customer."""
    if policy.current().high_value_minor is None:
        return []
    unhappy = Response.objects.filter(pk__in=responses, score__lte=scale.DETRACTOR_TO, account__isnull=False)
    return list(unhappy.values_list("pk", flat=True))


def look(response: int, *, now: datetime) -> int:
    """Tell of this answer when it is such a one; how many are told. Safe to repeat. History is not told."""
    if not worth_a_look([response]):
        return 0
    held = policy.current()
    row = Response.objects.select_related("account__owner", "survey").filter(pk=response).first()
    if row is None or row.account is None or row.anonymous or row.added_by_id is not None:
        return 0
    if row.source == sample.SOURCE or row.answered_at < now - timedelta(days=held.not_older_days):
        return 0
    found = next(iter(paid_monthly_in_one(rates=rates(), now=now).filter(account=row.account)), None)
    if found is None or int(found["mrr"]) < (held.high_value_minor or 0):
        return 0
    return tell(
        kind=NAME,
        subject=f"account-{row.account.pk}",
        period=row.answered_at.date().isoformat(),
        title=f"{row.account.name}, a large customer, gave {row.score} to {row.survey.name}",
        path=f"/responses/{row.pk}/",
        whom=who_looks_after(row.account) | company_owners(),
        account=row.account.pk,
        contact=row.contact_id,  # the letter holds what they wrote
        now=now,
    )
