"""Service facts as bins, and what else a score must be compared under: the columns of the driver regression.

Every service fact has the reference that service aims at, the bins that are worse, `not recorded` and `no ticket`
(shared by all). Attributes have `other`, their most common values and `not known`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import ibis
import numpy as np

from nineplus.analyses import _periods
from nineplus.analyses._aggregates import UNKNOWN, answers, attributes_of
from nineplus.analyses._crossproducts import CrossProducts, Factor
from nineplus.mart.bins import NO_TICKET, NOT_RECORDED, bin_of, labels_of, without_ticket
from nineplus.mart.dataset import Attribute, Dataset
from nineplus.mart.schema import LATER
from nineplus.model import BadFilter

if TYPE_CHECKING:
    from ibis.expr import types as ir

OTHER = "other"
SMALLEST_BIN = 30
MOST_VALUES = 12
MOST_MONTHS = 36
SAMPLE_ABOVE = 1_000_000
SAMPLE_BUCKETS = 4
"""Above so many answers, cut points and common values are looked up in this many of the 64 buckets."""


@dataclass(frozen=True, slots=True)
class Driver:
    """A service fact that may move the score. `stage` is its place in the causal order."""

    slug: str
    title: str
    bad: str
    stage: int


DRIVERS = (
    Driver("first_response_hours", "Time to first response", "answered later than 1 h", 1),
    Driver("sla_breached", "SLA breach", "that breached its SLA", 2),
    Driver("reassignments", "Reassignments", "that was reassigned", 3),
    Driver("resolution_hours", "Time to resolution", "not resolved in the fastest quarter", 4),
    Driver("reopens", "Reopens", "that was reopened", 5),
    Driver("escalations", "Escalations", "that was escalated", 6),
)
"""Earlier stages may cause later ones: first response, breach, (hand-overs,) resolution, reopen, escalation."""

_NEVER = {"response", "account", "contact", "ticket"}
_SERVICE_MADE = ("team", "owner", "agent")
"""Who served stands for how it was served: never a control unless asked for, and an owner never at all."""


def service_factors(data: Dataset, *, quarters: Sequence[float]) -> list[Factor]:
    """One factor per driver, in the order of DRIVERS."""
    return [_service(data.responses, driver.slug, cuts=cuts_of(driver.slug, quarters)) for driver in DRIVERS]


def link_factors(data: Dataset, *, quarters: Sequence[float]) -> list[Factor]:
    """The same over every link of an answer to a ticket, not over its primary one."""
    links = data.response_ticket
    if links is None:
        return []
    return [_service(links, driver.slug, cuts=cuts_of(driver.slug, quarters)) for driver in DRIVERS]


def later_factors(data: Dataset, *, breaches: bool) -> list[Factor]:
    """A breach of the first ticket opened after the answer (else its first response): it cannot have made the score.

    One fact is enough for the check, and every fact costs.
    """
    return [_service(data.responses, "sla_breached" if breaches else "first_response_hours", later=True)]


def _service(rows: ir.Table, fact: str, *, cuts: Sequence[float] = (), later: bool = False) -> Factor:
    code = bin_of(rows, fact, later=later, cuts=cuts)
    return Factor(LATER + fact if later else fact, labels_of(fact, cuts), code, asked=not cuts)


def cuts_of(fact: str, quarters: Sequence[float]) -> tuple[float, ...]:
    """Where bins begin that depend on these data."""
    return tuple(quarters) if fact == "resolution_hours" else ()


def quarters_of(data: Dataset, *, sampled: bool) -> tuple[float, ...]:
    """Where the fastest, second, third and slowest quarter of resolutions part, in hours of two figures."""
    rows = _some(data, sampled=sampled)
    rows = rows.filter(~without_ticket(rows), rows.resolution_hours.notnull())
    found = rows.agg(**{f"q{i}": rows.resolution_hours.quantile(i / 4) for i in (1, 2, 3)}).to_pyarrow().to_pylist()[0]
    cuts = [float(f"{value:.2g}") for value in found.values() if value is not None and value > 0]
    return tuple(dict.fromkeys(cuts))


def controls_of(data: Dataset, names: str | None) -> list[Attribute]:
    """The attributes held equal. None: all that describe customer, survey and ticket; "none": none at all.

    Raises BadFilter for an unknown name, and for an owner: owners are compared elsewhere, never adjusted away.
    """
    if names is None:
        return [a for a in data.attributes if a.slug not in _NEVER and not _has(a.slug, _SERVICE_MADE)]
    if names.strip().lower() == "none":
        return []
    chosen = attributes_of(data, names)
    for attribute in chosen:
        if _has(attribute.slug, ("owner",)):
            raise BadFilter(f"{attribute.label} cannot be a control: people are not adjusted away.")
    return chosen


def _has(slug: str, words: Sequence[str]) -> bool:
    return bool(set(slug.split("_")) & set(words))


def control_factors(data: Dataset, chosen: Sequence[Attribute], *, sampled: bool) -> list[Factor]:
    """One factor per attribute (most common values; the rest is `other`) and one for the calendar period."""
    rows = data.responses
    common = _common(data, chosen, sampled=sampled)
    factors = [
        Factor(a.slug, (OTHER, *common[a.slug], UNKNOWN), _among(rows[a.column], common[a.slug]), asked=True)
        for a in chosen
    ]
    period = _period(data)
    return [*factors, period] if period else factors


def _among(column: ir.Value, values: Sequence[str]) -> ir.Value:
    """0 other, 1.. the place in `values`, and after them not known."""
    text = column if column.type().is_string() else column.cast("string")
    if column.get_backend().name == "duckdb" and "" not in values:
        # functions of one text are asked once for every value that a file holds, not once for every row
        return _largest(_place([*values, ""], _joined("", text)), ibis.literal(0, "int32"))
    if not values:
        return ibis.ifelse(text.isnull(), 1, 0)
    return ibis.ifelse(text.isnull(), len(values) + 1, ibis.array(list(values)).index(text) + 1)


@ibis.udf.scalar.builtin(name="list_position", signature=(("array<string>", "string"), "int32"))
def _place(values, text):  # type: ignore[no-untyped-def]
    """From 1, null for none."""


@ibis.udf.scalar.builtin(name="concat_ws", signature=(("string", "string"), "string"))
def _joined(between, text):  # type: ignore[no-untyped-def]
    """The text, or an empty one where it is missing."""


@ibis.udf.scalar.builtin(name="greatest", signature=(("int32", "int32"), "int32"))
def _largest(number, other):  # type: ignore[no-untyped-def]
    """Of a missing number the other one."""


def _common(data: Dataset, chosen: Sequence[Attribute], *, sampled: bool) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {attribute.slug: [] for attribute in chosen}
    if not chosen:
        return found
    rows = _some(data, sampled=sampled).select(*(attribute.column for attribute in chosen))
    counts = [
        rows.group_by(value=rows[attribute.column].cast("string"))
        .agg(n=rows.count())
        .mutate(slug=ibis.literal(attribute.slug))
        for attribute in chosen
    ]
    listed = ibis.union(*counts).to_pyarrow().to_pylist() if len(counts) > 1 else counts[0].to_pyarrow().to_pylist()
    for row in sorted(listed, key=lambda row: (-row["n"], str(row["value"]))):
        if row["value"] is not None and len(found[row["slug"]]) < MOST_VALUES:
            found[row["slug"]].append(row["value"])
    return found


def _period(data: Dataset) -> Factor | None:
    rows = answers(data)
    ends = rows.agg(first=rows.month.min(), last=rows.month.max()).to_pyarrow().to_pylist()[0]
    if ends["first"] is None:
        return None
    first, last = _as_date(ends["first"]), _as_date(ends["last"])
    month = data.responses.month
    unit = "month" if _periods.index("month", last) - _periods.index("month", first) < MOST_MONTHS else "quarter"
    start, end = _periods.index(unit, first), _periods.index(unit, last)
    if start == end:
        return None
    end = min(end, start + 120)
    number = month.year() * 12 + month.month() - 1 if unit == "month" else month.year() * 4 + month.quarter() - 1
    names = [_periods.name(unit, at) for at in range(start, end + 1)]
    code = ibis.least(number.cast("int32") - start + 2, len(names) + 1).fill_null(0)
    return Factor("period", (UNKNOWN, OTHER, *names), code)


def _as_date(value: date) -> date:
    return date(value.year, value.month, value.day)


def _some(data: Dataset, *, sampled: bool) -> ir.Table:
    rows = answers(data)
    return rows.filter(rows.bucket < SAMPLE_BUCKETS) if sampled else rows


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of the regression. `bins[slug]` are (label, column, is it worse than the reference?).

    `members[column]`: the factor that it comes from, and the bins of it that it joins. `counts`: answers behind each
    column. Where a column is a sum over several tickets, `half_life_days` says how they fade, and `affected[slug]`
    how many answers have a bin that is worse.
    """

    sums: CrossProducts
    names: tuple[str, ...]
    bins: dict[str, list[tuple[str, int, bool]]]
    reference: dict[str, tuple[str, float]]
    controls: list[int]
    members: tuple[tuple[str, tuple[int, ...]], ...]
    counts: np.ndarray
    half_life_days: int | None = None
    affected: dict[str, float] = field(default_factory=dict)


