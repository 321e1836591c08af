"""What do clauses that fit no theme have in common? Groups of like meaning, named by what sets them apart."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from nineplus.text.masking import mask
from nineplus.text.phrases import distinctive, grams
from nineplus.text.vectors import vectors

MOST = 3_000
"""Clauses that are grouped by all their distances; of more, those whose hash comes first, and the rest join them."""
_APART = 0.48  # mean cosine distance at which groups stay apart; chosen on intent_banking77, see docs/decisions/0019
_JOINS = 0.45  # cosine with the middle of a group at which a further clause joins it
_ROUNDS = 8  # half-samples of accounts that tell how stable a group is
_PHRASES = 3


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A clause without a theme. `comment` and `account` are whatever the caller knows them by."""

    text: str
    comment: str
    account: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A group found. `members` and `examples` are numbers of the clauses given, examples the most central ones, each of
    another account. `stability` (0 to 1): how far the group comes again in half-samples of the accounts, as the mean
    Jaccard likeness; below 0.5 do not trust it. `alike` is the mean cosine of the members with their middle."""

    name: str
    phrases: tuple[str, ...]
    members: tuple[int, ...]
    examples: tuple[int, ...]
    comments: int
    accounts: int
    stability: float
    alike: float


def discover(
    clauses: Sequence[Unnamed],
    *,
    background: Sequence[Unnamed] = (),
    rows: np.ndarray | None = None,
    fewest: int = 5,
    most: int = 12,
    stable: float = 0.5,
    seed: int = 0,
) -> list[Topic]:
    """Which new topics are there, spoken of by at least `fewest` accounts?

    `background` are other clauses of the same customers, for telling which phrases are distinctive. `rows` are the
    vectors of the clauses (n × width, unit length) when they are known already. Topics below `stable` are left out.
    The same clauses in any order give the same topics. The most accounts first; empty when there are too few clauses.
    Average linkage on cosine distances; stability after Hennig 2007 (cluster-wise Jaccard).
    """
    distinct = _distinct(clauses)
    if len({clauses[number].account for number in distinct}) < fewest:
        return []
    known = vectors([clauses[number].text for number in distinct]) if rows is None else rows[distinct]
    groups = _grouped(known, [clauses[number] for number in distinct], fewest)
    if not groups:
        return []
    rates = _stability(known, [clauses[number].account for number in distinct], groups, seed=seed)
    words = [grams(clauses[number].text, language=clauses[number].language) for number in distinct]
    others = sum((Counter(grams(each.text, language=each.language)) for each in background), Counter[str]())
    everything = sum((Counter(each) for each in words), Counter[str]())
    made = []
    for group, rate in zip(groups, rates, strict=True):
        if rate < stable:
            continue
        own = sum((Counter(words[place]) for place in group), Counter[str]())
        phrases = distinctive(own, everything - own + others, most=_PHRASES)
        middle = _unit(known[group].mean(axis=0))
        nearness = known[group] @ middle
        order = [group[place] for place in np.lexsort((group, -nearness.round(6)))]
        made.append(
            Topic(
                name=", ".join(phrases) or mask(clauses[distinct[order[0]]].text)[:60],
                phrases=tuple(phrases),
                members=_members(clauses, {_key(clauses[distinct[place]]) for place in group}),
                examples=_examples(clauses, [distinct[place] for place in order]),
                comments=len({clauses[distinct[place]].comment for place in group}),
                accounts=len({clauses[distinct[place]].account for place in group}),
                stability=round(rate, 3),
                alike=round(float(nearness.mean()), 3),
            )
        )
    return sorted(made, key=lambda topic: (-topic.accounts, -topic.comments, topic.name))[:most]


def _key(clause: Unnamed) -> tuple[str, str]:
    return clause.account, " ".join(clause.text.casefold().split())


def _distinct(clauses: Sequence[Unnamed]) -> list[int]:
    """What each account said, once, in an order that does not depend on the one given."""
    first: dict[tuple[str, str], int] = {}
    for number, clause in enumerate(clauses):
        if clause.text.strip():
            first.setdefault(_key(clause), number)
    return [first[key] for key in sorted(first, key=lambda key: (zlib.crc32("\0".join(key).encode()), key))]


def _grouped(rows: np.ndarray, clauses: Sequence[Unnamed], fewest: int) -> list[list[int]]:
    """Groups of places in `rows`, each said by enough accounts."""
    labels = _labels(rows[:MOST])
    middles = {label: _unit(rows[:MOST][labels == label].mean(axis=0)) for label in np.unique(labels)}
    groups: dict[int, list[int]] = defaultdict(list)
    for place, label in enumerate(labels):
        groups[int(label)].append(place)
    kept = {label: each for label, each in groups.items() if _accounts(clauses, each) >= min(fewest, 3)}
    if kept and len(rows) > MOST:
        numbers = sorted(kept)
        likeness = rows[MOST:] @ np.array([middles[number] for number in numbers]).T
        for place, (best, how) in enumerate(zip(likeness.argmax(axis=1), likeness.max(axis=1), strict=True)):
            if how >= _JOINS:
                kept[numbers[int(best)]].append(MOST + place)
    return [each for _, each in sorted(kept.items()) if _accounts(clauses, each) >= fewest]


def _labels(rows: np.ndarray) -> np.ndarray:
    if len(rows) < 2:
        return np.ones(len(rows), dtype=int)
    likeness = np.clip(rows @ rows.T, -1, 1)
    above = np.triu_indices(len(rows), k=1)
    return np.asarray(fcluster(linkage(1 - likeness[above], method="average"), _APART, criterion="distance"))


def _accounts(clauses: Sequence[Unnamed], places: Sequence[int]) -> int:
    return len({clauses[place].account for place in places})


def _stability(rows: np.ndarray, accounts: Sequence[str], groups: Sequence[list[int]], *, seed: int) -> list[float]:
    """How far does each group come again when only half of the accounts had spoken? Mean of the best Jaccard."""
    rows, taken = rows[:MOST], np.array(accounts[:MOST])
    names = sorted(set(accounts))
    draw = np.random.default_rng(seed)
    rates: list[list[float]] = [[] for _ in groups]
    for _ in range(_ROUNDS):
        chosen = set(draw.permutation(np.array(names, dtype=object))[: max(len(names) // 2, 1)].tolist())
        inside = np.array([place for place, account in enumerate(taken.tolist()) if account in chosen], dtype=int)
        if len(inside) < 2:
            continue
        labels = _labels(rows[inside])
        again: Mapping[int, set[int]] = {
            int(label): set(inside[labels == label].tolist()) for label in np.unique(labels)
        }
        where = dict(zip(inside.tolist(), labels.tolist(), strict=True))
        for number, group in enumerate(groups):
            here = {place for place in group if place in where}
            if len(here) > 1:
                best = max(
                    len(here & again[label]) / len(here | again[label]) for label in {where[place] for place in here}
                )
                rates[number].append(best)
    return [sum(each) / len(each) if each else 0.0 for each in rates]


def _members(clauses: Sequence[Unnamed], keys: set[tuple[str, str]]) -> tuple[int, ...]:
    return tuple(number for number, clause in enumerate(clauses) if _key(clause) in keys)


def _examples(clauses: Sequence[Unnamed], order: Sequence[int], count: int = 5) -> tuple[int, ...]:
    kept: list[int] = []
    for number in order:
        if clauses[number].account not in {clauses[other].account for other in kept}:
            kept.append(number)
    return tuple(kept[:count])


def _unit(row: np.ndarray) -> np.ndarray:
    return row / max(float(np.linalg.norm(row)), 1e-9)
