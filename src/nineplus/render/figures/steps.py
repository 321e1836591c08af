"""`steps`: the share to whom it has happened as hours go by, as a stair with its interval as a band.

Rows are in the order of their hours and stand until the next. `Figure.named` are hours whose share is written beside
them. The stair ends with the last row: beyond it nobody was followed, and nothing is drawn.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

from nineplus.model import Estimate, Table
from nineplus.render import numbers
from nineplus.render.figures import Drawing, Href, figure_of
from nineplus.render.markup import Html, join, tag
from nineplus.render.svg import Axis, drawing, horizontal, text, vertical

_TOP, _FLOOR, _HEIGHT = 14, 186, 212
_LEFT, _RIGHT = 8.0, 97.0
_DAY = 24.0
_APART = (1, 2, 3, 6, 12, 24, 48, 96, 168, 336)
"""Hours between two ticks: what people count in."""
_TICKS = 10


def draw(table: Table, href: Href | None) -> Html:
    figure = figure_of(table)
    found = [(float(row[figure.label]), row[figure.value]) for row in table.rows]
    stair = [(at, share) for at, share in found if isinstance(share, Estimate) and share.available]
    if len(stair) < 2:
        return Html("")
    apart = next((step for step in _APART if stair[-1][0] / step <= _TICKS), _APART[-1])
    time = Axis(0.0, stair[-1][0], _LEFT, _RIGHT, float(apart))
    height = Axis(0.0, 100.0, _FLOOR, _TOP, 25.0)
    named = [(at, _at(stair, at)) for at in figure.named if at <= stair[-1][0]]
    svg = drawing(
        *_grid(height),
        *(text(_hours(at), x=time.percent(at), y=_FLOOR + 16, anchor="middle") for at in time.ticks()),
        _shapes(stair, time, height),
        *(_named(at, share, time, height) for at, share in named),
        label=_spoken(table, named or stair[-1:]),
        height=_HEIGHT,
        class_="trend",
    )
    return tag("div", svg, class_="trend-figure")


def _at(stair: list[tuple[float, Estimate]], at: float) -> Estimate:
    return stair[max(bisect_right([hours for hours, _ in stair], at) - 1, 0)][1]


def _grid(height: Axis) -> list[Html]:
    parts = []
    for tick in height.ticks():
        parts.append(horizontal(f"{_LEFT}%", f"{_RIGHT}%", height.at(tick), "grid zero" if tick == 0 else "grid"))
        parts.append(text(f"{tick:g}{numbers.NBSP}%", x="0%", y=height.at(tick) + 4))
    return parts


def _shapes(stair: list[tuple[float, Estimate]], time: Axis, height: Axis) -> Html:
    """Stair and band, stretched to the figure's width; strokes keep theirs."""
    line = _steps([(time.at(at), height.at(share.value)) for at, share in stair])
    low, high = (
        [(time.at(at), height.at(end)) for at, share in stair if (end := getattr(share, side)) is not None]
        for side in ("low", "high")
    )
    band = tag("polygon", points=_points(_steps(low) + _steps(high)[::-1]), class_="band") if low and high else None
    return tag(
        "svg",
        *(part for part in (band,) if part is not None),
        tag("polyline", points=_points(line), class_="line", vector_effect="non-scaling-stroke"),
        x=0,
        y=0,
        width="100%",
        height=_HEIGHT,
        viewBox=f"0 0 100 {_HEIGHT}",
        preserveAspectRatio="none",
    )


def _steps(found: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """What is known at one time stands until the next."""
    corners = [corner for (_, y), (next_x, next_y) in pairwise(found) for corner in ((next_x, y), (next_x, next_y))]
    return [*found[:1], *corners]


def _points(corners: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f},{y:.1f}" for x, y in corners)


def _named(at: float, share: Estimate, time: Axis, height: Axis) -> Html:
    """A dot on the stair with its number, below it to the right, where the stair never is."""
    x, y = time.at(at), height.at(share.value)
    left = x > 80
    return join(
        [
            vertical(f"{x:.2f}%", y, _FLOOR, "mark"),
            tag("circle", tag("title", _said(at, share)), cx=f"{x:.2f}%", cy=f"{y:.1f}", r=4, class_="point"),
            text(
                f"{numbers.value(share, places=0)}{numbers.NBSP}%",
                x=f"{x - 1 if left else x + 1:.2f}%",
                y=min(y + 20, _FLOOR - 6),
                class_="direct",
                anchor="end" if left else "start",
            ),
        ]
    )


def _hours(at: float) -> str:
    days = at / _DAY
    return f"{days:g}{numbers.NBSP}d" if days >= 1 and days == int(days) else f"{at:g}{numbers.NBSP}h"


def _said(at: float, share: Estimate) -> str:
    return f"{numbers.estimate(share, places=0)}{numbers.NBSP}% by {at:g}{numbers.NBSP}hours"


def _spoken(table: Table, named: list[tuple[float, Estimate]]) -> str:
    return f"{table.title}: {', '.join(_said(at, share) for at, share in named)}"


DRAWING = Drawing("steps", draw)
