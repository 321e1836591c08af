"""What an experiment showed: were its arms filled as meant, who answered more, and only then what they answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Count, Q
from django.db.models.functions import Coalesce

from nineplus.mart.schema import BUCKETS
from nineplus.model import Column, Estimate, Figure, Grade, Kind, Result, Table, refuse
from nineplus.stages.capture.asking.audience import SOURCE
from nineplus.stages.capture.drawing import surveys
from nineplus.stats.clusters import Moments, clustered_nps, worth
from nineplus.stats.compare import Sides, differences
from nineplus.stats.pace import Gap, ratio_mismatch, share_difference
from nineplus.stats.scale import DETRACTOR_TO, PROMOTER_FROM
from nineplus.stats.shares import Share, clustered_share
from nineplus.store.models import Experiment, Invitation
from nineplus.store.models.asking import ExperimentKind
from nineplus.store.models.capture import Fate

NAME = "experiment"
STILL_OPEN = timedelta(days=14)
"""Asks younger than this are left out: their answers may still come."""
MISMATCH = 0.001
"""Below this chance the arms were not filled as they were meant to be."""
_REACHED = (Fate.SENT, Fate.DELIVERED, Fate.OPENED, Fate.ANSWERED, Fate.DECLINED, Fate.EXPIRED)


def experiment_result(experiment: Experiment, *, now: datetime, confidence: float = 0.95) -> Result:
    """Which way of asking gets more answers? The first arm is what the others are compared with.

    Accounts are what was drawn, so every interval knows them. With several comparisons each interval is as much wider
    as keeps the whole at its confidence (Bonferroni). Refuses before anything is old enough, and says when the arms'
    sizes cannot have come about by chance.
    """
    title = f"Experiment: {experiment.name}"
    names = [arm["name"] for arm in experiment.arms]
    if experiment.started_at is None:
        return refuse(NAME, title, "The experiment has not begun.")
    asked, accounts = _asked(experiment, names, until=now - STILL_OPEN), _accounts(experiment, names)
    if any(asked[name][:, 0].sum() == 0 for name in names):
        return refuse(NAME, title, f"An arm has no ask older than {STILL_OPEN.days} days yet: answers may still come.")
    shares = [float(arm["share"]) for arm in experiment.arms]
    chance = ratio_mismatch(counts=[accounts[name] for name in names], shares=shares)
    level = 1 - (1 - confidence) / max(1, len(names) - 1)
    rates = {name: _rate(asked[name], level) for name in names}
    gaps = {name: share_difference(rates[name], rates[names[0]]) for name in names[1:]}
    differ = any(gap.low is not None and gap.high is not None and not gap.low <= 0 <= gap.high for gap in gaps.values())
    warnings = []
    if chance < MISMATCH:
        warnings.append(
            "The arms were not filled as they were meant to be (chance of this by luck below 1 in 1,000): find out why "
            "before believing anything below."
        )
    if differ:
        warnings.append("The arms are answered by different shares: their scores may differ only by who answered.")
    return Result(
        name=NAME,
        title=title,
        says=_sentence(names, rates, gaps),
        tables=(
            _arms(names, accounts, shares, asked, rates, gaps, level),
            _scores(experiment, names, until=now - STILL_OPEN, confidence=level),
        ),
        figures={"ratio_p": chance},
        evidence=Grade.A if chance >= MISMATCH else None,
        assumptions=("Accounts answer independently of each other.", "An account saw one arm only."),
        warnings=tuple(warnings),
        method=f"Asks older than {STILL_OPEN.days} days: Wilson intervals clustered by account, differences by "
        "Newcombe's hybrid; sample ratio by chi-square over accounts",
    )


def _rows(experiment: Experiment, names: Sequence[str]) -> Any:
    """The asks that were drawn into an arm: it stands on each, whenever its message was to go.

    Arms that ask at other times are compared over the same occasions: from the first
    that the quickest arm asked about, to the last that the slowest did.
    """
    rows = Invitation.objects.filter(survey=experiment.survey, source=SOURCE, arm__in=names).order_by()
    lags = _lags(experiment)
    if not any(lags.values()):
        return rows
    assert experiment.started_at is not None
    slowest, same = max(lags.values()), Q()
    for name in names:
        of_arm = Q(arm=name, due_at__gte=experiment.started_at + slowest - lags[name])
        if experiment.ended_at:
            of_arm &= Q(due_at__lt=experiment.ended_at - lags[name])
        same |= of_arm
    return rows.filter(same)


def _lags(experiment: Experiment) -> dict[str, timedelta]:
    """How much sooner than the slowest arm each arm asks about the same occasion."""
    delays = dict.fromkeys((arm["name"] for arm in experiment.arms), 0.0)
    if experiment.kind == ExperimentKind.TIMING:
        own = surveys.plan_of(experiment.survey).trigger.delay_hours
        delays = {arm["name"]: float((arm.get("change") or {}).get("delay_hours", own)) for arm in experiment.arms}
    return {name: timedelta(hours=max(delays.values()) - hours) for name, hours in delays.items()}


def _old_enough(experiment: Experiment, names: Sequence[str], *, until: datetime) -> Q:
    """Asks sent before `until`; of a quicker arm, those about what the slowest has asked about by then."""
    lags, old = _lags(experiment), Q()
    for name in names:
        old |= Q(arm=name, sent_at__lt=until - lags[name])
    return old


def _asked(experiment: Experiment, names: Sequence[str], *, until: datetime) -> dict[str, Any]:
    """Per arm an array (buckets of accounts, 2): asks that reached somebody, and were scored."""
    rows = _rows(experiment, names).filter(_old_enough(experiment, names, until=until), fate__in=_REACHED)
    bucket = Coalesce("account_id", "contact_id", "pk") % BUCKETS
    counted = (
        rows.annotate(cluster=bucket)
        .values_list("arm", "cluster")
        .annotate(asked=Count("pk"), scored=Count("pk", filter=Q(response__isnull=False)))
    )
    found = {name: np.zeros((BUCKETS, 2)) for name in names}
    for arm, cluster, asked, scored in counted:
        found[arm][cluster] += (asked, scored)
    return found


def _accounts(experiment: Experiment, names: Sequence[str]) -> dict[str, int]:
    """How many accounts (or contacts without one) each arm was given, whatever became of the ask."""
    rows = (
        _rows(experiment, names)
        .values_list("arm")
        .annotate(
            accounts=Count("account", distinct=True),
            alone=Count("contact", distinct=True, filter=Q(account__isnull=True)),
        )
    )
    found = dict.fromkeys(names, 0)
    for arm, accounts, alone in rows:
        found[arm] = accounts + alone
    return found


def _rate(sums: Any, confidence: float) -> Share:
    return clustered_share(hits=sums[:, 1], sizes=sums[:, 0], confidence=confidence)


def _arms(
    names: Sequence[str],
    accounts: Mapping[str, int],
    shares: Sequence[float],
    asked: Mapping[str, Any],
    rates: Mapping[str, Share],
    gaps: Mapping[str, Gap],
    level: float,
) -> Table:
    rows = []
    for name, share in zip(names, shares, strict=True):
        rate, gap = rates[name], gaps.get(name)
        rows.append(
            {
                "arm": name,
                "accounts": accounts[name],
                "meant": share / sum(shares),
                "asked": int(asked[name][:, 0].sum()),
                "answered": int(asked[name][:, 1].sum()),
                "rate": _estimate(rate.value, rate.low, rate.high, rate, level),
                "difference": None if gap is None else _estimate(gap.value, gap.low, gap.high, rate, level),
            }
        )
    return Table(
        name="rates",
        title="Who answered",
        columns=(
            Column("arm", "Arm"),
            Column("accounts", "Accounts", Kind.COUNT),
            Column("meant", "Meant share", Kind.SHARE),
            Column("asked", "Asked", Kind.COUNT),
            Column("answered", "Answered", Kind.COUNT),
            Column("rate", "Per cent answered", Kind.ESTIMATE),
            Column("difference", "More than the first, percentage points", Kind.ESTIMATE),
        ),
        rows=tuple(rows),
        figure=Figure(kind="whiskers", label="arm", value="rate", counts="ask"),
    )


def _estimate(value: float, low: float | None, high: float | None, of: Share, level: float) -> Estimate:
    return Estimate(
        value=100 * value,
        low=None if low is None else 100 * low,
        high=None if high is None else 100 * high,
        n=of.n,
        n_eff=of.n_eff,
        confidence=level,
        method="wilson",
        unit="percent",
    )


def _scores(experiment: Experiment, names: Sequence[str], *, until: datetime, confidence: float) -> Table:
    """NPS by arm with the difference from the first."""
    rows = _rows(experiment, names).filter(_old_enough(experiment, names, until=until), response__isnull=False)
    account = Coalesce("account_id", -Coalesce("contact_id", "pk"))
    counted = (
        rows.annotate(who=account)
        .values_list("arm", "who")
        .annotate(
            n=Count("pk"),
            up=Count("pk", filter=Q(response__score__gte=PROMOTER_FROM)),
            down=Count("pk", filter=Q(response__score__lte=DETRACTOR_TO)),
        )
    )
    by_arm: dict[str, list[tuple[int, int, int]]] = {name: [] for name in names}
    for arm, _who, n, up, down in counted:
        by_arm[arm].append((n, up, down))
    sides = {name: worth(_moments(found)) for name, found in by_arm.items() if found}
    table = []
    for name in names:
        own = sides.get(name)
        row: dict[str, Any] = {"arm": name, "answers": sum(n for n, _, _ in by_arm[name]), "nps": None, "gap": None}
        if own is not None:
            row["nps"] = _nps(by_arm[name], confidence)
            first = sides.get(names[0])
            if first is not None and name != names[0]:
                found = differences(Sides.of(own), Sides.of(first), confidence=confidence)
                row["gap"] = found.estimate(0, n=row["answers"], n_eff=float(own.n_eff[0]), confidence=confidence)
        table.append(row)
    return Table(
        name="scores",
        title="What they answered",
        columns=(
            Column("arm", "Arm"),
            Column("answers", "Answers", Kind.COUNT),
            Column("nps", "NPS", Kind.ESTIMATE),
            Column("gap", "More than the first", Kind.ESTIMATE),
        ),
        rows=tuple(table),
        figure=Figure(kind="whiskers", label="arm", value="nps"),
        note="Read the shares above first: a way of asking that brings other people to answer brings other scores.",
    )


def _moments(found: Sequence[tuple[int, int, int]]) -> Moments:
    """Account moments of one arm, from answers, promoters and detractors by account."""
    n, up, down = (np.array(column, dtype=float) for column in zip(*found, strict=True))
    z = up - down
    one = {
        "n": n.sum(),
        "G": len(n),
        "SW": n.sum(),
        "SW2": (n * n).sum(),
        "SZ": z.sum(),
        "SWZ": (n * z).sum(),
        "SZ2": (z * z).sum(),
        "promoters": up.sum(),
        "detractors": down.sum(),
    }
    return Moments.of(**{name: [value] for name, value in one.items()})


def _nps(found: Sequence[tuple[int, int, int]], confidence: float) -> Estimate:
    arrays, _worth = clustered_nps(_moments(found), confidence=confidence)
    return arrays.estimate(0, confidence=confidence, method="score")


def _sentence(names: Sequence[str], rates: Mapping[str, Share], gaps: Mapping[str, Gap]) -> str:
    first = f"{names[0]}: {100 * rates[names[0]].value:.0f} % answered."
    parts = []
    for name, gap in gaps.items():
        share = f"{name}: {100 * rates[name].value:.0f} %"
        if gap.low is None or gap.high is None or gap.low <= 0 <= gap.high:
            parts.append(f"{share}, which may be chance.")
        else:
            more = "more" if gap.value > 0 else "fewer"
            parts.append(f"{share}, {abs(100 * gap.value):.0f} points {more}.")
    return " ".join([first, *parts])
