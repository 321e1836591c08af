"""Which column stands for which field: the surest first; and what becomes of the columns that no field wants."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from collections.abc import Sequence
from dataclasses import replace

from nineplus.connectors.files.fields import ATTRIBUTE, FIELDS, IGNORE, fields, normalised, slug
from nineplus.connectors.files.fitting import fit, name_points
from nineplus.connectors.files.mapping import Mapping, Meaning
from nineplus.connectors.files.profile import Profile

MOST_VALUES = 60
"""An attribute with more values than this is no way to segment."""
_DURATION_UNITS = {
    "minute": "minutes",
    "min": "minutes",
    "hour": "hours",
    "hr": "hours",
    "stunde": "hours",
    "sec": "seconds",
    "day": "days",
    "tag": "days",
    "ms": "milliseconds",
}


_NOTHING_TO_KEEP = ("empty", "the group follows from the score", "personal data")


def kind_of(profiles: MappingABC[str, Profile], labels: MappingABC[str, str]) -> str:
    """The kind whose fields explain the file best: what it must have counts double."""
    best, most = "responses", 0.0
    for kind, known in FIELDS.items():
        chosen = choose(kind, profiles, labels, {})
        needs = [f.name for f in known if f.required]
        own = {"accounts": "account", "contacts": "contact", "tickets": "ticket", "invitations": "sent_at"}.get(kind)
        needs += [own] if own else []
        if kind == "movements" and not chosen.keys() & {"amount", "amount_minor"}:
            continue
        if not set(needs) <= chosen.keys():
            continue
        points = sum(chosen[name][1] for name in chosen) / 100 + len(needs)
        points += 3 * (kind == "responses" and chosen["score"][1] >= 60)  # no other kind has a score
        if points > most + (0.5 if best == "responses" else 0):
            best, most = kind, points
    return best


def choose(
    kind: str, profiles: MappingABC[str, Profile], labels: MappingABC[str, str], given: MappingABC[str, Meaning]
) -> dict[str, tuple[str, float]]:
    """Field -> (column, points), surest first."""
    chosen = {meaning.field: (column, 200.0) for column, meaning in given.items() if meaning.field in fields(kind)}
    candidates = [
        (points, -position, field.name, column)
        for field in fields(kind).values()
        if field.name not in chosen
        for position, (column, found) in enumerate(profiles.items())
        if column not in given
        and (points := name_points(field, column, labels[column]) * fit(field, found, kind)) >= 25
    ]
    taken = set(given)
    for points, _, name, column in sorted(candidates, reverse=True):
        if name not in chosen and column not in taken:
            chosen[name] = (column, points)
            taken.add(column)
    if kind == "responses":
        _by_shape(chosen, taken, profiles)
    return chosen


def _by_shape(chosen: dict[str, tuple[str, float]], taken: set[str], profiles: MappingABC[str, Profile]) -> None:
    """Columns without a telling name: the only one with scores, the only one with dates, the wordiest one."""
    free = {column: found for column, found in profiles.items() if column not in taken and found.values}
    if "score" not in chosen:
        scores = [c for c, f in free.items() if f.share(f.scores) > 0.9 and f.highest in (9, 10) and f.lowest >= 0]
        if len(scores) == 1:
            chosen["score"] = (scores[0], 26.0)
            taken.add(scores[0])
    if "answered_at" not in chosen:
        dates = [c for c, f in free.items() if c not in taken and f.dates.share > 0.9]
        if dates:
            chosen["answered_at"] = (dates[0], 26.0)
            taken.add(dates[0])
    if "comment" not in chosen:
        wordy = [(f.length, c) for c, f in free.items() if c not in taken and f.length > 25 and f.spaced > f.looked / 2]
        if wordy:
            chosen["comment"] = (max(wordy)[1], 26.0)
            taken.add(max(wordy)[1])


def meaning_of(
    kind: str,
    column: str,
    chosen: MappingABC[str, tuple[str, float]],
    found: Profile,
    label: str,
    given: Mapping | None,
    settled: Sequence[str],
) -> Meaning:
    """What this column means: as given, else the field that chose it, else an attribute or nothing."""
    told = given.columns.get(column) if given else None
    name = told.field if told else next((n for n, (c, _) in chosen.items() if c == column), "")
    known = fields(kind).get(name)
    if told and (not known or known.shape not in ("instant", "money", "duration")):
        return told
    if known:
        meaning = told or Meaning(name)
        if known.shape == "instant" and not meaning.order:
            order, sure = found.dates.order()
            meaning = replace(meaning, order=order if sure or not settled else settled[0])
        if known.shape in ("money", "duration") and not told:
            meaning = replace(meaning, comma=found.comma > 0)
        if known.shape == "duration" and not meaning.unit:
            meaning = replace(meaning, unit=_unit(column))
        return meaning
    left = _left_over(kind, column, found, label)
    if given and given.vendor and left.field == IGNORE and left.why not in _NOTHING_TO_KEEP:
        # History of another tool is not to be had again: what is no segment is kept beside the answer.
        return Meaning("beside", why=left.why) if "beside" in fields(kind) else left
    return left


def _left_over(kind: str, column: str, found: Profile, label: str) -> Meaning:
    most = MOST_VALUES if kind in ("responses", "invitations") else 5 * MOST_VALUES
    if "attributes" not in fields(kind):
        return Meaning(IGNORE, why="nothing of this kind to keep it in")
    if not found.values:
        return Meaning(IGNORE, why="empty")
    if found.share(found.groups) > 0.8:
        return Meaning(IGNORE, why="the group follows from the score")
    if found.share(found.emails) > 0.5:
        return Meaning(IGNORE, why="personal data")
    if found.dates.share > 0.8 and found.share(found.numbers) < 0.5 and (found.many or found.distinct > 12):
        return Meaning(IGNORE, why="dates are no segments")
    if found.many or found.distinct > most:
        return Meaning(IGNORE, why=f"more than {most if not found.many else 500} different values")
    if found.distinct > 12 and found.distinct > found.values / 2:
        return Meaning(IGNORE, why="nearly every row has a value of its own")
    if found.length > 60:
        return Meaning(IGNORE, why="free text")
    text = label if label and len(label) <= 60 and not label.startswith("{") else column
    return Meaning(ATTRIBUTE, slug=slug(column), label=text)


def _unit(column: str) -> str:
    name = normalised(column)
    return next(
        (unit for stem, unit in _DURATION_UNITS.items() if any(w.startswith(stem) for w in name.split())), "hours"
    )


def distinct_slugs(meanings: dict[str, Meaning]) -> dict[str, Meaning]:
    """The same meanings, no two attributes of one slug."""
    used: set[str] = set()
    made = {}
    for column, meaning in meanings.items():
        if meaning.field == ATTRIBUTE:
            base, copy = meaning.slug, 1
            while meaning.slug in used:
                copy += 1
                meaning = replace(meaning, slug=f"{base[:56]}_{copy}")
            used.add(meaning.slug)
        made[column] = meaning
    return made
