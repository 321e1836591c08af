"""`bars`: a label, a bar and its number per row. For shares and counts; one hue, since length is the message."""

from __future__ import annotations

from typing import Any

from nineplus.model import Estimate, Table
from nineplus.render import numbers
from nineplus.render.figures import Drawing, Href, figure_of
from nineplus.render.groups import group_class
from nineplus.render.markup import Html, tag
from nineplus.render.svg import drawing

_HEIGHT = 14


def draw(table: Table, href: Href | None) -> Html:
    figure = figure_of(table)
    rows = [(row, _length(row.get(figure.value))) for row in table.rows]
    longest = max((abs(length) for _, length in rows if length is not None), default=0)
    if not longest:
        return Html("")
    column = table.column(figure.value)
    lines = []
    for row, length in rows:
        name = row[figure.label] if row[figure.label] not in (None, "") else numbers.NONE
        where = href(table, row) if href else None
        written = numbers.cell(row.get(figure.value), column.kind)
        muted = " flat" if figure.flag and not row.get(figure.flag) else ""
        bar = tag(
            "rect",
            x=0,
            y=0,
            width=f"{100 * abs(length or 0) / longest:.2f}%",
            height=_HEIGHT,
            rx=3,
            class_=f"bar {group_class(name)}{muted}",
        )
        lines.append(
            tag(
                "tr",
                tag("th", tag("a", name, href=where) if where else name, scope="row", role="rowheader", dir="auto"),
                tag("td", drawing(bar, label=f"{name}: {written}", height=_HEIGHT), class_="plot", role="cell"),
                tag("td", written, class_="num", role="cell"),
                role="row",
            )
        )
    head = tag(
        "tr",
        tag("th", table.column(figure.label).title, scope="col", role="columnheader"),
        tag("td", class_="plot", role="cell"),
        tag("th", column.title, scope="col", class_="num", role="columnheader"),
        role="row",
    )
    rows_drawn = tag("thead", head, role="rowgroup"), tag("tbody", *lines, role="rowgroup")
    return tag("table", *rows_drawn, class_="whiskers bars", role="table", aria_label=table.title)


def _length(value: Any) -> float | None:
    if isinstance(value, Estimate):
        return value.value
    return None if value is None or value != value else float(value)


DRAWING = Drawing("bars", draw)
