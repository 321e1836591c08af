"""/v1/metrics: NPS and what it is made of."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Q
from django.http import HttpResponse

from nineplus.api.delighted.door import Ask, said
from nineplus.api.delighted.responses import of_trend, trend_of
from nineplus.stats.scale import Histogram
from nineplus.store.models import Response

WINDOW = timedelta(days=30)
"""What is looked at when nobody says: so long until the latest response."""
_GROUPS = {
    "email": Q(channel="email"),
    "sms": Q(channel="sms"),
    "web": Q(channel__in=("widget", "web")),
    "link": Q(channel="link"),
    "kiosk": Q(channel="kiosk"),
    "core": ~Q(channel__in=("link", "kiosk")),
}
"""Ways of answering. `core`: whoever was asked, not those who came across a link or kiosk."""


def read(ask: Ask) -> HttpResponse:
    """Counted in the store at this moment; the rule and the formula are those of `stats.scale`."""
    sent = ask.sent
    since, until, trend, groups = sent.moment("since"), sent.moment("until"), trend_of(sent), sent.many("groups")
    for group in groups:
        if group not in _GROUPS:
            sent.fault("groups", f"{group[:40]}: must be one of {', '.join(sorted(_GROUPS))}")
    sent.check()
    rows = of_trend(Response.objects.filter(survey=ask.survey), trend).order_by()
    if groups:
        any_of = Q()
        for group in groups:
            any_of |= _GROUPS[group]
        rows = rows.filter(any_of)
    if until:
        rows = rows.filter(answered_at__lte=until)
    if since is None and until is None:
        latest = rows.aggregate(at=Max("answered_at"))["at"]
        since = latest - WINDOW if latest else None
    if since:
        rows = rows.filter(answered_at__gte=since)
    counts = [0] * len(Histogram().counts)
    for score, count in rows.values_list("score").annotate(count=Count("pk")):
        counts[score] = count
    return said(shape(Histogram(tuple(counts))))


def shape(histogram: Histogram) -> dict[str, Any]:
    """Counts and whole numbers. Of no answers there is no NPS and no percentage: both are null."""
    n = histogram.n
    found: dict[str, Any] = {"nps": _rounded(histogram.nps) if n else None}
    for name, count in (
        ("promoter", histogram.promoters),
        ("passive", histogram.passives),
        ("detractor", histogram.detractors),
    ):
        found |= {f"{name}_count": int(count), f"{name}_percent": _rounded(100 * count / n) if n else None}
    return found | {"response_count": int(n)}


def _rounded(value: float) -> int:
    """The nearest whole number; of two as near the one further from 0."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))
