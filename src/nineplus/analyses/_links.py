"""What people said of a sample of links: how many of all links are right?"""

from __future__ import annotations

import ibis

from nineplus.analyses._aggregates import answers
from nineplus.mart.dataset import Dataset
from nineplus.mart.schema import PRIMARY
from nineplus.stats.linking import Precision, precision


def right_of(data: Dataset, *, confidence: float) -> Precision | None:
    """The share of T1 and T2 links that is right, weighed by how many there are; None: too few were judged."""
    if not any(one.tier in PRIMARY for one in data.judged):
        return None
    rows = answers(data).filter(ibis._.tier.isin(PRIMARY)).group_by("tier").agg(n=ibis._.count())
    return among({row["tier"]: row["n"] for row in rows.to_pyarrow().to_pylist()}, data, confidence=confidence)


def among(links: dict[str, int], data: Dataset, *, confidence: float) -> Precision | None:
    """The same where the number of links by tier is known."""
    judged = {one.tier: one for one in data.judged}
    tiers = [tier for tier in PRIMARY if links.get(tier)]
    if not tiers:
        return None
    return precision(
        right=[judged[tier].right if tier in judged else 0 for tier in tiers],
        wrong=[judged[tier].wrong if tier in judged else 0 for tier in tiers],
        links=[links[tier] for tier in tiers],
        confidence=confidence,
    )
