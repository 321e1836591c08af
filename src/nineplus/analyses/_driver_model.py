"""From cross-products to effects: direct, total, fixable, shares, each on all buckets and on all but one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nineplus.analyses._facts import DRIVERS, NOT_RECORDED, Columns
from nineplus.mart.schema import LATER
from nineplus.stats.importance import lmg
from nineplus.stats.jackknife import Replicates, jackknife
from nineplus.stats.regression import centred, classical_variance, independent, inflation, slopes

Array = npt.NDArray[np.float64]

MERGE_ABOVE = 10.0
WARN_ABOVE = 5.0
"""Variance inflation from which two drivers are hard to tell apart, and from which they are one (methods, drivers)."""


@dataclass(frozen=True, slots=True)
class Model:
    """k groups of drivers (mostly one driver each) over p columns.

    `direct`, `total` (p): NPS points against the reference bin; direct holds all other facts equal, total only
    the earlier ones. `points`, `total_points` (k): fixable points. `effects`, `total_effects` (k): mean effect of
    a bad bin. `shares` (k): part of the R squared that drivers add. `bad`, `good` (k): answers in such bins.
    Where several tickets are summed, an effect is that of a fresh one.
    """

    columns: Columns
    groups: tuple[tuple[str, ...], ...]
    direct: Replicates
    total: Replicates
    points: Replicates
    total_points: Replicates
    effects: Replicates
    total_effects: Replicates
    shares: Replicates
    bad: Array
    good: Array
    inflation: Array
    deff: Array
    dropped: tuple[str, ...]
    n: float


def fit(columns: Columns) -> Model:
    """All effects in one jackknife. `columns.bins` must name at least one driver."""
    whole = columns.sums.moments.sum(axis=0)
    spread = centred(whole)
    slugs = [slug for slug in columns.bins if not slug.startswith(LATER)]
    kept = _kept(columns, spread, slugs)
    groups, inflated = _grouped(columns, spread, kept, slugs)
    reach = [_upto(columns, spread, slugs, i) for i in range(len(slugs))]
    bad = [np.array([at for slug in group for _, at, worse in columns.bins[slug] if worse]) for group in groups]
    blocks = [[at for slug in group for _, at, _ in columns.bins[slug] if at in kept] for group in groups]
    controls = [at for at in columns.controls if at in kept]
    width, number = len(columns.names), len(groups)

    def everything(moments: Array) -> Array:
        loose = centred(moments)
        direct = slopes(loose, kept=kept)
        total = np.zeros_like(direct)
        for slug, earlier in zip(slugs, reach, strict=True):
            own = [at for _, at, _ in columns.bins[slug]]
            total[:, own] = slopes(loose, kept=earlier)[:, own]
        share = moments[:, 0, 1:-1] / np.maximum(moments[:, 0, :1], 1)
        fixable = [_lost(effect, share, bad) for effect in (direct, total)]
        part = lmg(loose, blocks=blocks, controls=controls)
        part = part / np.where(part.sum(axis=1, keepdims=True) > 0, part.sum(axis=1, keepdims=True), 1)
        affected = np.stack([share[:, at].sum(axis=1) for at in bad], axis=1)
        means = [-points / np.where(affected > 0, affected, 1) for points in fixable]
        return np.concatenate([direct, total, *fixable, *means, part], axis=1)

    found = jackknife(everything, sums=columns.sums.moments, sizes=columns.sums.sizes)
    cuts = np.cumsum([width, width, number, number, number, number])
    direct, total, points, total_points, effects, total_effects, shares = _parted(found, cuts)
    counts = columns.counts
    mean = whole[0, 1:-1] / whole[0, 0]
    simple = classical_variance(spread, kept=kept, n=whole[0, 0])
    return Model(
        columns=columns,
        groups=tuple(groups),
        direct=direct,
        total=total,
        points=points,
        total_points=total_points,
        effects=effects,
        total_effects=total_effects,
        shares=shares,
        bad=np.array([_affected(columns, group, at) for group, at in zip(groups, bad, strict=True)]),
        good=np.array([sum(columns.reference[slug][1] for slug in group) for group in groups]),
        inflation=inflated,
        deff=_deff(points, simple, mean, bad),
        dropped=_dropped(columns, kept, slugs, counts),
        n=float(whole[0, 0]),
    )


def _affected(columns: Columns, group: Sequence[str], bad: npt.NDArray[np.int_]) -> float:
    """Answers behind the bad bins; of several tickets one answer may have two bins of one fact, and counts once."""
    if columns.half_life_days is None:
        return float(columns.counts[bad].sum())
    return sum(columns.affected.get(slug, 0.0) for slug in group)


def _lost(effect: Array, share: Array, bad: Sequence[npt.NDArray[np.int_]]) -> Array:
    return np.stack([-(share[:, at] * effect[:, at]).sum(axis=1) for at in bad], axis=1)


def _parted(found: Replicates, cuts: npt.NDArray[np.int_]) -> list[Replicates]:
    values, without = np.split(found.value, cuts), np.split(found.without, cuts, axis=1)
    return [Replicates(value, left, found.df) for value, left in zip(values, without, strict=True)]


def _deff(points: Replicates, simple: Array, share: Array, bad: Sequence[npt.NDArray[np.int_]]) -> Array:
    """How many times the variance is larger than if every answer were independent; at least 1."""
    answer = np.ones(len(bad))
    for j, at in enumerate(bad):
        naive = share[at] @ simple[np.ix_(at, at)] @ share[at]
        if naive > 0 and points.error[j] > 0:
            answer[j] = max(1.0, points.error[j] ** 2 / naive)
    return answer


def _own(columns: Columns, slugs: Sequence[str]) -> list[int]:
    return [at for slug in slugs for _, at, _ in columns.bins[slug]]


def _held(columns: Columns, *, later: bool = False) -> list[int]:
    """Controls and `no ticket`; that of later tickets only where those are studied."""
    return [at for at in columns.controls if later or not columns.sums.columns[at][0].startswith(LATER)]


def _chosen(columns: Columns, spread: Array, wanted: Sequence[int]) -> list[int]:
    """The wanted columns that are no sums of others; of twins, bad bins stay before controls."""
    at = np.array(sorted(wanted), dtype=int)
    last = len(spread) - 1
    block = spread[np.ix_([*at, last], [*at, last])]
    held = set(columns.controls)
    priority = [2 if i in held else int(columns.sums.columns[i][1] == NOT_RECORDED) for i in at]
    return [int(at[i]) for i in independent(block[:-1, :-1], priority=priority)]


def _kept(columns: Columns, spread: Array, slugs: Sequence[str]) -> list[int]:
    return _chosen(columns, spread, [*_own(columns, slugs), *_held(columns)])


def _upto(columns: Columns, spread: Array, slugs: Sequence[str], i: int) -> list[int]:
    """Columns held equal for a total effect: context and earlier stages (`slugs` stand in causal order)."""
    return _chosen(columns, spread, [*_own(columns, slugs[: i + 1]), *_held(columns)])


def _dropped(columns: Columns, kept: Sequence[int], slugs: Sequence[str], counts: Array) -> tuple[str, ...]:
    used = [*_own(columns, slugs), *_held(columns)]
    return tuple(columns.names[at] for at in sorted(used) if at not in kept and counts[at] > 0)


def _grouped(
    columns: Columns, spread: Array, kept: Sequence[int], slugs: Sequence[str]
) -> tuple[list[tuple[str, ...]], Array]:
    """Drivers that cannot be told apart (inflation above MERGE_ABOVE) become one group with their nearest."""
    groups = _twins(columns, spread, kept, slugs)
    controls = [at for at in _held(columns) if at in kept]

    def block(group: Sequence[str]) -> list[int]:
        return [at for slug in group for _, at, worse in columns.bins[slug] if worse and at in kept]

    rest = [at for at in _own(columns, slugs) if at in kept and columns.sums.columns[at][1] == NOT_RECORDED]
    while True:
        inflated = inflation(spread, blocks=[*(block(group) for group in groups), [*controls, *rest]])[:-1]
        worst = int(np.argmax(inflated)) if len(groups) else 0
        if len(groups) < 2 or not inflated[worst] > MERGE_ABOVE:
            return groups, inflated
        others = [j for j in range(len(groups)) if j != worst]
        near = [inflation(spread, blocks=[block(groups[worst]), block(groups[j])])[0] for j in others]
        if max(near) < WARN_ABOVE:  # it is the controls that it cannot be told from: a warning, not a group
            return groups, inflated
        pair = sorted((worst, others[int(np.argmax(near))]))
        groups[pair[0]] = groups[pair[0]] + groups[pair[1]]
        del groups[pair[1]]


def _twins(columns: Columns, spread: Array, kept: Sequence[int], slugs: Sequence[str]) -> list[tuple[str, ...]]:
    """A driver all of whose bad bins were dropped is another one under a second name: they are one group."""
    bad = {slug: [at for _, at, worse in columns.bins[slug] if worse] for slug in slugs}
    own = [slug for slug in slugs if any(at in kept for at in bad[slug])]
    groups = {slug: (slug,) for slug in own}
    for slug in slugs:
        if slug not in own and own:
            across = {o: sum(spread[i, j] for i in bad[slug] for j in bad[o]) for o in own}
            length = {o: sum(spread[i, j] for i in bad[o] for j in bad[o]) ** 0.5 for o in own}
            near = max(own, key=lambda other: abs(across[other]) / length[other])
            groups[near] = groups[near] + (slug,)
    return list(groups.values()) or [(slug,) for slug in slugs]


@dataclass(frozen=True, slots=True)
class Check:
    """The negative control: effects of what came after the answer, and p of all being zero together."""

    labels: tuple[tuple[str, str], ...]
    effects: Replicates
    counts: Array
    p: float


def negative_control(columns: Columns, *, fewest: int) -> Check | None:
    """Do later tickets "explain" earlier scores? None when too few answers have a later bad ticket."""
    later = [slug for slug in columns.bins if slug.startswith(LATER)]
    counts = columns.counts
    spread = centred(columns.sums.moments.sum(axis=0))
    kept = _chosen(columns, spread, [*_own(columns, list(columns.bins)), *_held(columns, later=True)])
    looked = [
        (slug, label, at)
        for slug in later
        for label, at, worse in columns.bins[slug]
        if worse and counts[at] >= fewest and at in kept
    ]
    if not looked:
        return None
    at = [place for _, _, place in looked]
    pick: Callable[[Array], Array] = lambda moments: slopes(centred(moments), kept=kept)[:, at]  # noqa: E731
    effects = jackknife(pick, sums=columns.sums.moments, sizes=columns.sums.sizes)
    return Check(tuple((slug, label) for slug, label, _ in looked), effects, counts[at], _joint(effects))


def _joint(effects: Replicates) -> float:
    """p of all effects being zero: Hotelling's T² of the jackknife, F on q and df - q + 1. Not a number without df."""
    q = len(effects.value)
    free = effects.df - q + 1
    if free <= 0 or len(effects.without) <= q:
        return float("nan")
    t2 = effects.value @ np.linalg.pinv(effects.covariance, hermitian=True) @ effects.value
    from scipy.special import fdtrc  # every start finds this module; few need it

    return float(fdtrc(q, free, max(float(t2), 0.0) * free / (q * effects.df)))


def title_of(group: Sequence[str]) -> str:
    return " and ".join(driver.title for driver in DRIVERS if driver.slug in group)


def bad_of(group: Sequence[str]) -> str:
    return " or ".join(driver.bad for driver in DRIVERS if driver.slug in group)
