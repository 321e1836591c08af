"""How the columns of a file are to be understood: one frozen value, the same in wizard, file and database."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from nineplus.connectors.files.dates import ORDERS
from nineplus.connectors.files.fields import ATTRIBUTE, IGNORE, fields, slug
from nineplus.connectors.files.refused import EXCLUDED, REASONS
from nineplus.mart.schema import SOURCES
from nineplus.model import Note

KINDS = tuple(SOURCES)
ONE_TO_ELEVEN: MappingABC[str, int] = {str(score + 1): score for score in range(11)}
"""The eleven choices numbered from 1, as SurveyMonkey does in files of numbers."""
TOUCHPOINTS = ("post-resolution", "post-onboarding", "pre-renewal", "relationship", "post-purchase", "custom")


class BadMapping(Exception):
    """The mapping cannot be used with this file. The sentence says which column and what to change."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one column stands for: a field of the kind, `attribute`, or `ignore` with the reason.

    `order` is that of its dates (see dates.ORDERS), `comma` says that its decimals follow a comma,
    `unit` is that of its durations (seconds, minutes, hours, days, milliseconds). `value`: a filled cell says this,
    whatever is in it (one column for each choice). `prefix` goes before ids that another tool counted for itself.
    """

    field: str
    slug: str = ""
    label: str = ""
    order: str = ""
    comma: bool = False
    unit: str = ""
    why: str = ""
    value: str = ""
    prefix: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) or name == "field"}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows that are no answers of customers: those whose `column` says one of `values`, in any case.

    `only` turns it round: every row that says something else is left out, blank ones are not. `without_score`: only
    rows without a score; with no column, all of those. `code` is the reason (see refused.REASONS).
    """

    code: str
    column: str = ""
    values: tuple[str, ...] = ()
    only: bool = False
    without_score: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__} | {"values": list(self.values)}

    @property
    def title(self) -> str:
        """What these rows are."""
        return EXCLUDED.get(self.code, "rows")

    @property
    def words(self) -> str:
        """Which rows, in words that follow `rows`."""
        told = ", ".join(repr(value) for value in self.values[:6])
        rule = f"whose {self.column!r} says {'anything but ' if self.only else ''}{told}" if self.column else ""
        return " and ".join(part for part in (rule, "without a score" if self.without_score else "") if part)


@dataclass(frozen=True, slots=True)
class Question:
    """Something the file leaves open. `answer` is what is assumed until a person says otherwise.

    `setting` is where the answer goes: `order` (of `column`), `timezone`, `currency`, `score` (which column it is),
    `bands` (one_to_eleven: they number the choices from 1; as_they_are).
    `must` says that a person should answer before rows are written.
    """

    setting: str
    column: str
    text: str
    options: tuple[tuple[str, str], ...]
    answer: str
    must: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__} | {"options": [list(o) for o in self.options]}


