"""Scores and the scores that the same people gave next, counted in the store: what recovery is measured on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Mod
from numpy.typing import NDArray

from nineplus.stats.recovery import Outcome, Recovery, recovery
from nineplus.stats.scale import BINS, NoAnswers
from nineplus.store.models import Case, Response

BUCKETS = 64
"""Accounts are dealt into so many: answers of one account are not independent."""
WITHIN = timedelta(days=730)
"""Only pairs of so long ago and later."""
Counts = NDArray[np.float64]


def contacted_cases() -> QuerySet[Case]:
    """Cases in which a person of ours reached the customer before they answered again.

    Also before the answer itself, in a case that it joined: they were not left alone.
    """
    return Case.objects.filter(answers__response=OuterRef("pk"), contacted_at__lt=OuterRef("next_at"))


def followed_cases() -> QuerySet[Case]:
    """Cases in which a person of ours reached the customer because of that answer: after it, and before the next."""
    return contacted_cases().filter(contacted_at__gte=OuterRef("answered_at"))


def counts(
    followed: QuerySet[Case] | Exists,
    *,
    before: Collection[int],
    apart: QuerySet[Case] | None = None,
    now: datetime,
) -> tuple[Counts, Counts]:
    """Pairs (buckets, 11, 11) of those followed up, and of those left alone; both with a next answer.

    `followed` is asked of each answer, with the next one's time as `next_at`; so is `apart`, by which others are left
    out who were looked after in another way.
    The next answer is of the same person, whichever survey asked.
    """
    later = Response.objects.filter(answered_at__gt=OuterRef("answered_at"), contact=OuterRef("contact")).order_by(
        "answered_at", "pk"
    )
    rows = Response.objects.filter(
        contact__isnull=False, score__in=list(before), answered_at__gte=now - WITHIN, answered_at__lte=now
    ).annotate(next_at=Subquery(later.values("answered_at")[:1]), next_score=Subquery(later.values("score")[:1]))
    rows = rows.filter(next_score__isnull=False).annotate(
        bucket=Mod(Coalesce(F("account"), F("contact")), BUCKETS),
        followed=followed if isinstance(followed, Exists) else Exists(followed),
    )
    if apart is not None:
        rows = rows.filter(Q(followed=True) | ~Exists(apart))
    tables = np.zeros((2, BUCKETS, BINS, BINS))
    grouped = rows.order_by().values_list("bucket", "score", "next_score", "followed").annotate(n=Count("pk"))
    for bucket, score, after, yes, n in grouped:
        tables[0 if yes else 1, int(bucket), score, after] += n
    return tables[0], tables[1]


def lift(
    followed: QuerySet[Case] | Exists,
    *,
    before: Collection[int],
    outcome: Outcome,
    apart: QuerySet[Case] | None = None,
    now: datetime,
) -> Recovery | None:
    """How much better are those followed up than to be expected; None when nobody can be compared."""
    mine, others = counts(followed, before=before, apart=apart, now=now)
    try:
        return recovery(followed=mine, alone=others, before=before, outcome=outcome)
    except NoAnswers:
        return None
