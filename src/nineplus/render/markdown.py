"""A Result as Markdown, for issues, wikis and chat."""

from __future__ import annotations

import re

from nineplus.model import Estimate, Kind, Result, Table
from nineplus.render import numbers
from nineplus.render.html import GRADES, filter_text
from nineplus.render.text import clean

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
_RIGHT = {Kind.COUNT, Kind.NUMBER, Kind.SHARE, Kind.POINTS, Kind.ESTIMATE, Kind.P_VALUE}


def result_markdown(result: Result, *, level: int = 2) -> str:
    """The whole answer, its heading at `level`; text of customers cannot become markup."""
    parts = [f"{'#' * level} {md(result.title)}", md(result.refusal or result.says)]
    if result.estimate is not None and not result.refused:
        parts.append(f"**{numbers.estimate(result.estimate)}**, n {numbers.number(result.estimate.n)}")
    if result.evidence:
        parts.append(f"Evidence {result.evidence.value}: {GRADES[result.evidence]}.")
    parts += [f"> {md(warning)}" for warning in result.warnings]
    for table in (one for one in result.tables if not one.for_drawing):
        parts += [f"{'#' * (level + 1)} {md(table.title)}", table_markdown(table)]
        parts += [md(table.note)] if table.note else []
    origin = [f"Method: {md(result.method or result.name)}, version {result.version}"]
    origin += [f"snapshot {md(result.snapshot.id)}"] if result.snapshot else []
    parts.append(f"*{'; '.join([*origin, f'filter: {md(filter_text(result.filter))}'])}.*")
    return "\n\n".join(parts) + "\n"


def table_markdown(table: Table) -> str:
    if not table.rows:
        return "No rows."
    lines = [
        "| " + " | ".join(md(column.title) for column in table.columns) + " |",
        "|" + "|".join("---:" if column.kind in _RIGHT else "---" for column in table.columns) + "|",
    ]
    places = {
        c.name: numbers.decimals(
            *[r[c.name] for r in table.rows if isinstance(r.get(c.name), Estimate) and r[c.name].available]
        )
        for c in table.columns
        if c.kind is Kind.ESTIMATE
    }
    for row in table.rows:
        cells = [md(numbers.cell(row.get(c.name), c.kind, places=places.get(c.name))) for c in table.columns]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def md(text: object) -> str:
    """Text with everything that Markdown could read as markup escaped; one line."""
    return _SPECIAL.sub(r"\\\1", clean(str(text)))