@dataclass(frozen=True, slots=True)
class Mapping:
    """Columns of a file by name, with what holds for all rows.

    `problems` say why the file cannot be used as it is mapped; `questions` what a person should confirm;
    `notes` what was assumed. Only `kind`, `columns` and the settings are saved under a name.
    """

    kind: str
    columns: MappingABC[str, Meaning]
    timezone: str = ""
    """Of times that say none. Empty: nobody said; whoever recognises the columns fills it in."""
    currency: str = ""
    survey: str = ""
    touchpoint: str = ""
    bands: MappingABC[str, int] = field(default_factory=dict)
    any_scale: bool = False
    """The person confirmed that the scores are on 0–10 although none is above 5."""
    vendor: str = ""
    """The survey tool whose export it is (connectors.surveys), when it is one's."""
    leave_out: tuple[LeftOut, ...] = ()
    questions: tuple[Question, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    rows: int = 0
    """How many rows the file has."""

    @property
    def zone(self) -> str:
        """The zone of times that say none: UTC where nobody said another."""
        return self.timezone or "UTC"

    def column(self, name: str) -> str | None:
        """The column that stands for this field, if any."""
        return next((column for column, meaning in self.columns.items() if meaning.field == name), None)

    def of(self, name: str) -> list[tuple[str, Meaning]]:
        return [(column, meaning) for column, meaning in self.columns.items() if meaning.field == name]

    @property
    def attributes(self) -> dict[str, str]:
        """Slug to label of every attribute the file brings."""
        named = {m.slug: m.label for _, m in self.of(ATTRIBUTE)}
        return named | {name: name.capitalize() for name in self.besides}

    @property
    def besides(self) -> tuple[str, ...]:
        """Fields of a contact that one can segment by too: they are attributes besides, unless a column is already."""
        taken = {m.slug for _, m in self.of(ATTRIBUTE)}
        wanted = ("country", "language") if self.kind == "contacts" else ()
        return tuple(name for name in wanted if self.column(name) and name not in taken)

    def answered(self, **settings: str) -> Mapping:
        """The same mapping with questions answered: `order=` for the dates in question, `timezone=`, `currency=`,
        `bands=` (one_to_eleven or as_they_are)."""
        columns = dict(self.columns)
        open_questions = []
        for question in self.questions:
            if question.setting not in settings:
                open_questions.append(question)
            elif question.setting == "order":
                columns[question.column] = replace(columns[question.column], order=settings["order"])
        rest: dict[str, Any] = {name: value for name, value in settings.items() if name in ("timezone", "currency")}
        if told := settings.get("bands"):
            rest |= {"bands": dict(ONE_TO_ELEVEN)} if told == "one_to_eleven" else {"any_scale": True}
        return replace(self, columns=columns, questions=tuple(open_questions), **rest)

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "columns": {column: meaning.to_dict() for column, meaning in self.columns.items()},
            "timezone": self.timezone,
            "currency": self.currency,
            "survey": self.survey,
            "touchpoint": self.touchpoint,
            "bands": dict(self.bands),
            "any_scale": self.any_scale,
            "vendor": self.vendor,
            "leave_out": [rule.to_dict() for rule in self.leave_out],
            "questions": [question.to_dict() for question in self.questions],
            "problems": list(self.problems),
            "notes": [note.to_dict() for note in self.notes],
            "rows": self.rows,
        }

    @classmethod
    def from_dict(cls, data: MappingABC[str, Any]) -> Mapping:
        """Raises BadMapping with a sentence for whatever it cannot use."""
        kind = data.get("kind", "responses")
        if kind not in KINDS:
            raise BadMapping(f"The kind {kind!r} is not known. There are: {', '.join(KINDS)}.")
        columns = data.get("columns")
        if not isinstance(columns, MappingABC):
            raise BadMapping("A mapping needs `columns`: the name of each column with the field it stands for.")
        zone = data.get("timezone") or ""
        if zone and zone not in available_timezones():
            raise BadMapping(f"The time zone {zone!r} is not known. Use a name such as Europe/Berlin.")
        if (touchpoint := data.get("touchpoint") or "") and touchpoint not in TOUCHPOINTS:
            raise BadMapping(f"The touchpoint {touchpoint!r} is not known. There are: {', '.join(TOUCHPOINTS)}.")
        bands = data.get("bands") or {}
        if any(not isinstance(score, int) or not 0 <= score <= 10 for score in bands.values()):
            raise BadMapping("`bands` gives each text the score 0 to 10 that it stands for.")
        return cls(
            kind=kind,
            columns={str(column): _meaning(kind, str(column), given) for column, given in columns.items()},
            timezone=zone,
            currency=str(data.get("currency") or "").upper(),
            survey=str(data.get("survey") or ""),
            touchpoint=touchpoint,
            bands=dict(bands),
            any_scale=bool(data.get("any_scale", False)),
            vendor=str(data.get("vendor") or ""),
            leave_out=tuple(map(_left_out, data.get("leave_out") or ())),
            questions=tuple(
                Question(**{**q, "options": tuple(tuple(o) for o in q["options"])}) for q in data.get("questions", ())
            ),
            problems=tuple(data.get("problems", ())),
            notes=tuple(Note(n["code"], n["rows"], n["message"]) for n in data.get("notes", ())),
            rows=int(data.get("rows") or 0),
        )

    @classmethod
    def load(cls, path: Path | str) -> Mapping:
        """From a JSON or TOML file, such as `nineplus import … --dry-run --json` prints or a person writes."""
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
            data = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
        except OSError as error:
            raise BadMapping(f"The mapping {path.name!r} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise BadMapping(f"The mapping {path.name!r} is neither JSON nor TOML: {error}.") from error
        if not isinstance(data, dict):
            raise BadMapping(f"The mapping {path.name!r} must hold one object.")
        return cls.from_dict(data.get("mapping", data))


def _left_out(given: Any) -> LeftOut:
    known = isinstance(given, MappingABC) and given.keys() <= set(LeftOut.__slots__) and given.get("code") in REASONS
    values = given.get("values", ()) if known else ()
    if not known or isinstance(values, str) or not (given.get("column") or given.get("without_score")):
        raise BadMapping(
            "Each entry of `leave_out` says a `code`, a `column` and its `values`, such as "
            '{"code": "preview", "column": "Status", "values": ["Survey Preview"]}.'
        )
    column = str(given.get("column") or "")
    flags = {name: bool(given.get(name)) for name in ("only", "without_score")}
    return LeftOut(given["code"], column, tuple(str(value) for value in values), **flags)


def _meaning(kind: str, column: str, given: Any) -> Meaning:
    """`"score"`, or `{"field": "answered_at", "order": "dmy"}`."""
    given = {"field": given} if isinstance(given, str) else dict(given)
    unknown = given.keys() - set(Meaning.__slots__)
    if unknown or "field" not in given:
        raise BadMapping(f"Column {column!r}: {', '.join(sorted(unknown)) or 'no field'} is not understood.")
    name = given["field"]
    if name not in fields(kind) and name not in (ATTRIBUTE, IGNORE):
        known = ", ".join([*fields(kind), ATTRIBUTE, IGNORE])
        raise BadMapping(f"Column {column!r}: {name!r} is no field of {kind}. There are: {known}.")
    if given.get("order", "") and given["order"] not in ORDERS:
        raise BadMapping(
            f"Column {column!r}: the order {given['order']!r} is not known. There are: {', '.join(ORDERS)}."
        )
    if name == ATTRIBUTE:
        given["slug"] = slug(given.get("slug") or column)
        given["label"] = given.get("label") or column
    return Meaning(**given)
