"""`quadrant`: importance over performance. Across: the first share (how often it is done well); up: the estimate.

Points are numbered and named below. A point whose interval crosses the line is hollow: it has no side.
"""

from __future__ import annotations

from nineplus.model import Estimate, Kind, Table
from nineplus.render import numbers
from nineplus.render.figures import Drawing, Href, figure_of
from nineplus.render.figures.whiskers import told_apart
from nineplus.render.markup import Html, join, tag
from nineplus.render.svg import Axis, axis_over, drawing, horizontal, shown, text, vertical

_TOP, _FLOOR, _HEIGHT = 14, 250, 290
_LEFT, _RIGHT = 9.0, 97.0


def draw(table: Table, href: Href | None) -> Html:
    figure = figure_of(table)
    across = next((column for column in table.columns if column.kind is Kind.SHARE), None)
    if across is None:
        return Html("")
    rows = [
        row
        for row in table.rows
        if isinstance(row.get(figure.value), Estimate)
        and row[figure.value].available
        and row.get(across.name) is not None
    ]
    if not rows:
        return Html("")
    zero = figure.centre or 0.0
    ends = [end for row in rows for end in _ends(row[figure.value])]
    up = axis_over([*ends, zero], start=_FLOOR, end=_TOP)
    along = Axis(0.0, 1.0, _LEFT, _RIGHT)
    places = numbers.decimals(*(row[figure.value] for row in rows))
    middle = sum(row[across.name] for row in rows) / len(rows)
    parts = [*_frame(up, along, (middle, zero), across.title, table.column(figure.value).title)]
    entries, spoken = [], []
    for place, row in enumerate(rows, start=1):
        apart = told_apart(table, row)
        side = "level" if apart else "flat"
        parts.append(_point(row[figure.value], along.percent(row[across.name]), up, side, place))
        where = href(table, row) if href else None
        name = row[figure.label]
        said = f"{numbers.estimate(row[figure.value], places=places)}, {numbers.share(row[across.name])}"
        entries.append(tag("li", tag("a", name, href=where) if where else name, ": ", said, dir="auto"))
        spoken.append(f"{name} {said}")
    svg = drawing(*parts, label=f"{table.title}: {'; '.join(spoken)}", height=_HEIGHT, class_="quadrant")
    return tag("div", svg, tag("ol", *entries, class_="numbered"))


def _ends(found: Estimate) -> list[float]:
    return [end for end in (found.low, found.value, found.high) if end is not None]


def _frame(up: Axis, along: Axis, cross: tuple[float, float], across: str, upward: str) -> list[Html]:
    """Grid, ticks, and the cross that makes the quadrants: the mean performance, and the line of comparison."""
    parts = []
    for tick in up.ticks():
        parts.append(horizontal(f"{_LEFT}%", f"{_RIGHT}%", up.at(tick), "grid"))
        parts.append(text(shown(tick), x="0%", y=up.at(tick) + 4))
    parts.append(horizontal(f"{_LEFT}%", f"{_RIGHT}%", up.at(cross[1]), "grid zero"))
    parts.append(vertical(along.percent(cross[0]), _TOP, _FLOOR, "grid zero"))
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(
            text(f"{100 * tick:.0f}%", x=along.percent(tick), y=_FLOOR + 16, anchor="end" if tick == 1 else "middle")
        )
    parts.append(text(f"{across} →", x=f"{_RIGHT}%", y=_FLOOR + 34, anchor="end"))
    parts.append(text(f"↑ {upward}", x=f"{_LEFT}%", y=10))
    return parts


def _point(found: Estimate, x: str, up: Axis, side: str, place: int) -> Html:
    bar = None
    if found.low is not None and found.high is not None:
        bar = vertical(x, up.at(found.low), up.at(found.high), f"whisker {side}")
    dot = "dot hollow" if side == "flat" else "dot"
    return join(
        [
            bar,
            tag("circle", cx=x, cy=f"{up.at(found.value):.1f}", r=9, class_=f"{dot} {side}"),
            text(place, x=x, y=up.at(found.value) + 4, class_=f"in-dot {side}", anchor="middle"),
        ]
    )


DRAWING = Drawing("quadrant", draw)
