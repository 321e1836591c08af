"""SurveyMonkey: two header rows, the question and below it the choice; a question may span a column for each choice.

The first columns stand in the same order in every language, so a translated export is known by them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from nineplus.connectors.files.fields import IGNORE, normalised
from nineplus.connectors.files.mapping import Meaning
from nineplus.connectors.files.vendors import Candidate, Claim, Heading, Reading, Sheet
from nineplus.connectors.surveys._columns import PERSONAL, by_names, comment_after, left_out, own_ids, questions
from nineplus.plugs import Preset

_ANSWER = frozenset(
    (
        *("response", "open-ended response", "antwort", "offene antwort", "réponse", "réponse ouverte", "respuesta"),
        *("respuesta abierta", "risposta", "risposta aperta", "antwoord", "open antwoord", "resposta", "svar"),
    )
)
_FIRST = ("response", "", "begun_at", "answered_at", "", "email", "first_name", "last_name")
"""What the first columns are, whatever they are called: the second is the collector, the fifth the address."""
_FIELDS = {
    "response": ("respondent id", "respondentid"),
    "answered_at": ("end date", "enddate", "date modified"),
    "begun_at": ("start date", "startdate", "date created"),
    "email": ("email address", "email"),
    "first_name": ("first name",),
    "last_name": ("last name",),
    "language": ("language",),
    "tags": ("tags",),
}
_LEFT_OUT = {"ip address": PERSONAL}
_ADDRESS = re.compile(r"[0-9a-fA-F]*[.:][0-9a-fA-F.:]+")
_NUMBER = re.compile(r"(?<!\d)(\d{1,2})(?!\d)")


def header(records: Sequence[Sequence[str]]) -> Heading | None:
    """Two rows: below the ids nothing, below the questions `Response` or the choice."""
    first, second = records[0], records[1] if len(records) > 1 else ()
    if not second or second[0] or not any(second):
        return None
    names = {normalised(cell) for cell in first}
    if not ({"respondent id", "collector id"} <= names or any(cell.casefold() in _ANSWER for cell in second)):
        return None
    columns, labels, question = [], [], ""
    for top, below in zip(first, second, strict=True):
        question = top.strip() or question
        plain = not below or below.casefold() in _ANSWER
        columns.append(question if plain else f"{question}: {below}")
        labels.append(below)
    return Heading(2, tuple(columns), tuple(labels))


def claims(sheet: Sheet) -> Claim:
    names = sheet.names.keys()
    if {"respondent id", "collector id"} <= names:
        return Claim(0.95, "Respondent ID and Collector ID")
    if "respondent id" in names and sheet.header_rows == 2:
        return Claim(0.7, "Respondent ID and two header rows")
    if _begins_as_always(sheet):
        return Claim(0.7, "two header rows, and first columns in its order")
    return Claim()


def _begins_as_always(sheet: Sheet) -> bool:
    """Two long numbers, two times, an address of the network: the ids, when it was answered, and from where."""
    if sheet.header_rows != 2 or len(sheet.columns) <= len(_FIRST) or any(sheet.labels[: len(_FIRST)]):
        return False
    if not any(label.casefold() in _ANSWER for label in sheet.labels):
        return False
    respondent, collector, begun, ended, address = (sheet.profiles[name] for name in sheet.columns[:5])
    ids = respondent.lowest >= 1_000_000 and all(one.share(one.numbers) == 1 for one in (respondent, collector))
    times = all(one.values and one.dates.share > 0.9 for one in (begun, ended))
    return ids and times and all(_ADDRESS.fullmatch(value) for value in address.counts)


def read(sheet: Sheet) -> Reading:
    columns = by_names(sheet, _FIELDS)
    if not any(one.field == "response" for one in columns.values()) and _begins_as_always(sheet):
        columns |= {name: Meaning(field) for name, field in zip(sheet.columns, _FIRST, strict=False) if field}
        columns[sheet.columns[4]] = Meaning(IGNORE, why=PERSONAL)
    columns = own_ids(columns, "surveymonkey", "response")
    columns |= left_out(sheet, _LEFT_OUT, but=columns)
    spread = _by_choice(sheet, columns)
    in_spread = {column for one in spread for column in one.columns}
    for column in sheet.columns:
        profile = sheet.profiles[column]
        if (
            column not in columns
            and profile.values
            and profile.share(profile.groups) > 0.8
            and "nps" in column.casefold()
        ):
            columns[column] = Meaning(IGNORE, why="the group follows from the score")
    single = questions(sheet, known={*columns, *in_spread})
    return Reading(columns, tuple(sorted([*spread, *single], key=lambda one: -one.points)))


def _by_choice(sheet: Sheet, known: dict[str, Meaning]) -> list[Candidate]:
    """Questions that have a column for each choice, 0 to 10 or numbered from 1 to 11, filled where it was chosen."""
    groups: dict[str, dict[int, str]] = defaultdict(dict)
    for column, label in zip(sheet.columns, sheet.labels, strict=True):
        numbers = _NUMBER.findall(label)
        if column not in known and len(numbers) == 1:
            groups[column[: column.rfind(":")] if ":" in column else column][int(numbers[0])] = column
    found = []
    for question, choices in groups.items():
        if choices.keys() == set(range(11)):
            lowest, how = 0, "a column for each choice"
        elif choices.keys() == set(range(1, 12)):
            lowest, how = 1, "a column for each choice, numbered from 1: 1 stands for the score 0, 11 for 10"
        else:
            continue
        last = max(choices.values(), key=sheet.columns.index)
        meanings = {column: Meaning("score", value=str(n - lowest)) for n, column in sorted(choices.items())}
        told = question.casefold()
        points = 6.0 + 4 * ("recom" in told or "empfehl" in told)
        found.append(Candidate(meanings, f"{question} ({how})", points, comment_after(sheet, last, known)))
    return found


PRESET = Preset("surveymonkey", "SurveyMonkey", claims, read, header)
