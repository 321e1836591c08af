"""What if. How many points would NPS move if service kept to a target?

Reads the same cross-products as the drivers. The answer is (bad share now - bad share at the target) times the
driver's total effect, which holds only earlier stages equal, so it includes what the driver leads to
(a breach that is avoided also spares a reopen). Bad bins shrink in proportion.
Assumes: no unmeasured cause of both service and score. Evidence grade D.
Refuses: as the drivers do; and a target outside what any team or month has reached.
"""

from __future__ import annotations

from nineplus.analyses import _driver_model as model
from nineplus.analyses import _facts as facts
from nineplus.analyses._aggregates import answers
from nineplus.analyses._driver_model import title_of
from nineplus.analyses._words import spread, unsigned
from nineplus.analyses.drivers import FIRM, prepare
from nineplus.mart.bins import BEST, NOT_RECORDED, bin_of, labels_of
from nineplus.mart.dataset import Dataset
from nineplus.model import BadFilter, Column, Estimate, Grade, Kind, Result, Table, refuse
from nineplus.plugs import analysis

NAME, TITLE = "what-if", "What if service kept to a target?"


@analysis(
    NAME,
    title=TITLE,
    options_help={
        "driver": "the service fact: " + ", ".join(driver.slug for driver in facts.DRIVERS),
        "target_share": "share of tickets that go well, 0 to 1 (0.95: the SLA is kept on 95 %)",
        "controls": "attributes held equal, separated by commas; none: no attribute; empty: all that fit",
        "confidence": "level of the interval, 0 to 1",
    },
)
def what_if(
    data: Dataset,
    *,
    driver: str = "sla_breached",
    target_share: float = 0.95,
    controls: str | None = None,
    confidence: float = 0.95,
) -> Result:
    if driver not in {known.slug for known in facts.DRIVERS}:
        raise BadFilter(
            f"There is no driver {driver!r}. There are: {', '.join(known.slug for known in facts.DRIVERS)}."
        )
    if not 0 <= target_share <= 1:
        raise BadFilter(f"A target share lies between 0 and 1 (0.95 means 95 %), not {target_share}.")
    prepared = prepare(data, controls=controls)
    if isinstance(prepared, str):
        return refuse(NAME, TITLE, prepared)
    columns, linked, _ = prepared
    if driver not in columns.bins:
        return refuse(NAME, TITLE, f"{title_of((driver,))} was the same for everyone, or was not recorded.")
    found = model.fit(columns)
    j = next(i for i, group in enumerate(found.groups) if driver in group)
    if len(found.groups[j]) > 1:
        return refuse(
            NAME, TITLE, f"{title_of(found.groups[j])} move together: what one of them would do cannot be told."
        )
    bad, good = float(found.bad[j]), float(found.good[j])
    now = good / (good + bad)
    reached = _reached(data, driver)
    low, high = min([now, *reached.values()]), max([now, *reached.values()])
    table = _reached_table(reached, now)
    if not low - 1e-9 <= target_share <= high + 1e-9:
        return refuse(
            NAME,
            TITLE,
            f"{100 * target_share:.0f} % is outside what any team or month has reached "
            f"({100 * low:.0f} to {100 * high:.0f} %): these data cannot say what would happen there.",
            tables=(table,),
        )
    portion = 1 - (1 - target_share) / (1 - now)
    gain = found.total_points.of(lambda points: points[:, j : j + 1] * portion)
    lower, upper = (float(end[0]) for end in gain.interval(confidence=confidence))
    estimate = Estimate(float(gain.value[0]), lower, upper, found.n, found.n / found.deff[j], confidence, "jackknife")
    candidates = f"Candidates only: {linked:,} answers tied to tickets (fewer than {FIRM:,})."
    return Result(
        name=NAME,
        title=TITLE,
        says=(
            f"{title_of((driver,))}: if {100 * target_share:.0f} % of tickets went well instead of {100 * now:.0f} %, "
            f"{_moves(estimate)}, unless something unmeasured is behind both."
        ),
        estimate=estimate,
        tables=(table,),
        figures={"now": now, "target": target_share, "reached_low": low, "reached_high": high, "linked": linked},
        evidence=Grade.D,
        assumptions=(
            "Conditional on no unmeasured confounding: an adjusted association, not an experiment.",
            "The total effect is used: what the driver leads to moves with it.",
            "It is that of the ticket asked about, else of the latest one, not of several together.",
        ),
        warnings=(candidates,) if linked < FIRM else (),
        method="Change of the bad share times the total effect, delete-a-group jackknife over account buckets",
    )


def _moves(change: Estimate) -> str:
    """What NPS would do, no surer than the interval is."""
    if not change.excludes_zero:
        return f"no change of NPS could be told ({spread(change, 'points')})"
    direction = "higher" if change.value is not None and change.value > 0 else "lower"
    return f"NPS would be {spread(unsigned(change), f'points {direction}')}"


def _reached(data: Dataset, slug: str) -> dict[str, float]:
    """Share of tickets in the good bin by team and by month, where at least SMALLEST_BIN answers say so."""
    cuts = facts.cuts_of(slug, facts.quarters_of(data, sampled=False))
    rows = answers(data)
    rows = rows.mutate(_bin=bin_of(rows, slug, cuts=cuts))
    rows = rows.filter(rows["_bin"] < labels_of(slug, cuts).index(NOT_RECORDED))
    good = rows["_bin"] == BEST
    found = {}
    for column in ("ticket_team", "month"):
        by = rows.group_by(rows[column]).agg(n=rows.count(), good=rows.count(where=good)).to_pyarrow().to_pylist()
        for row in sorted(by, key=lambda row: str(row[column])):
            if row[column] is not None and row["n"] >= facts.SMALLEST_BIN:
                found[f"{row[column]:%Y-%m}" if column == "month" else str(row[column])] = row["good"] / row["n"]
    return found


def _reached_table(reached: dict[str, float], now: float) -> Table:
    rows = [{"where": "All", "share": now}, *({"where": name, "share": share} for name, share in reached.items())]
    return Table(
        name="reached",
        title="What teams and months have reached",
        columns=(Column("where", "Team or month"), Column("share", "Tickets that went well", Kind.SHARE)),
        rows=tuple(rows),
    )
