"""Which column is which: by its name in several languages, by the shape of its values, and by what is left over.

The surest match of name and shape goes first; one column stands for one field. What no field wants is an
attribute when it has few enough values to segment by, and ignored otherwise; both are said.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from collections.abc import Sequence
from dataclasses import replace

from nineplus.connectors.files import words
from nineplus.connectors.files.fields import ATTRIBUTE, FIELDS, IGNORE, Field, fields, normalised, slug
from nineplus.connectors.files.mapping import BadMapping, Mapping, Meaning, Question
from nineplus.connectors.files.profile import Profile, profile
from nineplus.connectors.files.source import Source
from nineplus.model import Note

MOST_VALUES = 60
"""An attribute with more values than this is no way to segment."""
_ENOUGH = 10
"""So many scores without one above 5 (or 7) are not on a scale of 0 to 10."""
_FORBID_SCORE = ("csat", "ces", "effort", "satisfaction", "age", "id", "date", "time", "count", "zufriedenheit")
_RATINGS = ("satisf", "zufried", "csat", "ces", "effort", "rating", "star", "stern", "score", "note", "punkt")
_EXACT = ("survey", "touchpoint", "language", "channel", "reason")
"""Fields whose name inside a longer one says something else: a survey sub-type is no survey."""
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


def recognise(
    source: Source | Sequence[Source],
    kind: str | None = None,
    *,
    given: Mapping | None = None,
    timezone: str = "UTC",
    currency: str = "USD",
) -> Mapping:
    """How the columns of this file (or of several files with the same columns) are to be understood.

    Reads every row once. `given` wins wherever it says something. The result may carry `problems` (it cannot
    be used so) and `questions` (it can, on the assumption stated). `timezone` and `currency` are what is assumed
    where neither the file nor `given` says.
    """
    sources = [source] if isinstance(source, Source) else list(source)
    profiles = profile(sources[0].columns, (raw for one in sources for raw in one.batches()))
    labels = dict(zip(sources[0].columns, sources[0].labels or [""] * len(sources[0].columns), strict=True))
    kind = (given.kind if given else None) or kind or _kind(profiles, labels)
    if kind not in FIELDS:
        raise BadMapping(f"The kind {kind!r} is not known. There are: {', '.join(FIELDS)}.")
    if given and (missing := given.columns.keys() - profiles.keys()):
        raise BadMapping(
            f"The mapping speaks of columns that the file does not have: {', '.join(sorted(missing))}. "
            f"It has: {', '.join(profiles)}."
        )
    chosen = _choose(kind, profiles, labels, given.columns if given else {})
    settled = _settled(profiles)
    meanings = {name: _meaning(kind, name, chosen, profiles[name], labels[name], given, settled) for name in profiles}
    mapping = replace(
        given or Mapping(kind, {}, timezone=timezone),
        columns=_distinct_slugs(meanings),
        questions=(),
        problems=(),
        notes=(),
    )
    return replace(
        mapping,
        currency=mapping.currency or _currency(mapping, currency),
        questions=tuple(_questions(mapping, profiles, given, currency)),
        problems=tuple(_problems(mapping, profiles)),
        notes=tuple(_notes(mapping, profiles)),
        rows=next(iter(profiles.values())).rows,
    )


def _settled(profiles: MappingABC[str, Profile]) -> list[str]:
    """Orders of day and month that some column of the file proves: the others are likely written alike."""
    orders = [found.dates.order() for found in profiles.values() if found.dates.share > 0.5]
    return [order for order, sure in orders if sure and order in ("dmy", "mdy")]


def _kind(profiles: MappingABC[str, Profile], labels: MappingABC[str, str]) -> str:
    """The kind whose fields explain the file best: what it must have counts double."""
    best, most = "responses", 0.0
    for kind, known in FIELDS.items():
        chosen = _choose(kind, profiles, labels, {})
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


def _choose(
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
        and (points := _name_points(field, column, labels[column]) * _fit(field, found, kind)) >= 25
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


def _name_points(field: Field, column: str, label: str) -> float:
    """100 for the surest name, less for later ones and for names that only contain one."""
    name = normalised(column)
    words_in = name.split()
    best = 0.0
    for position, known in enumerate(field.names):
        rank = position / (len(field.names) + 1)
        if name == known:
            best = max(best, 100 - 30 * rank)
        elif (
            field.name not in _EXACT
            and len(known) > 2
            and len(words_in) > 1
            and _contains(words_in, known.split(), at_end=field.shape in ("id", "text"))
        ):
            best = max(best, 60 - 20 * rank - 2 * len(words_in))
    told = f"{name} {normalised(label)}"
    if field.shape == "score" and any(
        stem in told for stem in ("recommend", "empfehl", "raccomand", "aanbevel", "recomend")
    ):
        best = max(best, 75.0)
    if (
        field.shape == "comment"
        and best == 0
        and len(told.split()) > 3
        and any(
            stem in told
            for stem in (
                "why",
                "reason",
                "improve",
                "tell us",
                "warum",
                "pourquoi",
                "por que",
                "perche",
                "waarom",
                "comment",
            )
        )
    ):
        best = 40.0
    if field.shape == "score" and any(word in words_in for word in _FORBID_SCORE):
        best = min(best, 10.0)
    return best


def _contains(words_in: list[str], known: list[str], *, at_end: bool) -> bool:
    """Does the name hold this shorter one? An id or a text must end with it: a `customer type` is no customer."""
    if at_end:
        return words_in[-len(known) :] == known
    return any(words_in[i : i + len(known)] == known for i in range(len(words_in) - len(known) + 1))


def _fit(field: Field, found: Profile, kind: str) -> float:
    """How well the values suit the field: 0 never, 1 well. An empty column suits anything a little."""
    if not found.values:
        return 0.3
    shape = field.shape
    if shape == "score":
        if found.share(found.groups) > 0.8:
            return 0.36
        return 1.0 if found.share(found.scores) >= 0.6 else 0.0 if found.many or found.length > 30 else 0.5
    if shape == "group":
        return 1.3 if found.share(found.groups) > 0.8 else 0.0
    if shape == "instant":
        order, _ = found.dates.order()
        return 1.0 if found.dates.share > 0.6 or order in ("unix_s", "unix_ms", "excel") else 0.0
    if shape == "comment":
        if found.share(found.numbers) > 0.5 or found.dates.share > 0.5 or found.share(found.groups) > 0.5:
            return 0.0
        wordy = found.spaced > found.looked / 4 or found.length > 15
        return 1.1 if wordy else 0.6
    if shape == "email":
        return 1.0 if found.share(found.emails) > 0.6 else 0.2
    if shape == "id":
        if found.share(found.emails) > 0.6:
            return 0.5 if field.name == "contact" else 0.0
        return 0.0 if found.dates.share > 0.8 and found.share(found.numbers) < 0.5 else 1.0
    if shape in ("money", "minor", "duration"):
        return 1.0 if found.share(found.numbers) > 0.8 else 0.0
    if shape == "count":
        return 1.0 if found.share(found.numbers) > 0.8 and found.highest < 1_000 else 0.0
    if shape == "flag":
        known = sum(times for value, times in found.counts.items() if value.casefold() in words.YES | words.NO)
        return 1.0 if not found.many and known > 0.8 * found.values else 0.0
    if shape == "currency":
        codes = sum(times for value, times in found.counts.items() if len(value) == 3)
        return 1.0 if not found.many and codes > found.values / 2 else 0.0
    if shape == "json":
        return 1.0 if found.share(found.json) > 0.5 else 0.0
    if shape in words.CHOICES:
        choices = words.CHOICES[shape]
        known = sum(times for value, times in found.counts.items() if words.meaning(value, choices))
        return 1.0 if not found.many and known > 0.5 * found.values else 0.0
    return 1.0 if found.length < 200 else 0.3


def _meaning(
    kind: str,
    column: str,
    chosen: MappingABC[str, tuple[str, float]],
    found: Profile,
    label: str,
    given: Mapping | None,
    settled: Sequence[str],
) -> Meaning:
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
    return _left_over(kind, column, found, label)


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


def _distinct_slugs(meanings: dict[str, Meaning]) -> dict[str, Meaning]:
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


def _currency(mapping: Mapping, assumed: str) -> str:
    if mapping.kind != "movements" or mapping.column("currency"):
        return ""
    amount = mapping.column("amount") or mapping.column("amount_minor") or ""
    return next(
        (word.upper() for word in normalised(amount).split() if word in ("usd", "eur", "gbp", "chf", "jpy")), assumed
    )


def _questions(mapping: Mapping, profiles: MappingABC[str, Profile], given: Mapping | None, currency: str):
    known = fields(mapping.kind)
    dated = [(c, m) for c, m in mapping.columns.items() if m.field in known and known[m.field].shape == "instant"]
    settled = _settled(profiles)
    for column, meaning in dated:
        evidence = profiles[column].dates
        told = given and column in given.columns and given.columns[column].order
        if told or evidence.order()[1] or meaning.order not in ("dmy", "mdy"):
            continue
        yield Question(
            setting="order",
            column=column,
            text=f"In column {column!r}, does the day or the month come first? "
            f"Both fit every value, as in {evidence.example!r}.",
            options=(("dmy", "Day first (31/12)"), ("mdy", "Month first (12/31)")),
            answer=settled[0] if settled else meaning.order,
            must=not settled,
        )
    if not given and any(profiles[c].dates.timed > profiles[c].dates.zoned for c, _ in dated):
        yield Question(
            setting="timezone",
            column="",
            text="In which time zone are the times that do not say one?",
            options=((mapping.timezone, mapping.timezone),),
            answer=mapping.timezone,
        )
    if mapping.kind == "movements" and not mapping.column("currency") and not (given and given.currency):
        assumed = _currency(mapping, currency)
        yield Question("currency", "", "In which currency are the amounts?", ((assumed, assumed),), assumed)


def _problems(mapping: Mapping, profiles: MappingABC[str, Profile]):
    known = fields(mapping.kind)
    if mapping.kind == "responses" and not mapping.column("score"):
        yield from _other_scales(profiles)
    for field in known.values():
        if (
            field.required
            and not mapping.column(field.name)
            and not (mapping.kind == "movements" and field.name == "kind" and mapping.column("started_at"))
        ):
            yield (
                f"No column was recognised as {field.title!r} ({field.name}), "
                f"which {mapping.kind.replace('_', ' ')} need. "
                f"The columns are: {', '.join(profiles)}. Say which one it is in the mapping."
            )
    if mapping.kind == "movements" and not mapping.column("amount") and not mapping.column("amount_minor"):
        yield "No column was recognised as the amount of money. Say which one it is in the mapping."
    if mapping.kind == "responses" and (column := mapping.column("score")):
        yield from _scale(mapping, column, profiles[column])


def _other_scales(profiles: MappingABC[str, Profile]):
    """Ratings that were passed over because they are not NPS: a person who meant them should hear why."""
    for column, found in profiles.items():
        rated = found.values and found.share(found.numbers) > 0.9 and 1 <= found.lowest < found.highest <= 7
        if rated and any(stem in normalised(column) for stem in _RATINGS):
            yield (
                f"Column {column!r} goes from {found.lowest:g} to {found.highest:g}: that is a rating on another scale "
                "(satisfaction, effort or stars), not an answer from 0 to 10 to how likely someone is to recommend. "
                "NPS is not defined on it, and converting it would invent answers."
            )


def _scale(mapping: Mapping, column: str, found: Profile):
    """Is the column really on 0 to 10? Another scale is refused: turning 5 stars into a 10 would invent answers."""
    if not found.values or mapping.any_scale:
        return
    if found.share(found.scores) < 0.5 and not mapping.bands:
        if found.share(found.groups) > 0.5:
            yield (
                f"Column {column!r} holds only the groups (promoter, passive, detractor), not scores. "
                "The scores 0 to 10 cannot be got back from them. Add the column with the scores, or give `bands` "
                'in the mapping, for example {"Promoter": 9, "Passive": 7, "Detractor": 3}, '
                "knowing that the mean is then not real."
            )
        else:
            yield (
                f"Column {column!r} holds words, not scores from 0 to 10. Choose another column, "
                "or give `bands` in the mapping: each text with the score it stands for."
            )
        return
    total = found.integers.total()
    if not total:
        return
    above = sum(times for number, times in found.integers.items() if number > 10)
    below = sum(times for number, times in found.integers.items() if number < 0)
    if above + below > max(total / 5, 2):
        yield (
            f"Column {column!r} goes from {found.lowest:g} to {found.highest:g}: that is no score from 0 to 10. "
            "NPS needs the answers on 0 to 10; a percentage or an NPS already computed cannot be turned back into them."
        )
    elif total >= _ENOUGH and found.lowest >= 1 and found.highest <= 5:
        yield (
            f"All {total} scores in column {column!r} lie between {found.lowest:g} and {found.highest:g}: "
            "that looks like a scale of 1 to 5 (stars, CSAT), not 0 to 10. "
            "NPS is not defined on it, and converting it would invent answers. "
            "If the question really offered 0 to 10, say `any_scale = true` in the mapping."
        )
    elif total >= 5 * _ENOUGH and found.lowest >= 1 and found.highest <= 7:
        yield (
            f"All {total} scores in column {column!r} lie between {found.lowest:g} and {found.highest:g}: "
            "that looks like a scale of 1 to 7 (effort score), not 0 to 10. "
            "If the question really offered 0 to 10, say `any_scale = true` in the mapping."
        )


def _notes(mapping: Mapping, profiles: MappingABC[str, Profile]):
    known = fields(mapping.kind)
    if segments := [column for column, m in mapping.columns.items() if m.field == ATTRIBUTE]:
        yield Note("columns_as_attributes", 0, f"Columns kept as attributes to segment by: {', '.join(segments)}.")
    for column, meaning in mapping.columns.items():
        if meaning.field == IGNORE:
            yield Note("column_ignored", 0, f"Column {column!r} is not used: {meaning.why or 'as the mapping says'}.")
        elif meaning.field in known and known[meaning.field].shape == "instant" and profiles[column].dates.short_years:
            yield Note(
                "short_years",
                profiles[column].dates.short_years,
                f"Years of two digits in {column!r} were read as 1970 to 2069.",
            )
    dated = [c for c, m in mapping.columns.items() if m.field in known and known[m.field].shape == "instant"]
    if any(profiles[c].dates.timed > profiles[c].dates.zoned for c in dated):
        yield Note("timezone_assumed", 0, f"Times without a zone were read as {mapping.timezone}.")
    if mapping.kind == "responses" and not mapping.column("answered_at"):
        yield Note("no_dates", 0, "No column with dates was recognised.")
