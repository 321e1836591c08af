"""What became of every ask: planned, sent, delivered, opened, scored, commented; and where it ended otherwise.

Counted in the store, so that it is true of this minute. Each step counts who came at least that far: somebody who
answered had opened it, whatever the mail server told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.db.models import Count, F, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, NullIf

from nineplus.analyses._privacy import PRIVACY_MINIMUM
from nineplus.mart.schema import BUCKETS
from nineplus.model import Column, Estimate, Figure, Kind, Result, Table, refuse
from nineplus.model.result import NOT_KNOWN, TOO_SMALL
from nineplus.rules.asking import REASONS
from nineplus.stages.errors import NotFound
from nineplus.stats.shares import clustered_share
from nineplus.store.models import Attribute, Invitation, Survey
from nineplus.store.models.capture import Fate

NAME, TITLE = "funnel", "What became of every ask?"
GROUPS = ("version", "arm", "channel")
"""What a funnel can be split by besides attributes."""

_REPLIED = Q(fate__in=(Fate.ANSWERED, Fate.DECLINED)) | Q(declined_at__isnull=False) | Q(response__isnull=False)
_OPENED = _REPLIED | Q(fate=Fate.OPENED) | Q(opened_at__isnull=False)
_DELIVERED = _OPENED | Q(fate=Fate.DELIVERED) | Q(delivered_at__isnull=False)
_SENT = _DELIVERED | Q(fate__in=(Fate.SENT, Fate.BOUNCED)) | Q(sent_at__isnull=False)
STEPS: Mapping[str, tuple[str, Q]] = {
    "planned": ("Planned", ~Q(fate=Fate.SKIPPED)),
    "sent": ("Sent", ~Q(fate=Fate.SKIPPED) & _SENT),
    "delivered": ("Delivered", ~Q(fate__in=(Fate.SKIPPED, Fate.BOUNCED)) & _DELIVERED),
    "opened": ("Opened", ~Q(fate__in=(Fate.SKIPPED, Fate.BOUNCED)) & _OPENED),
    "scored": ("Scored", Q(response__isnull=False)),
    "commented": ("Commented", Q(response__isnull=False) & ~Q(response__comment="")),
}
_OTHERWISE = (Fate.BOUNCED, Fate.DECLINED, Fate.EXPIRED)


def funnel(survey: Survey | None = None, *, by: str = "", confidence: float = 0.95) -> Result:
    """The way of every ask of one survey, or of all; split by version, arm, channel or an attribute.

    Shares by group say how many of those it was sent to scored, with an interval that knows accounts. Groups with
    fewer than five asks are pooled. Raises NotFound for an attribute that nobody defined.
    """
    asks = Invitation.objects.filter(survey=survey) if survey else Invitation.objects.all()
    counted = _counted(asks, by)
    total = sum(counted.values(), np.zeros((BUCKETS, len(STEPS) + len(_OTHERWISE) + 1)))
    n = dict(zip((*STEPS, *(fate.value for fate in _OTHERWISE), "skipped"), total.sum(axis=0).astype(int), strict=True))
    if not n["planned"] and not n["skipped"]:
        return refuse(NAME, TITLE, "Nobody was asked yet.")
    tables = [_steps(n), *([_groups(counted, by, confidence)] if by else []), _ended(n, asks)]
    rate = _rate(total, confidence) if n["sent"] else None
    return Result(
        name=NAME,
        title=TITLE,
        says=_sentence(n),
        estimate=rate,
        tables=tuple(tables),
        figures={name: int(count) for name, count in n.items()},
        assumptions=(
            "Who scored had opened it, and what was opened had arrived.",
            "Accounts answer independently of each other.",
        ),
        method="Counts of asks; share who scored of those sent to, Wilson interval account-clustered by a jackknife",
    )


def _counted(asks: QuerySet[Invitation], by: str) -> dict[str, Any]:
    """Per group an array (buckets of accounts, counts): the steps, where it ended otherwise, skipped."""
    names = [*STEPS, *(f"end_{fate.value}" for fate in _OTHERWISE), "skipped"]
    counts = {name: Count("pk", filter=condition) for name, (_title, condition) in STEPS.items()}
    counts |= {f"end_{fate.value}": Count("pk", filter=Q(fate=fate)) for fate in _OTHERWISE}
    counts["skipped"] = Count("pk", filter=Q(fate=Fate.SKIPPED))
    bucket = Coalesce("account_id", "contact_id", "pk") % BUCKETS
    rows = asks.annotate(group=_group(by), cluster=bucket).order_by().values_list("group", "cluster").annotate(**counts)
    found: dict[str, Any] = {}
    for group, cluster, *numbers in rows:
        sums = found.setdefault("" if group is None else str(group), np.zeros((BUCKETS, len(names))))
        sums[cluster] += numbers
    return found


def _group(by: str) -> Any:
    if not by:
        return Value("")
    if by == "version":
        return Cast("version__number", TextField())
    if by in GROUPS:
        return F(by)
    if not Attribute.objects.filter(slug=by).exists():
        there = ", ".join((*GROUPS, *Attribute.objects.order_by("slug").values_list("slug", flat=True)))
        raise NotFound(f"There is no attribute {by!r}. There are: {there}.")
    texts = [
        NullIf(KeyTextTransform(by, whose), Value(""), output_field=TextField())
        for whose in ("attributes", "contact__attributes", "account__attributes")
    ]
    return Coalesce(*texts, output_field=TextField())


def _steps(n: Mapping[str, int]) -> Table:
    rows = []
    before = None
    for name, (title, _condition) in STEPS.items():
        rows.append(
            {
                "step": title,
                "n": int(n[name]),
                "of_sent": _share(n[name], n["sent"]) if name not in ("planned",) else None,
                "of_before": _share(n[name], before) if before is not None else None,
            }
        )
        before = n[name]
    return Table(
        name="steps",
        title="Step by step",
        columns=(
            Column("step", "Came as far as"),
            Column("n", "Asks", Kind.COUNT),
            Column("of_sent", "Of those sent", Kind.SHARE),
            Column("of_before", "Of the step before", Kind.SHARE),
        ),
        rows=tuple(rows),
        figure=Figure(kind="bars", label="step", value="n"),
        note="Not every mail server tells what it delivered, and many open pictures by themselves: these two steps are "
        "lower and upper guesses.",
    )


def _ended(n: Mapping[str, int], asks: QuerySet[Invitation]) -> Table:
    skips = asks.filter(fate=Fate.SKIPPED).order_by().values_list("reason").annotate(n=Count("pk"))
    rows = [
        {"fate": fate.value.capitalize(), "reason": "", "says": "", "n": int(n[fate.value])}
        for fate in _OTHERWISE
        if n[fate.value]
    ]
    rows += [
        {"fate": "Skipped", "reason": reason, "says": REASONS.get(reason, reason.replace("_", " ")), "n": count}
        for reason, count in sorted(skips, key=lambda row: -row[1])
    ]
    return Table(
        name="ended",
        title="Where it ended otherwise",
        columns=(
            Column("fate", "Fate"),
            Column("says", "Why"),
            Column("n", "Asks", Kind.COUNT),
        ),
        rows=tuple(rows),
    )


def _groups(counted: Mapping[str, Any], by: str, confidence: float) -> Table:
    small = [group for group, sums in counted.items() if 0 < sums[:, 0].sum() < PRIVACY_MINIMUM]
    if len(small) == 1 and len(counted) > 1:  # alone it could be found by subtraction: the next smallest joins it
        rest = [group for group in counted if group not in small]
        small.append(min(rest, key=lambda group: counted[group][:, 0].sum()))
    pooled = {group: sums for group, sums in counted.items() if group not in small}
    named = {(group or NOT_KNOWN): pooled[group] for group in sorted(pooled)}
    if small:
        named[TOO_SMALL] = sum(counted[group] for group in small)
    rows = []
    for group, sums in named.items():
        n = sums.sum(axis=0).astype(int)
        steps = dict(zip(STEPS, (int(count) for count in n), strict=False))
        rate = _rate(sums, confidence) if steps["sent"] else None
        rows.append({"value": group, **steps, "skipped": int(n[-1]), "rate": rate})
    return Table(
        name="groups",
        title=f"By {by.replace('_', ' ')}",
        columns=(
            Column("value", by.replace("_", " ").capitalize()),
            *(Column(name, title, Kind.COUNT) for name, (title, _) in STEPS.items()),
            Column("skipped", "Skipped", Kind.COUNT),
            Column("rate", "Per cent scored of those sent", Kind.ESTIMATE),
        ),
        rows=tuple(rows),
        figure=Figure(kind="whiskers", label="value", value="rate", counts="ask"),
    )


def _rate(sums: Any, confidence: float) -> Estimate:
    """Per cent who scored of those it was sent to."""
    places = list(STEPS)
    sent, scored = sums[:, places.index("sent")], sums[:, places.index("scored")]
    share = clustered_share(hits=np.minimum(scored, sent), sizes=sent, confidence=confidence)
    return Estimate(
        value=100 * share.value,
        low=None if share.low is None else 100 * share.low,
        high=None if share.high is None else 100 * share.high,
        n=share.n,
        n_eff=share.n_eff,
        confidence=confidence,
        method="wilson",
        unit="percent",
    )


def _sentence(n: Mapping[str, int]) -> str:
    if not n["sent"]:
        return f"{n['planned']:,} planned, {n['skipped']:,} skipped; nothing was sent yet."
    return (
        f"Of {n['sent']:,} sent, {n['scored']:,} were scored ({100 * n['scored'] / n['sent']:.0f} %) and "
        f"{n['commented']:,} commented; {n['skipped']:,} were skipped."
    )


def _share(part: int, whole: int) -> float | None:
    return min(1.0, part / whole) if whole else None
