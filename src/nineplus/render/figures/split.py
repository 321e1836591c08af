"""`split`: the shares of the groups as one bar, each part named and marked with its shape."""

from __future__ import annotations

from typing import Any

from nineplus.model import Estimate, Table
from nineplus.render import numbers
from nineplus.render.figures import Drawing, Href, figure_of
from nineplus.render.groups import group_class, shape
from nineplus.render.markup import Html, join, tag
from nineplus.render.svg import drawing

_GAP = 0.4  # per cent of the width between two parts


def draw(table: Table, href: Href | None) -> Html:
    figure = figure_of(table)
    shares = [(row, row[figure.label], _share(row.get(figure.value))) for row in table.rows]
    parts = [(row, label, share) for row, label, share in shares if share is not None]
    if not parts:
        return Html("")
    bars, at = [], 0.0
    for _, label, share in parts:
        width = max(0.0, 100 * share - _GAP)
        bars.append(tag("rect", x=f"{at:.2f}%", y=0, width=f"{width:.2f}%", height=12, class_=group_class(label)))
        at += 100 * share
    spoken = ", ".join(f"{label} {numbers.share(share)}" for _, label, share in parts)
    legend = tag("ul", *(_entry(table, part, href) for part in parts), class_="split-legend")
    return tag("div", drawing(*bars, label=f"{table.title}: {spoken}", height=12, class_="split"), legend)


def _entry(table: Table, part: tuple, href: Href | None) -> Html:
    row, label, share = part
    name = join([shape(group_class(label)), " ", label])
    where = href(table, row) if href else None
    return tag("li", tag("a", name, href=where) if where else name, " ", tag("b", numbers.share(share)))


def _share(value: Any) -> float | None:
    if isinstance(value, Estimate):  # a share with an interval, in points
        return None if value.value is None else value.value / 100
    return None if value is None else float(value)


DRAWING = Drawing("split", draw)
