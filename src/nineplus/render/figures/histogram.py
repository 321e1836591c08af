"""`histogram`: one bar for each score 0 to 10, coloured by group; the groups are named below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nineplus.model import Kind, Table
from nineplus.render import numbers
from nineplus.render.figures import Drawing, Href, figure_of
from nineplus.render.groups import group_class
from nineplus.render.markup import Html, join, tag
from nineplus.render.svg import drawing, horizontal, link, text
from nineplus.stats.scale import group_of

_TOP, _FLOOR, _HEIGHT = 20, 150, 190


def draw(table: Table, href: Href | None) -> Html:
    figure = figure_of(table)
    rows = [row for row in table.rows if row.get(figure.value) is not None]
    total = sum(row[figure.value] for row in rows)
    if not rows or not total:
        return Html("")
    shares = [row[figure.value] / total for row in rows]
    highest = max(shares)
    step = 100 / len(rows)
    parts = [horizontal("0%", "100%", _FLOOR, "axis")]
    for place, (row, share) in enumerate(zip(rows, shares, strict=True)):
        parts.append(_bar(table, row, share, share / highest, place * step, step, href))
    parts += _brackets(table, rows, step)
    counted = table.column(figure.value).kind is Kind.COUNT
    spoken = ", ".join(
        f"{row[figure.label]}: {numbers.number(row[figure.value]) if counted else numbers.share(row[figure.value])}"
        for row in rows
    )
    return drawing(*parts, label=f"{table.title}. {spoken}", height=_HEIGHT, class_="histogram", links=href is not None)


def _bar(
    table: Table, row: Mapping[str, Any], share: float, part: float, left: float, step: float, href: Href | None
) -> Html:
    label = row[figure_of(table).label]
    height = max(1.0 if share else 0.0, part * (_FLOOR - _TOP))
    middle = f"{left + step / 2:.2f}%"
    bar = join(
        [
            tag(
                "rect",
                x=f"{left + 0.1 * step:.2f}%",
                y=f"{_FLOOR - height:.1f}",
                width=f"{0.8 * step:.2f}%",
                height=f"{height:.1f}",
                rx=2,
                class_=_group(label),
            ),
            text(_short(share), x=middle, y=_FLOOR - height - 5, class_="tick", anchor="middle"),
            text(label, x=middle, y=_FLOOR + 15, class_="tick strong", anchor="middle"),
        ]
    )
    where = href(table, row) if href else None
    return link(bar, href=where, label=f"{label}: {numbers.share(share)}")


def _short(share: float) -> str:
    """Bars stand close on a phone: whole per cents without the sign's space."""
    return "" if not share else "<1%" if share < 0.005 else f"{100 * share:.0f}%"


def _brackets(table: Table, rows: list[Mapping[str, Any]], step: float) -> list[Html]:
    """A line under the bars of each group with the group's name."""
    parts = []
    for class_, name in (("det", "Detractors"), ("pas", "Passives"), ("pro", "Promoters")):
        places = [place for place, row in enumerate(rows) if _group(row[figure_of(table).label]) == class_]
        if not places:
            continue
        left, right = places[0] * step + 0.1 * step, (places[-1] + 1) * step - 0.1 * step
        y = _FLOOR + 22
        parts.append(horizontal(f"{left:.2f}%", f"{right:.2f}%", y, f"bracket {class_}"))
        parts.append(text(name, x=f"{(left + right) / 2:.2f}%", y=y + 14, class_="tick", anchor="middle"))
    return parts


def _group(label: object) -> str:
    try:
        return group_class(group_of(int(str(label))))
    except ValueError:
        return "other"


DRAWING = Drawing("histogram", draw)
