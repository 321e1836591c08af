"""A person, or the people of an account, gave much less than last time, and less than was to be expected.

High scores are followed by lower ones by chance alone (regression to the mean), so a fall is measured from what others
gave after the same score. A person: once an answer. An account: once a fall, for what was told of is left out of the
next test.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, OuterRef, QuerySet, Subquery

from nineplus.rules import falls
from nineplus.stages.act.alerts import expecting, policy
from nineplus.stages.act.alerts.telling import tell
from nineplus.stages.act.alerts.whom import company_owners, who_looks_after
from nineplus.stages.act.cases import policy as cases
from nineplus.stages.govern import sample
from nineplus.store.models import Account, Raised, Response

NAME, TITLE = "score_fall", "A customer's score fell"
SAYS = "Who looks after the account, else the owners of the company: once an answer, and once an account and fall."
_LATELY = timedelta(days=90)
_LONG_AGO = timedelta(days=730)


def worth_a_look(responses: Collection[int]) -> list[int]:
    """Those of these that may be below their giver's last answer: below any that they gave before.

    Asked by the givers. To look for the last answer of each, PostgreSQL may read all answers from the newest on.
    """
    given = Response.objects.filter(contact__isnull=False).values_list("contact", "answered_at", "score", "pk")
    new = list(given.filter(pk__in=responses))
    before: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for contact, at, score, _ in given.filter(contact__in={contact for contact, *_ in new}):
        before[contact].append((at, score))
    return [pk for contact, at, score, pk in new if any(then < at and score < was for then, was in before[contact])]


def look(response: int, *, now: datetime) -> int:
    """Tell of this answer, and of its account, when they fell; how many are told. History is not told."""
    row = (
        _lower(Response.objects.filter(pk=response))
        .select_related("account__owner", "contact", "survey")
        .defer("raw", "attributes")
        .first()
    )
    if row is None or row.anonymous or row.added_by_id is not None or row.source == sample.SOURCE:
        return 0
    if row.answered_at < now - timedelta(days=cases.current().not_older_days):
        return 0
    held, expected = policy.current(), expecting.expected()
    told = 0
    if falls.fell(row.former, row.score, expected, points=held.fall_points):  # type: ignore[attr-defined]
        told += _tell_person(row, expected, now=now)
    if row.account_id:
        with transaction.atomic():  # two of its answers at once would both find that nothing was told yet
            Account.objects.select_for_update().filter(pk=row.account_id).first()
            if found := falls.account_fell(_pairs(row.account_id, now), expected, points=2.0):
                told += _tell_account(row, found, now=now)
    return told


def _tell_person(row: Response, expected: falls.Expected, *, now: datetime) -> int:
    former: int = row.former  # type: ignore[attr-defined]
    after = expected.after(former)
    name = row.contact.name if row.contact and row.contact.name else "Somebody"
    of = f" of {row.account.name}" if row.account and row.account.name else ""
    if after is None:
        detail = "Too few people here answered twice to say how much of this is chance."
    else:
        detail = (
            f"Whoever gave {former} here gave {after:.1f} on average the next time, so a fall of "
            f"{max(0.0, former - after):.1f} was to be expected; this one is of {former - row.score}."
        )
    return tell(
        kind=NAME,
        subject=f"contact-{row.contact_id}",
        period=f"answer {row.pk}",
        title=f"{name}{of} gave {row.score}, after {former} the last time",
        detail=detail,
        path=f"/responses/{row.pk}/",
        whom=who_looks_after(row.account) or company_owners(),
        account=row.account_id,
        contact=row.contact_id,
        now=now,
    )


def _tell_account(row: Response, found: falls.AccountFall, *, now: datetime) -> int:
    assert row.account is not None
    return tell(
        kind=NAME,
        subject=_subject(row.account.pk),
        period=f"answer {row.pk}",
        title=f"{row.account.name} fell from {found.before:.1f} to {found.now:.1f} on average",
        detail=(
            f"The same {found.people} people, each against their own last answer. After such scores "
            f"{found.expected:.1f} was to be expected."
        ),
        path=f"/accounts/{row.account.pk}/",
        whom=who_looks_after(row.account) or company_owners(),
        account=row.account.pk,
        now=now,
    )


def _lower(rows: QuerySet[Response]) -> QuerySet[Response]:
    """Those below the answer that the same person gave before, with `former`, what that was."""
    earlier = Response.objects.filter(
        contact=OuterRef("contact"),
        answered_at__lt=OuterRef("answered_at"),
        answered_at__gt=OuterRef("answered_at") - _LONG_AGO,
    )
    last = earlier.order_by("-answered_at", "-pk").values("score")[:1]
    return rows.filter(contact__isnull=False).annotate(former=Subquery(last)).filter(score__lt=F("former"))


def _pairs(account: int, now: datetime) -> list[tuple[int, int]]:
    """The last answer of each person of the account who answered lately, and the one before: (former, now).

    Lately: since its fall was told of last, for one fall is told once.
    """
    rows = Response.objects.filter(account=account, contact__isnull=False, answered_at__gt=now - _LONG_AGO)
    newest: dict[int, list[tuple[datetime, int]]] = {}
    for contact, at, score in rows.order_by("-answered_at", "-pk").values_list("contact", "answered_at", "score"):
        newest.setdefault(contact, []).append((at, score))
    told = Raised.objects.filter(kind=NAME, subject=_subject(account)).aggregate(at=Max("at"))["at"]
    since = max(now - _LATELY, told) if told else now - _LATELY
    recent = (given for given in newest.values() if len(given) > 1 and given[0][0] > since)
    return [(given[1][1], given[0][1]) for given in recent]


def _subject(account: int) -> str:
    return f"account-{account}"