def columns_of(
    crossed: CrossProducts, *, drivers: Sequence[str], controls: Sequence[str], also: Sequence[str] = ()
) -> Columns:
    """Bins below SMALLEST_BIN join their neighbour, the reference is left out, `no ticket` is one column for all.

    A driver without two bins of that size is left out of `bins`. Factors of `also` stand last, as they are.
    """
    groups: list[tuple[tuple[str, str], list[int]]] = []
    bins: dict[str, list[tuple[str, int, bool]]] = {}
    reference: dict[str, tuple[str, float]] = {}
    counts = crossed.counts
    for slug in drivers:
        at = crossed.of(slug)
        *recorded, unrecorded, _ = at
        levels = _ordered(recorded, [crossed.columns[i][1] for i in recorded], counts)
        if len(levels) < 2:
            continue
        bins[slug] = []
        reference[slug] = (levels[0][0], float(counts[levels[0][1]].sum()))
        for label, members, worse in [*((la, me, True) for la, me in levels[1:]), (NOT_RECORDED, [unrecorded], False)]:
            if counts[members].sum():
                bins[slug].append((label, len(groups), worse))
                groups.append(((slug, label), members))
    held: list[int] = []
    for prefix in ("", LATER):
        first = next((slug for slug in bins if slug.startswith(LATER) == bool(prefix)), None)
        if first and 0 < counts[crossed.of(first)[-1]] < counts[crossed.of(first)].sum():
            held.append(len(groups))
            groups.append(((prefix + "ticket", NO_TICKET), [crossed.of(first)[-1]]))
    for slug in controls:
        for label, members in _lumped(crossed.of(slug), crossed, counts)[1:]:
            held.append(len(groups))
            groups.append(((slug, label), members))
    groups += [(crossed.columns[at], [at]) for slug in also for at in crossed.of(slug)]
    sums = crossed.merged(groups)
    members = tuple(_from(crossed, at) for _, at in groups)
    names = tuple(f"{a}: {b}" for a, b in sums.columns)
    return Columns(sums, names, bins, reference, held, members, sums.counts)


