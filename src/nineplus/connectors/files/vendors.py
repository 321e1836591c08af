"""Exports of known survey tools: whose a file is, and what that tells of its columns.

Each tool is one file in `nineplus.connectors.surveys` that makes a `plugs.Preset`. Nobody promised that an export keeps
its columns: a preset says what it knows, recognition does the rest, and a person may change all of it.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from collections.abc import Sequence
from dataclasses import dataclass, field

from nineplus import plugs
from nineplus.connectors.files.fields import normalised
from nineplus.connectors.files.mapping import BadMapping, LeftOut, Mapping, Meaning
from nineplus.connectors.files.profile import Profile
from nineplus.connectors.files.source import Source
from nineplus.model import Note

PACKAGE = "nineplus.connectors.surveys"
NONE = "none"
"""For `vendor`: take the file as nobody's export."""
SURE = 0.5
"""From here on a file is read as the tool's export without being asked; from half of it on, that is offered."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The header that a tool writes: how many records, the names in it, and what else it says of each column."""

    rows: int
    names: tuple[str, ...]
    labels: tuple[str, ...]
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """How surely (0 to 1) a file is a tool's export, and by what one can tell."""

    sure: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that may be the NPS question: its columns, and the one with the reason given after it."""

    columns: MappingABC[str, Meaning]
    title: str
    points: float
    comment: str = ""

    @property
    def key(self) -> str:
        return next(iter(self.columns))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a tool's columns mean. `scores` are the questions on 0 to 10, surest first.

    `timezone` is the zone of its times when the file says it; every column that is not here goes the usual way.
    """

    columns: MappingABC[str, Meaning]
    scores: tuple[Candidate, ...] = ()
    leave_out: tuple[LeftOut, ...] = ()
    timezone: str = ""
    kind: str = "responses"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as a preset sees it: names, labels and ids of its columns, and what their values look like."""

    columns: tuple[str, ...]
    labels: tuple[str, ...]
    ids: tuple[str, ...]
    profiles: MappingABC[str, Profile]
    header_rows: int = 1
    names: MappingABC[str, str] = field(default_factory=dict)
    """Normalised name -> column, the first of each."""

    @classmethod
    def of(cls, source: Source, profiles: MappingABC[str, Profile]) -> Sheet:
        blank = ("",) * len(source.columns)
        names = {normalised(column): column for column in reversed(source.columns)}
        labels, ids = source.labels or blank, source.ids or blank
        return cls(source.columns, labels, ids, profiles, source.header_rows, names)

    def first(self, *names: str) -> str | None:
        """The column of the first of these normalised names that is there."""
        return next((self.names[name] for name in names if name in self.names), None)

    def told(self, column: str) -> str:
        """Name and label of a column, in lower case."""
        return f"{column} {self.labels[self.columns.index(column)]}".casefold()


@dataclass(frozen=True, slots=True)
class Found:
    """A tool recognised, or told, with what it says of the file."""

    preset: plugs.Preset
    claim: Claim
    reading: Reading
    score: Candidate | None

    def mapping(self, *, timezone: str) -> Mapping:
        """The mapping that this knowledge makes; recognition adds the other columns."""
        columns = dict(self.reading.columns)
        if self.score:
            columns |= self.score.columns
            if self.score.comment and not any(one.field == "comment" for one in columns.values()):
                columns[self.score.comment] = Meaning("comment")
        leave_out = self.reading.leave_out
        if self.reading.kind == "responses":
            leave_out = (*leave_out, LeftOut("not_answered", without_score=True))
        return Mapping(
            self.reading.kind,
            columns,
            timezone=self.reading.timezone or timezone,
            vendor=self.preset.name,
            leave_out=leave_out,
        )


def presets() -> MappingABC[str, plugs.Preset]:
    return plugs.find(PACKAGE, plugs.Preset)


def title_of(vendor: str) -> str:
    """The tool as people call it; its name here when it is none of these any more."""
    return presets()[vendor].title if vendor in presets() else vendor


def heading(records: Sequence[Sequence[str]]) -> Heading | None:
    """The header of a tool that writes several rows, when these records begin with one."""
    hooks = (preset.header for preset in presets().values() if preset.header)
    return next((found for hook in hooks if (found := hook(records)) is not None), None)


def claims(sheet: Sheet) -> list[tuple[plugs.Preset, Claim]]:
    """Whose export this may be, surest first."""
    made = [(preset, preset.claims(sheet)) for preset in presets().values()]
    return sorted(((p, c) for p, c in made if c.sure >= SURE / 2), key=lambda one: -one[1].sure)


def find(sheet: Sheet, *, vendor: str = "", kind: str | None = None, score: str = "") -> Found | None:
    """The tool whose export this is (or that `vendor` names) with what it says; None for other files and kinds.

    `score` is the column of the question to take, when there are several. Raises BadMapping for an unknown one.
    """
    if vendor == NONE:
        return None
    if vendor:
        if vendor not in presets():
            raise BadMapping(f"The survey tool {vendor!r} is not known. There are: {', '.join(presets())}, {NONE}.")
        preset, claim = presets()[vendor], presets()[vendor].claims(sheet)
    else:
        sure = [one for one in claims(sheet) if one[1].sure >= SURE]
        if not sure:
            return None
        preset, claim = sure[0]
    reading = preset.read(sheet)
    if kind not in (None, reading.kind):
        return None
    chosen = next((one for one in reading.scores if score and score in one.columns), None)
    if score and not chosen:
        if score not in sheet.columns:
            raise BadMapping(f"There is no column {score!r}. The columns are: {', '.join(sheet.columns)}.")
        chosen = Candidate({score: Meaning("score")}, score, 0)
    return Found(preset, claim, reading, chosen or next(iter(reading.scores), None))


_SAID = {
    "response": "response id",
    "score": "score",
    "comment": "comment",
    "answered_at": "answered",
    "contact": "customer",
    "email": "e-mail",
    "language": "language",
    "tags": "tags",
    "note": "notes",
}


def said(mapping: Mapping, sheet: Sheet) -> tuple[Note, ...]:
    """What a person is told first: whose export it looks like, by what, and where its main columns are."""
    if not mapping.vendor:
        offered = [f"{preset.title} ({claim.why})" for preset, claim in claims(sheet)]
        if not offered:
            return ()
        return (Note("vendor_offered", 0, f"This may be an export of {' or '.join(offered)}. Say so if it is."),)
    claim = presets()[mapping.vendor].claims(sheet) if mapping.vendor in presets() else Claim()
    rows = f"{sheet.header_rows} header row{'s' if sheet.header_rows != 1 else ''}"
    places = [
        f"{words} in {_shown(columns)}"
        for name, words in _SAID.items()
        if (columns := [c for c, _ in mapping.of(name)])
    ]
    why = f" ({claim.why})" if claim.why else ""
    return (
        Note(
            "vendor",
            0,
            f"This looks like an export of {title_of(mapping.vendor)}{why}: {', '.join([rows, *places])}. "
            "Look it over.",
        ),
    )


def _shown(columns: Sequence[str]) -> str:
    first = repr(columns[0][:60])
    return first if len(columns) == 1 else f"{first} and {len(columns) - 1} more"
