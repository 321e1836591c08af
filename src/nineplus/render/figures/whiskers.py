"""`whiskers`: one row per thing, a dot with its interval on one shared axis, the number beside it.

`Figure.centre` is the line to compare with (all responses); without it the line is zero and numbers carry a sign.
`Figure.flag` False draws a row grey and hollow: it cannot be told apart. Many of those are folded below the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nineplus.model import Estimate, Kind, Table
from nineplus.render import numbers
from nineplus.render.figures import Drawing, Href, figure_of
from nineplus.render.markup import Html, join, tag
from nineplus.render.svg import Axis, axis_over, drawing, shown, text, vertical, whisker

_HEIGHT = 32
MOST = 24
"""More rows than this are read as a table."""
FOLDED = 12
"""Of more rows than this, those that cannot be told apart are folded."""
_START, _END = 2.0, 98.0


def draw(table: Table, href: Href | None) -> Html:
    figure = figure_of(table)
    rows = [row for row in table.rows if isinstance(row.get(figure.value), Estimate)]
    shown_rows = [row for row in rows if row[figure.value].available]
    if not shown_rows:
        return Html("")
    estimates = [row[figure.value] for row in shown_rows]
    zero = figure.centre or 0.0
    ends = [end for e in estimates for end in (e.low, e.value, e.high) if end is not None]
    axis = axis_over([*ends, zero], start=_START, end=_END)
    places = numbers.decimals(*estimates)
    title = table.column(figure.value).title
    head = tag(
        "thead",
        tag(
            "tr",
            tag("th", table.column(figure.label).title, scope="col", role="columnheader"),
            tag("th", _ruler(axis, zero), scope="col", role="columnheader", class_="plot"),
            tag("th", title, scope="col", role="columnheader", class_="num"),
            role="row",
        ),
        role="rowgroup",
    )
    chosen = _most_telling(table, rows)

    def drawn_of(these: list[Mapping[str, Any]], named: str) -> Html:
        body = tag("tbody", *(_row(table, row, axis, zero, places, href) for row in these), role="rowgroup")
        # A phone lays each row out in two lines; the roles keep it a table for those who do not see it.
        return tag("table", head, body, class_="whiskers", role="table", aria_label=named)

    clear = [row for row in chosen if told_apart(table, row)]
    rest = [row for row in chosen if not told_apart(table, row)]
    if len(chosen) > FOLDED and clear and len(rest) > 1 and figure.flag:
        said = f"{len(rest)} more, which cannot be told apart"
        folded = tag("details", tag("summary", said), drawn_of(rest, f"{table.title}: {said}"), class_="more")
        drawn = join([drawn_of(clear, table.title), folded])
    else:
        drawn = drawn_of(chosen, table.title)
    if len(chosen) == len(rows):
        return drawn
    note = (
        f"{len(chosen)} of {len(rows)} drawn: those told apart first, then those with most {figure_of(table).counts}s."
    )
    return join([drawn, tag("p", note, class_="foot-note")])


def _most_telling(table: Table, rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """At most MOST rows, in their own order."""
    if len(rows) <= MOST:
        return rows
    ranked = sorted(
        range(len(rows)), key=lambda i: (not told_apart(table, rows[i]), -rows[i][figure_of(table).value].n)
    )
    return [rows[i] for i in sorted(ranked[:MOST])]


def _ruler(axis: Axis, zero: float) -> Html:
    ticks = [tick for tick in axis.ticks() if abs(axis.at(tick) - axis.at(zero)) > 9 or tick == zero]
    parts = [text(shown(tick), x=axis.percent(tick), y=12, anchor=_anchor(axis.at(tick))) for tick in ticks]
    if zero not in ticks:
        parts.append(text(shown(round(zero)), x=axis.percent(zero), y=12, class_="tick strong", anchor="middle"))
    label = f"Axis from {shown(axis.low)} to {shown(axis.high)}; the line is at {shown(round(zero, 1))}"
    return drawing(*parts, label=label, height=16)


def _anchor(at: float) -> str:
    return "start" if at < 6 else "end" if at > 94 else "middle"


def _row(table: Table, row: Mapping[str, Any], axis: Axis, zero: float, places: int, href: Href | None) -> Html:
    figure, found = figure_of(table), row[figure_of(table).value]
    name = row[figure.label]
    where = href(table, row) if href else None
    label = tag("a", name, href=where) if where else escape_label(name)
    heading = tag("th", label, _aside(table, row), scope="row", role="rowheader", dir="auto")
    if not found.available:
        empty = tag("td", numbers.NONE, class_="num soft", role="cell")
        return tag("tr", heading, tag("td", class_="plot", role="cell"), empty, role="row")
    side = side_of(table, row)
    spoken = numbers.estimate(found, places=places) + _VERDICTS[side]
    plot = drawing(
        vertical(axis.percent(zero), 0, _HEIGHT, "zero"),
        whisker(found, axis, _HEIGHT / 2, side, hollow=side == "flat"),
        label=spoken,
        height=_HEIGHT,
    )
    figures = join(
        [
            numbers.value(found, places=places, signed=figure.centre is None),
            tag("small", numbers.interval(found, places=places)),
        ]
    )
    cells = tag("td", plot, class_="plot", role="cell"), tag("td", figures, class_="num", role="cell")
    return tag("tr", heading, *cells, class_=side, role="row")


_VERDICTS = {"flat": ": cannot be told apart", "pos": ": above the line", "neg": ": below the line", "level": ""}


def side_of(table: Table, row: Mapping[str, Any]) -> str:
    """`pos` or `neg` of the line, `flat` when it cannot be told apart; a level that nothing was tested against is
    just a `level`."""
    figure, found = figure_of(table), row[figure_of(table).value]
    if figure.centre is not None and not figure.flag:
        return "level"
    return "flat" if not told_apart(table, row) else "pos" if found.value > (figure.centre or 0.0) else "neg"


def escape_label(name: object) -> object:
    return numbers.NONE if name is None or name == "" else name


def told_apart(table: Table, row: Mapping[str, Any]) -> bool:
    """The table's own verdict; without one, whether the interval leaves the line out."""
    figure = figure_of(table)
    if figure.flag:
        return bool(row.get(figure.flag))
    found, zero = row[figure.value], figure.centre or 0.0
    return found.low is not None and found.high is not None and not found.low <= zero <= found.high


def _aside(table: Table, row: Mapping[str, Any]) -> Html | None:
    """How much it is about, small: the first share, else the number of responses."""
    shares = [c for c in table.columns if c.kind is Kind.SHARE and row.get(c.name) is not None]
    shares.sort(key=lambda column: column.name != "share")
    if shares and figure_of(table).centre is None:
        title, written = shares[0].title, numbers.share(row[shares[0].name])
        return tag("small", f"{written} {title}" if title[:1].islower() else f"{title}: {written}")
    figure = figure_of(table)
    n = row[figure.value].n
    return tag("small", f"{numbers.number(n)} {figure.counts}{'' if n == 1 else 's'}") if n else None


DRAWING = Drawing("whiskers", draw)
