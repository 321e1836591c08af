"""What the presets share: finding columns by name, times by their values, and the question on 0 to 10."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from nineplus.connectors.files import numbers
from nineplus.connectors.files.fields import IGNORE, normalised
from nineplus.connectors.files.mapping import LeftOut, Meaning
from nineplus.connectors.files.profile import Profile
from nineplus.connectors.files.vendors import Candidate, Sheet

GROUP_FOLLOWS = "the group follows from the score"
PERSONAL = "personal data"
_RECOMMENDS = re.compile(r"recom|empfehl|raccomand|aanbevel|anbefal|rekommend|suosittel|推荐|おすすめ|추천")
_NPS = re.compile(r"\bnps\b|promoter|_nps", re.IGNORECASE)
_OTHER_SCALES = re.compile(r"satisf|zufried|csat|\bces\b|effort|\beas[ey]|quality|qualität")
_WHY = re.compile(
    r"why|reason|improve|tell us|comment|feedback|warum|grund|verbesser|pourquoi|raison|por qu|motivo|perch|waarom"
)
_HIGH = 8
"""A question without a telling name is on 0 to 10 when somebody gave this much."""


def by_names(sheet: Sheet, spellings: Mapping[str, Sequence[str]]) -> dict[str, Meaning]:
    """Column -> meaning for each field that is there under one of its normalised names; a column stands for one."""
    found: dict[str, Meaning] = {}
    for field, names in spellings.items():
        column = next(
            (sheet.names[name] for name in names if name in sheet.names and sheet.names[name] not in found), None
        )
        if column is not None:
            found[column] = Meaning(field)
    return found


def left_out(sheet: Sheet, why: Mapping[str, str], *, but: Iterable[str] = ()) -> dict[str, Meaning]:
    """Columns of these normalised names that are not used, with the reason."""
    taken = set(but)
    return {
        sheet.names[name]: Meaning(IGNORE, why=reason)
        for name, reason in why.items()
        if name in sheet.names and sheet.names[name] not in taken
    }


def saying(sheet: Sheet, column: str | None, stems: Iterable[str], *, always: Sequence[str] = ()) -> tuple[str, ...]:
    """The values of a column with one of these stems (a tool's words are translated), and those known for sure."""
    if column is None:
        return ()
    found = [value for value in sheet.profiles[column].counts if any(stem in value.casefold() for stem in stems)]
    return tuple(dict.fromkeys([*sorted(found), *always]))


def no_answers(code: str, column: str | None, values: Sequence[str], **more: bool) -> tuple[LeftOut, ...]:
    """The rule that leaves out rows with these values; none when there is no such column or value."""
    return (LeftOut(code, column, tuple(values), **more),) if column is not None and values else ()


def questions(sheet: Sheet, *, known: Iterable[str], sure: Iterable[str] = ()) -> tuple[Candidate, ...]:
    """The questions answered on 0 to 10, surest first. `known` columns are none; `sure` ones are NPS questions."""
    taken, certain = set(known), set(sure)
    found = []
    for column in sheet.columns:
        profile, told = sheet.profiles[column], sheet.told(column)
        if column in taken or not (column in certain or is_on_scale(profile, told)):
            continue
        points = 8.0 if column in certain else 0.0
        points += (
            4 * bool(_RECOMMENDS.search(told)) + 3 * bool(_NPS.search(told)) - 3 * bool(_OTHER_SCALES.search(told))
        )
        label = sheet.labels[sheet.columns.index(column)]
        title = f"{column}: {label}" if label and normalised(label) != normalised(column) else column
        found.append(Candidate({column: Meaning("score")}, title, points, comment_after(sheet, column, taken)))
    return tuple(sorted(found, key=lambda one: -one.points))


def is_on_scale(profile: Profile, told: str) -> bool:
    """Are the values of this question scores from 0 to 10, not stars and not numbers of another kind?"""
    if not profile.values or profile.many or profile.distinct > 40 or profile.dates.share > 0.5:
        return False
    scores, _ = numbers.scores(pa.array(list(profile.counts), pa.string()))
    good = [score for score in scores.to_pylist() if score is not None]
    if len(good) < 0.9 * profile.distinct:
        return False
    return bool(_RECOMMENDS.search(told) or _NPS.search(told)) or max(good) >= _HIGH


def comment_after(sheet: Sheet, column: str, taken: Iterable[str]) -> str:
    """The open question that follows this one: where people say why."""
    place = sheet.columns.index(column)
    near = [name for name in sheet.columns[place + 1 : place + 7] if name not in set(taken)]
    asks = [name for name in near if _WHY.search(sheet.told(name)) and not _is_closed(sheet.profiles[name])]
    wordy = [name for name in near if _is_wordy(sheet.profiles[name])]
    return next(iter([name for name in asks if name in wordy] or wordy or asks), "")


def _is_closed(profile: Profile) -> bool:
    return profile.share(profile.numbers) > 0.5 or profile.dates.share > 0.5 or profile.share(profile.groups) > 0.5


def _is_wordy(profile: Profile) -> bool:
    if not profile.values or _is_closed(profile) or profile.share(profile.emails) > 0.5:
        return False
    return profile.spaced > profile.looked / 4 or profile.length > 15


def own_ids(columns: dict[str, Meaning], vendor: str, *fields: str) -> dict[str, Meaning]:
    """The same with ids that the tool counted for itself kept apart from those of others."""
    made = {}
    for column, meaning in columns.items():
        made[column] = Meaning(meaning.field, prefix=f"{vendor}:") if meaning.field in fields else meaning
    return made
