"""What every analysis returns, and what page, API, CLI, report and notebook render alike."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from nineplus.model.estimate import Estimate
from nineplus.model.filters import Filter

if TYPE_CHECKING:
    import pandas


NOT_KNOWN = "Not known"
"""How a missing value of an attribute is written, in every table."""
TOO_SMALL = "Too small to show"
"""How the row begins that stands for those who may not be shown alone."""


class Kind(StrEnum):
    """How a cell is to be read and written."""

    TEXT = "text"
    COUNT = "count"  # whole number of things
    NUMBER = "number"
    SHARE = "share"  # 0..1, written as per cent
    POINTS = "points"  # NPS points without an interval of their own
    ESTIMATE = "estimate"  # an Estimate
    DATE = "date"
    MONTH = "month"  # a date standing for its month
    P_VALUE = "p_value"
    FLAG = "flag"


class Grade(StrEnum):
    """How strong the evidence is for reading a number as an effect (methods, shared machinery)."""

    A = "A"  # randomised
    B = "B"  # controlled rollout that passed its checks
    C = "C"  # matched, or exact prior score
    D = "D"  # interrupted series or adjusted association
    E = "E"  # before and after: no effect claimed


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    title: str
    kind: Kind = Kind.TEXT
    help: str = ""


@dataclass(frozen=True, slots=True)
class Marker:
    """Something that happened, to be drawn on a time axis."""

    at: date
    label: str


@dataclass(frozen=True, slots=True)
class Figure:
    """How a table wants to be drawn. The renderer knows the kinds; a table without one stays a table.

    kinds: `split` (shares of groups), `histogram` (bars by score), `whiskers` (label + estimate rows),
    `trend` (month + estimate rows, with band and markers), `bars` (label + share or count),
    `steps` (hours + estimate rows: to what share it has happened by then).
    `label`, `value` name columns; `flag`, when given, names a FLAG column: False draws the row in grey,
    because it cannot be told apart from zero or from the rest. `counts` is what the n of an estimate counts.
    """

    kind: str
    label: str
    value: str
    flag: str = ""
    markers: tuple[Marker, ...] = ()
    limits: tuple[float, float] | None = None  # control limits of a trend, points
    centre: float | None = None
    named: tuple[float, ...] = ()  # hours of `steps` whose share is written beside them
    counts: str = "answer"


@dataclass(frozen=True, slots=True)
class Table:
    """A tidy frame. Each row maps column names to values of the column's kind (None: not available).

    `for_drawing`: its rows are the places of a curve; where nothing is drawn, another table says the same in short.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]
    figure: Figure | None = None
    note: str = ""
    for_drawing: bool = False

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The identified state of the data from which a number was computed."""

    id: str
    made_at: datetime
    rows: int = 0

    def to_dict(self) -> dict[str, object]:
        return {"id": self.id, "made_at": self.made_at.isoformat(), "rows": self.rows}


class Mixed(str):
    """A warning with its remedy: the touchpoints in one number, of which one may be chosen."""

    touchpoints: tuple[str, ...]

    def __new__(cls, words: str, *, touchpoints: tuple[str, ...]) -> Mixed:
        said = super().__new__(cls, words)
        said.touchpoints = touchpoints
        return said


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """The answer to one question, with everything needed to trust, trace and redraw it.

    `says` is the sentence for a person and never claims what the interval does not allow.
    `refusal` is set when the question cannot be answered from these data: that is a result,
    not an error. `figures` holds named single numbers (`mean`, `n`, `coverage` …).
    """

    name: str
    title: str
    says: str
    estimate: Estimate | None = None
    tables: tuple[Table, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    refusal: str = ""
    evidence: Grade | None = None
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    method: str = ""
    version: int = 1
    snapshot: Snapshot | None = None
    filter: Filter = field(default_factory=Filter)

    @property
    def refused(self) -> bool:
        return bool(self.refusal)

    def table(self, name: str) -> Table:
        return next(table for table in self.tables if table.name == name)

    def with_origin(self, *, snapshot: Snapshot | None, filter: Filter) -> Result:
        return replace(self, snapshot=snapshot, filter=filter)

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "title": self.title,
            "says": self.says,
            "refusal": self.refusal or None,
            "estimate": plain(self.estimate),
            "figures": plain(self.figures),
            "tables": [
                {
                    "name": table.name,
                    "title": table.title,
                    "columns": [{"name": c.name, "title": c.title, "kind": c.kind.value} for c in table.columns],
                    "rows": [plain(row) for row in table.rows],
                    "note": table.note,
                }
                for table in self.tables
            ],
            "evidence": self.evidence.value if self.evidence else None,
            "assumptions": list(self.assumptions),
            "warnings": list(self.warnings),
            "method": self.method,
            "version": self.version,
            "snapshot": self.snapshot.to_dict() if self.snapshot else None,
            "filter": self.filter.to_dict(),
        }

    def to_json(self, *, indent: int | None = 2) -> str:
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False, allow_nan=False)

    def to_frame(self, table: str | None = None) -> pandas.DataFrame:
        """One table (the first, unless named) as a pandas frame; an estimate becomes five columns."""
        import pandas

        if not self.tables:
            return pandas.DataFrame([flat({"estimate": self.estimate, **self.figures})])
        chosen = self.table(table) if table else self.tables[0]
        return pandas.DataFrame([flat(row) for row in chosen.rows])

    def __str__(self) -> str:
        lines = [self.title, self.refusal or self.says]
        lines += [f"! {warning}" for warning in self.warnings]
        for table in self.tables:
            lines += ["", table.title, *_text_rows(table)]
        return "\n".join(lines)

    __repr__ = __str__  # what a prompt shows is the answer, not how it is stored

    def _repr_html_(self) -> str:
        parts = [f"<h4>{html.escape(self.title)}</h4><p>{html.escape(self.refusal or self.says)}</p>"]
        for table in self.tables:
            head = "".join(f"<th>{html.escape(column.title)}</th>" for column in table.columns)
            body = "".join(
                "<tr>"
                + "".join(f"<td>{html.escape(_cell(row.get(c.name), c.kind))}</td>" for c in table.columns)
                + "</tr>"
                for row in table.rows
            )
            parts.append(
                f"<table><caption>{html.escape(table.title)}</caption>"
                f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            )
        return "".join(parts)


def refuse(name: str, title: str, reason: str, **more: Any) -> Result:
    """The question cannot be answered from these data; `reason` says why and what would be needed."""
    return Result(name=name, title=title, says=reason, refusal=reason, **more)


def plain(value: Any) -> Any:
    """The JSON form of any value a Result may hold."""
    if isinstance(value, Estimate):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "item"):  # a NumPy scalar
        value = value.item()
    if isinstance(value, float) and value != value:  # NaN is not JSON: not available
        return None
    return value


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with every Estimate spread over columns: `nps`, `nps_low`, `nps_high`, `nps_n`, `nps_n_eff`."""
    spread: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Estimate):
            spread[name] = value.value
            spread |= {f"{name}_{part}": getattr(value, part) for part in ("low", "high", "n", "n_eff")}
        else:
            spread[name] = value
    return spread


def _cell(value: Any, kind: Kind) -> str:
    if value is None:
        return "not available"
    if isinstance(value, Estimate):
        return str(value)
    if kind is Kind.FLAG:
        return "yes" if value else "no"
    if kind is Kind.SHARE:
        return f"{100 * value:z.1f} %"
    if kind is Kind.COUNT:
        return f"{value:z,.0f}"
    if kind is Kind.MONTH:
        return f"{value:%Y-%m}"
    if isinstance(value, float):
        return f"{value:.3g}" if kind is Kind.P_VALUE else f"{value:z.1f}"
    return str(value)


def _text_rows(table: Table) -> list[str]:
    cells = [[column.title for column in table.columns]]
    cells += [[_cell(row.get(c.name), c.kind) for c in table.columns] for row in table.rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(table.columns))]
    return ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells]
