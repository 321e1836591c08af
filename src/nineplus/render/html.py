"""A Result as HTML: say it, then show it, then let it be checked. No scripts, no inline styles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nineplus.model import Estimate, Filter, Grade, Kind, Mixed, Result, Table
from nineplus.plugs import find
from nineplus.render import numbers
from nineplus.render.figures import Drawing, Href
from nineplus.render.groups import group_class
from nineplus.render.markup import Html, join, tag
from nineplus.render.svg import Axis, drawing, horizontal, text, vertical, whisker
from nineplus.stats.scale import group_of

GRADES = {
    Grade.A: "randomised",
    Grade.B: "controlled rollout",
    Grade.C: "matched",
    Grade.D: "association, not proof",
    Grade.E: "before and after",
}
MEANINGS = {
    Grade.A: "Chance decided who got the change.",
    Grade.B: "The change came to some first, and both groups moved alike before.",
    Grade.C: "Like was compared with like.",
    Grade.D: "Other things were held equal, but nobody ran an experiment: a cause that was not measured may be behind.",
    Grade.E: "Two periods are compared; nothing here says why they differ.",
}
LONG = 12
"""A table of more rows is folded."""
_NUMERIC = {Kind.COUNT, Kind.NUMBER, Kind.SHARE, Kind.POINTS, Kind.ESTIMATE, Kind.P_VALUE}


def result_html(
    result: Result,
    *,
    level: int = 2,
    href: Href | None = None,
    csv: Callable[[Table], str] | None = None,
    tables: tuple[str, ...] | None = None,
    narrow: Callable[[str], str] | None = None,
) -> Html:
    """The whole answer as one <section>, its heading at `level`.

    `href(table, row)` says where a row leads (to the responses behind it) and makes rows, bars and points links;
    `csv(table)` gives the address of a table's download. `tables` picks and orders tables by name. `narrow`
    gives the address of the same question for one touchpoint.
    """
    chosen = result.tables if tables is None else tuple(result.table(name) for name in tables)
    body: list[Html] = []
    if result.refused:
        body.append(refusal_html(result))
    else:
        if result.estimate is not None and not _drawn_already(result):
            effect = result.evidence is not None  # a difference: it has a sign, and no place on the scale of NPS
            body.append(number_html(result.estimate, scale=not effect, signed=effect))
        headed = len(chosen) > 1
        body += [table_block(table, level=level + 1, headed=headed, href=href, csv=csv) for table in chosen]
    return tag(
        "section",
        tag("header", tag(f"h{level}", result.title), says_html(result), class_="result-head"),
        notices_html(result, narrow=narrow),
        *body,
        origin_html(result),
        class_="result card",
        data_analysis=result.name,
    )


def _drawn_already(result: Result) -> bool:
    """A trend names its last point itself, and the estimate of a list of effects is one of its rows."""
    figures = [table.figure for table in result.tables if table.figure]
    return any(f.kind == "trend" or (f.kind == "whiskers" and f.centre is None) for f in figures)


def says_html(result: Result) -> Html:
    """The sentence with the evidence grade beside it."""
    return tag(
        "p", "" if result.refused else numbers.typographic(result.says), " ", grade_html(result.evidence), class_="says"
    )


def refusal_html(result: Result) -> Html:
    return tag(
        "div", tag("b", "Cannot be said. "), numbers.typographic(result.refusal), class_="note refusal", role="note"
    )


def notices_html(result: Result, *, narrow: Callable[[str], str] | None = None) -> Html:
    """What must be known before the numbers are believed, the remedy one press away."""
    return join(
        tag("p", numbers.typographic(warning), _remedies(warning, narrow), class_="note warning", role="note")
        for warning in result.warnings
    )


def _remedies(warning: str, narrow: Callable[[str], str] | None) -> Html | None:
    if narrow is None or not isinstance(warning, Mixed):
        return None
    links = [
        tag("a", f"Only {touchpoint.replace('_', ' ')}", href=narrow(touchpoint)) for touchpoint in warning.touchpoints
    ]
    return tag("span", *links, class_="remedies")


def grade_html(grade: Grade | None) -> Html:
    if grade is None:
        return Html("")
    return tag(
        "span",
        f"Evidence {grade.value}: {GRADES[grade]}",
        class_=f"chip grade grade-{grade.value.lower()}",
        title=MEANINGS[grade],
    )


def number_html(
    estimate: Estimate, *, label: str = "Net Promoter Score", scale: bool = True, signed: bool = False
) -> Html:
    """One big number with its interval, drawn on its scale −100…100 unless it is a difference, which has a sign.

    The number of nothing is "not available".
    """
    if not estimate.available:
        return tag(
            "div", tag("div", numbers.NONE, class_="big none"), tag("div", "no answers", class_="ci"), class_="number"
        )
    answers = f"{numbers.number(estimate.n)} answers"
    words = f"{numbers.NBSP}%" if estimate.unit == "percent" else f"{numbers.NBSP}points" if signed else ""
    unit = tag("span", words, class_="unit") if words else None
    facts = [numbers.interval(estimate), numbers.confidence(estimate.confidence) + " interval", answers]
    return tag(
        "div",
        tag("div", numbers.value(estimate, signed=signed), unit, class_="big"),
        tag("div", " · ".join(fact for fact in facts if fact), class_="ci"),
        scale_html(estimate, label=label) if scale and estimate.unit == "points" else None,
        class_="number",
    )


def scale_html(estimate: Estimate, *, label: str = "Net Promoter Score") -> Html:
    """Where the number and its interval lie between −100 and 100."""
    axis = Axis(-100, 100, 1.5, 98.5)
    ends = ((-100, "start"), (0, "middle"), (100, "end"))
    return drawing(
        horizontal(axis.percent(-100), axis.percent(100), 12, "track"),
        vertical(axis.percent(0), 4, 20, "zero"),
        whisker(estimate, axis, 12, "accent"),
        *(text(numbers.number(at), x=axis.percent(at), y=36, anchor=anchor) for at, anchor in ends),
        label=f"{label} {numbers.estimate(estimate)} on a scale from −100 to 100",
        height=40,
        class_="scale",
    )


def figure_html(table: Table, *, href: Href | None = None) -> Html:
    """The table as it wants to be drawn; "" when it has no figure or nothing to draw."""
    if table.figure is None or not table.rows:
        return Html("")
    known = find("nineplus.render.figures", Drawing)
    chosen = known.get(table.figure.kind)
    return chosen.draw(table, href) if chosen else Html("")


def table_block(
    table: Table,
    *,
    level: int = 3,
    headed: bool = True,
    href: Href | None = None,
    csv: Callable[[Table], str] | None = None,
) -> Html:
    """A figure with its table folded below it, or the table itself when it is not drawn; `headed` with its title."""
    drawn = figure_html(table, href=href)
    download = tag("a", "Download CSV", href=csv(table), class_="download", download=True) if csv else None
    full = table_html(table, href=href, caption=not headed)
    if drawn or len(table.rows) > LONG:
        summary = "Show as table" if drawn else f"Show the table ({numbers.number(len(table.rows))} rows)"
        full = tag("details", tag("summary", summary), full, class_="twin" if drawn else "twin long")
    note = tag("p", numbers.typographic(table.note), class_="foot-note") if table.note else None
    head = tag(f"h{level}", table.title) if headed else None
    if not drawn and len(table.rows) <= LONG:
        said, full = (full, note), None
    else:
        said = (note,)
    return tag(
        "div", head, drawn, *said, tag("div", full, download, class_="takes"), class_="block", data_table=table.name
    )


def table_html(table: Table, *, href: Href | None = None, caption: bool = True) -> Html:
    """The table for eyes, keyboards and screen readers: caption, column heads with help, row heads."""
    if not table.rows:
        return tag("p", "No rows.", class_="empty")
    places = {c.name: _places(table, c.name) for c in table.columns if c.kind is Kind.ESTIMATE}
    head = tag(
        "tr", *(tag("th", c.title, scope="col", class_=_class(c.kind), title=c.help or None) for c in table.columns)
    )
    rows = [tag("tr", *_cells(table, row, places, href)) for row in table.rows]
    inner = tag(
        "table",
        tag("caption", table.title) if caption else None,
        tag("thead", head),
        tag("tbody", *rows),
        class_="data",
    )
    # A wide table scrolls by itself; only what can be focused can be scrolled by keyboard.
    return tag("div", inner, class_="scroll", tabindex="0", role="group", aria_label=table.title)


def _cells(table: Table, row: Mapping[str, Any], places: Mapping[str, int], href: Href | None) -> list[Html]:
    cells = []
    for place, column in enumerate(table.columns):
        value = row.get(column.name)
        shown: object = numbers.cell(value, column.kind, places=places.get(column.name))
        if column.kind is Kind.TEXT and value == "":
            shown = numbers.NONE if place == 0 else "–"
        where = href(table, row) if href and place == 0 else None
        shown = tag("a", shown, href=where) if where else shown
        if place == 0:
            cells.append(tag("th", shown, scope="row", class_=_class(column.kind), dir="auto"))
        else:
            cells.append(tag("td", shown, class_=_class(column.kind), dir="auto" if column.kind is Kind.TEXT else None))
    return cells


def _places(table: Table, name: str) -> int:
    found = [row[name] for row in table.rows if isinstance(row.get(name), Estimate) and row[name].available]
    return numbers.decimals(*found) if found else 0


def _class(kind: Kind) -> str | None:
    return "num" if kind in _NUMERIC else None


def origin_html(result: Result) -> Html:
    """Where the numbers come from: method, assumptions, snapshot, filter."""
    lines = [tag("dt", "Method"), tag("dd", f"{result.method or result.name}, version {result.version}")]
    if result.estimate is not None and abs(result.estimate.n_eff - result.estimate.n) >= 0.5:
        answers, worth = (numbers.number(n) for n in (result.estimate.n, result.estimate.n_eff))
        alike = f"{answers} answers tell as much as {worth} independent ones: answers of one account are alike."
        lines += [tag("dt", "Worth"), tag("dd", alike)]
    if result.evidence:
        lines += [tag("dt", "Evidence"), tag("dd", f"{result.evidence.value}: {MEANINGS[result.evidence]}")]
    if result.assumptions:
        lines += [tag("dt", "Assumes"), tag("dd", tag("ul", *(tag("li", line) for line in result.assumptions)))]
    if result.snapshot:
        made = f"{result.snapshot.id}, {numbers.instant(result.snapshot.made_at)}"
        rows = f", {numbers.number(result.snapshot.rows)} responses" if result.snapshot.rows else ""
        lines += [tag("dt", "Snapshot"), tag("dd", made + rows)]
    lines += [tag("dt", "Filter"), tag("dd", filter_text(result.filter), dir="auto")]
    return tag("details", tag("summary", "How this is computed"), tag("dl", *lines), class_="origin")


def filter_text(chosen: Filter) -> str:
    """The filter as a person says it: "all responses"."""
    parts = []
    if chosen.window.start or chosen.window.end:
        start = f"from {numbers.day(chosen.window.start)} " if chosen.window.start else ""
        parts.append(start + (f"before {numbers.day(chosen.window.end)}" if chosen.window.end else ""))
    parts += [f"survey {', '.join(chosen.surveys)}"] if chosen.surveys else []
    parts += [f"touchpoint {', '.join(chosen.touchpoints)}"] if chosen.touchpoints else []
    parts += [f"{slug} is {' or '.join(values)}" for slug, values in chosen.attributes]
    return "; ".join(part.strip() for part in parts) or "all responses"


def score_chip(score: int | None) -> Html:
    """One score as it stands in lists: the number on its group's colour, with the group in words for readers."""
    if score is None:
        return tag("span", "–", class_="score none", aria_label="no score")
    group = group_of(score)
    return tag("span", score, class_=f"score {group_class(group)}", role="img", aria_label=f"{score}, {group}")
