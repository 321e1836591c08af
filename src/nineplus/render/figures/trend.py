"""`trend`: NPS by period with its interval as a band, control limits, event markers and the last point named.

A period without an answer, or one that is missing, breaks the line: nothing is drawn across a gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from nineplus.model import Estimate, Marker, Table
from nineplus.render import numbers
from nineplus.render.figures import Drawing, Href, figure_of
from nineplus.render.markup import Html, join, tag
from nineplus.render.svg import Axis, axis_over, drawing, horizontal, link, shown, text, vertical

_TOP, _FLOOR, _HEIGHT = 26, 222, 250
_LEFT, _RIGHT = 9.0, 97.0
_LABELS = 12  # labels on the time axis at most
_NEAREST = 5.0  # per cent of the width that a label needs; long gaps push periods together
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def draw(table: Table, href: Href | None) -> Html:
    figure = figure_of(table)
    rows = sorted((row for row in table.rows if row.get(figure.label)), key=lambda row: _day(row[figure.label]))
    points = [row for row in rows if _answered(table, row)]
    if not points:
        return Html("")
    first, last = _day(rows[0][figure.label]), _day(rows[-1][figure.label])
    time = Axis(first.toordinal(), max(last.toordinal(), first.toordinal() + 1), _LEFT, _RIGHT)
    height = _heights(table, points)
    places = numbers.decimals(*(_estimate(table, row) for row in points))
    markers = [m for m in figure.markers if first <= m.at]
    parts = [
        *_grid(height),
        *_limits(table, height),
        _shapes(table, rows, time, height),
        *_markers(markers, time, last),
        *(_dot(table, row, time, height, places, href) for row in points[:-1]),
        _last(table, points, time, height, places, href),
        *_periods(rows, table, time),
    ]
    svg = drawing(*parts, label=_spoken(table, points, places), height=_HEIGHT, class_="trend", links=href is not None)
    return tag("div", svg, _legend(markers), _lines(table, places), class_="trend-figure")


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def _answered(table: Table, row: Mapping[str, Any]) -> bool:
    found = row.get(figure_of(table).value)
    return isinstance(found, Estimate) and found.available


def _estimate(table: Table, row: Mapping[str, Any]) -> Estimate:
    """The estimate of a row that has one (`_answered`)."""
    return row[figure_of(table).value]  # type: ignore[no-any-return]


def _heights(table: Table, points: Sequence[Mapping[str, Any]]) -> Axis:
    found = [_estimate(table, row) for row in points]
    ends: list[float] = [end for e in found for end in (e.low, e.value, e.high) if end is not None]
    ends += figure_of(table).limits or ()
    if (centre := figure_of(table).centre) is not None:
        ends.append(centre)
    bounded = all(-100 <= end <= 100 for end in ends)
    return axis_over(ends, start=_FLOOR, end=_TOP, bounds=(-100, 100) if bounded else None)


def _grid(height: Axis) -> list[Html]:
    parts = []
    for tick in height.ticks():
        y = height.at(tick)
        parts.append(horizontal("0%", "100%", y, "grid zero" if tick == 0 else "grid"))
        parts.append(text(shown(tick), x="0%", y=y - 4))
    return parts


def _limits(table: Table, height: Axis) -> list[Html]:
    figure = figure_of(table)
    parts = []
    if figure.centre is not None:
        parts.append(horizontal("6%", "100%", height.at(figure.centre), "centre"))
    parts += [horizontal("6%", "100%", height.at(limit), "limit") for limit in figure.limits or ()]
    return parts


def _runs(table: Table, rows: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The stretches without a gap. A gap: no estimate, or half again as long a step as usual."""
    days = [_day(row[figure_of(table).label]).toordinal() for row in rows]
    steps = sorted(b - a for a, b in pairwise(days))
    usual = steps[len(steps) // 2] if steps else 0
    runs: list[list[Mapping[str, Any]]] = [[]]
    before: int | None = None
    for at, row in zip(days, rows, strict=True):
        if not _answered(table, row) or (before is not None and at - before > 1.5 * usual):
            runs.append([])
        if _answered(table, row):
            runs[-1].append(row)
        before = at
    return [run for run in runs if run]


def _shapes(table: Table, rows: Sequence[Mapping[str, Any]], time: Axis, height: Axis) -> Html:
    """Line and band, stretched to the figure's width; strokes keep theirs."""
    parts = []
    for run in _runs(table, rows):
        found = [(time.at(_day(row[figure_of(table).label]).toordinal()), _estimate(table, row)) for row in run]
        ends = [(x, e) for x, e in found if e.low is not None and e.high is not None]
        if len(ends) == 1:
            x, e = ends[0]
            ends = [(x - 0.3, e), (x + 0.3, e)]
        upper = [f"{x:.2f},{height.at(e.high):.1f}" for x, e in ends]
        lower = [f"{x:.2f},{height.at(e.low):.1f}" for x, e in reversed(ends)]
        if ends:
            parts.append(tag("polygon", points=" ".join(upper + lower), class_="band"))
        if len(found) > 1:
            line = " ".join(f"{x:.2f},{height.at(e.value):.1f}" for x, e in found)
            parts.append(tag("polyline", points=line, class_="line", vector_effect="non-scaling-stroke"))
    return tag(
        "svg",
        *parts,
        x=0,
        y=0,
        width="100%",
        height=_HEIGHT,
        viewBox=f"0 0 100 {_HEIGHT}",
        preserveAspectRatio="none",
    )


def _signal(table: Table, row: Mapping[str, Any]) -> bool:
    """A point that its own table calls out: flagged, or outside the control limits."""
    limits, value = figure_of(table).limits, _estimate(table, row).value
    if "signal" in row:
        return bool(row["signal"])
    return limits is not None and value is not None and not limits[0] <= value <= limits[1]


def _dot(
    table: Table, row: Mapping[str, Any], time: Axis, height: Axis, places: int, href: Href | None, radius: float = 3
) -> Html:
    found = _estimate(table, row)
    x, y = time.percent(_day(row[figure_of(table).label]).toordinal()), height.at(found.value)
    spoken = f"{_period(table, row)}: {numbers.estimate(found, places=places)}, n {numbers.number(found.n)}"
    signal = _signal(table, row)
    dot = tag(
        "circle",
        tag("title", spoken),
        cx=x,
        cy=f"{y:.1f}",
        r=radius + 1.5 if signal else radius,
        class_="point" + (" signal" if signal else "") + (" partial" if _partial(row) else ""),
    )
    where = href(table, row) if href else None
    reach = tag("circle", cx=x, cy=f"{y:.1f}", r=12, class_="reach") if where else None
    return link(join([reach, dot]), href=where, label=spoken)


def _partial(row: Mapping[str, Any]) -> bool:
    """The period had not ended when the data were taken."""
    return row.get("full") is False


def _last(
    table: Table, points: Sequence[Mapping[str, Any]], time: Axis, height: Axis, places: int, href: Href | None
) -> Html:
    """The last point with its number: above it, or below where the line comes down from above."""
    row = points[-1]
    found = _estimate(table, row)
    at, came_from = height.at(found.value), height.at(_estimate(table, points[-2 if len(points) > 1 else -1]).value)
    falls = at - came_from > 4
    y = at + 22 if (falls and at + 26 < _FLOOR) or at - 12 < _TOP + 4 else at - 12
    x = time.at(_day(row[figure_of(table).label]).toordinal())
    anchor = "end" if x > 50 else "start"
    return join(
        [
            _dot(table, row, time, height, places, href, radius=4.5),
            text(
                numbers.value(found, places=places) + (" so far" if _partial(row) else ""),
                x=f"{x + (0.8 if x > 50 else 0):.2f}%",
                y=y,
                class_="direct",
                anchor=anchor,
            ),
        ]
    )


def _period(table: Table, row: Mapping[str, Any]) -> str:
    return numbers.cell(row[figure_of(table).label], table.column(figure_of(table).label).kind)


def _apart(rows: Sequence[Mapping[str, Any]], table: Table, time: Axis) -> list[int]:
    """The rows that are named below, from the last one back: as many as fit without touching, evenly."""
    every, left = -(-len(rows) // _LABELS), float("inf")
    chosen = []
    for index in range(len(rows) - 1, -1, -every):
        at = time.at(_day(rows[index][figure_of(table).label]).toordinal())
        if left - at >= _NEAREST:
            chosen.append(index)
            left = at
    return chosen[::-1]


def _periods(rows: Sequence[Mapping[str, Any]], table: Table, time: Axis) -> list[Html]:
    """Labels below, thinned to fit; on a phone every other one is hidden by the style sheet."""
    chosen = _apart(rows, table, time)
    parts: list[Html] = []
    years: dict[str, int] = {}
    for place, index in enumerate(chosen):
        day = _day(rows[index][figure_of(table).label])
        at = time.at(day.toordinal())
        minor = " minor" if (len(chosen) - 1 - place) % 3 else ""
        anchor = "end" if at > 95 else "middle"
        x = f"{min(at + (1.5 if at > 95 else 0), 99):.2f}%"
        long = table.column(figure_of(table).label).kind.value == "date"
        name = f"{day.day} {day:%b}" if long else f"{day:%b}"
        parts.append(text(name, x=x, y=_FLOOR + 16, class_="tick" + minor, anchor=anchor))
        # The year stands below its first label: of all labels, and of those that a phone shows.
        for width in ("wide-only", "narrow-only") if not minor else ("wide-only",):
            if years.get(width) != day.year:
                parts.append(text(day.year, x=x, y=_FLOOR + 29, class_=f"tick {width}", anchor=anchor))
                years[width] = day.year
    return parts


def _markers(markers: Sequence[Marker], time: Axis, last: date) -> list[Html]:
    parts = []
    for letter, marker in zip(_LETTERS, markers, strict=False):
        # The last period is drawn at its first day: what happened within it stands there.
        x = time.percent(min(marker.at.toordinal(), last.toordinal()))
        parts.append(vertical(x, 16, _FLOOR, "mark"))
        parts.append(text(letter, x=x, y=12, class_="tick strong", anchor="middle"))
    return parts


def _legend(markers: Sequence[Marker]) -> Html:
    if not markers:
        return Html("")
    entries = [
        tag("li", tag("b", letter), " ", numbers.day(marker.at), ": ", marker.label)
        for letter, marker in zip(_LETTERS, markers, strict=False)
    ]
    return tag("ul", *entries, class_="markers")


def _lines(table: Table, places: int) -> Html:
    """What the straight lines are."""
    figure, said = figure_of(table), []
    if figure.centre is not None:
        said.append(f"Line: the usual level, {numbers.number(figure.centre, decimals=places)}")
    if figure.limits:
        low, high = (numbers.number(limit, decimals=places) for limit in figure.limits)
        said.append(f"dashed: control limits {low} to {high} of a typical period, beyond which something changed")
    return tag("p", "; ".join(said), ".", class_="foot-note") if said else Html("")


def _spoken(table: Table, points: Sequence[Mapping[str, Any]], places: int) -> str:
    first, last = points[0], points[-1]
    start = f"{numbers.estimate(_estimate(table, first), places=places)} in {_period(table, first)}"
    if first is last:
        return f"{table.title}: {start}"
    end = f"{numbers.estimate(_estimate(table, last), places=places)} in {_period(table, last)}"
    return f"{table.title}: {len(points)} periods, from {start} to {end}"


DRAWING = Drawing("trend", draw)