def _from(crossed: CrossProducts, at: Sequence[int]) -> tuple[str, tuple[int, ...]]:
    """The factor that these columns are of, and which of its bins they are."""
    name = crossed.columns[at[0]][0]
    return name, tuple(i - crossed.of(name)[0] for i in at)


def _ordered(at: Sequence[int], labels: Sequence[str], counts: np.ndarray) -> list[tuple[str, list[int]]]:
    """Ordered bins, small ones joined to the next better one (the first to the next)."""
    bins: list[tuple[list[str], list[int]]] = []
    for i, label in zip(at, labels, strict=True):
        if not counts[i]:
            continue
        if bins and (counts[i] < SMALLEST_BIN or counts[bins[-1][1]].sum() < SMALLEST_BIN):
            bins[-1][0].append(label)
            bins[-1][1].append(i)
        else:
            bins.append(([label], [i]))
    return [(" / ".join(words), members) for words, members in bins]


def _lumped(at: Sequence[int], crossed: CrossProducts, counts: np.ndarray) -> list[tuple[str, list[int]]]:
    """Values of an attribute, most common first; those below SMALLEST_BIN are one."""
    large = sorted((i for i in at if counts[i] >= SMALLEST_BIN), key=lambda i: -counts[i])
    small = [i for i in at if 0 < counts[i] < SMALLEST_BIN]
    named = [(crossed.columns[i][1], [i]) for i in large]
    return [*named, (OTHER, small)] if small else named
