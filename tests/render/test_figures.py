"""Figures say in words exactly what they draw, need no style and no script, and never draw across a gap."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.model import Column, Estimate, Figure, Kind, Marker, Result, Table
from nineplus.render import figure_html, numbers, result_html, result_markdown, result_text
from nineplus.render.html import number_html
from tests.render import samples

SVG = "{http://www.w3.org/2000/svg}"


def parsed(markup: str) -> ElementTree.Element:
    """As XML: whatever is not escaped or not closed fails here."""
    return ElementTree.fromstring(f"<div>{markup}</div>")


def images(markup: str) -> list[ElementTree.Element]:
    return [one for one in parsed(markup).iter(f"{SVG}svg") if one.get("role")]


def drawn(result: Result) -> str:
    return "".join(figure_html(table) for table in result.tables)


@pytest.mark.parametrize("result", samples.everything(), ids=lambda result: result.title)
def test_every_image_has_a_role_and_says_what_it_shows(result: Result) -> None:
    for image in images(result_html(result)):
        assert image.get("role") == "img"
        assert image.get("aria-label")


@given(st.floats(-95, 95), st.floats(0.2, 40))
def test_the_scale_says_the_numbers_of_the_estimate(value: float, half: float) -> None:
    found = samples.estimate(value, half)
    (image,) = images(number_html(found))
    assert numbers.estimate(found) in image.get("aria-label", "")


def test_each_whisker_says_its_estimate_and_lies_where_it_says() -> None:
    result = samples.drivers()
    markup = drawn(result)
    labels = [image.get("aria-label", "") for image in images(markup)][1:]  # the first is the axis
    rows = result.tables[0].rows
    places = numbers.decimals(*(row["points"] for row in rows))
    assert len(labels) == len(rows)
    for row, label in zip(rows, labels, strict=True):
        assert label.startswith(numbers.estimate(row["points"], places=places))
    dots = [float(c.get("cx", "").rstrip("%")) for c in parsed(markup).iter(f"{SVG}circle")]
    values = [row["points"].value for row in rows]
    slopes = {
        round((dots[i] - dots[0]) / (values[i] - values[0]), 2) for i in range(1, len(values)) if values[i] != values[0]
    }
    assert len(slopes) == 1  # one axis for all


def test_what_cannot_be_told_apart_is_grey_and_hollow_and_says_so() -> None:
    markup = drawn(samples.segments())
    rows = [row for row in parsed(markup).iter("tr") if row.get("class")]
    apart = [row.get("class") != "flat" for row in rows]
    assert apart == [flag for *_, flag in samples.SEGMENTS]
    for row, told in zip(rows, apart, strict=True):
        (dot,) = row.iter(f"{SVG}circle")
        assert ("hollow" in dot.get("class", "")) is not told
        (image,) = row.iter(f"{SVG}svg")
        assert ("cannot be told apart" in image.get("aria-label", "")) is not told


def test_many_that_cannot_be_told_apart_are_folded_on_the_same_axis() -> None:
    table = samples.segments().tables[0]
    assert table.figure is not None
    clear, flat = (next(row for row in table.rows if bool(row[table.figure.flag]) is told) for told in (True, False))
    markup = parsed(figure_html(replace(table, rows=(clear, *[flat] * 14))))
    (folded,) = markup.iter("details")
    assert folded.findtext("summary") == "14 more, which cannot be told apart"
    assert len(list(folded.iter("tr"))) == 1 + 14
    assert len([row for row in markup.iter("tr") if row.get("class")]) == 15


def test_levels_have_no_plus_sign_and_effects_have_one() -> None:
    assert "+41" not in drawn(samples.segments())
    assert "+0.2" in drawn(samples.drivers())


def test_a_month_without_an_answer_breaks_the_line() -> None:
    lines = [line.get("points", "").split() for line in parsed(drawn(samples.trend())).iter(f"{SVG}polyline")]
    gap = samples.NPS_BY_MONTH.index(None)
    assert [len(line) for line in lines] == [gap, len(samples.NPS_BY_MONTH) - gap - 1]


def test_a_missing_month_breaks_the_line_too() -> None:
    result = samples.trend()
    table = result.tables[0]
    fewer = replace(table, rows=tuple(row for i, row in enumerate(table.rows) if i not in (6, 7)))
    lines = [line.get("points", "").split() for line in parsed(figure_html(fewer)).iter(f"{SVG}polyline")]
    assert [len(line) for line in lines] == [6, 4]


def test_the_trend_names_its_last_point_its_ends_and_its_markers() -> None:
    markup = drawn(samples.trend())
    (image,) = images(markup)
    label = image.get("aria-label", "")
    assert "24 (15 to 33) in Dec\u00a02025" in label
    assert "31 (24 to 38) in Nov\u00a02026" in label
    direct = [text.text for text in parsed(markup).iter(f"{SVG}text") if text.get("class") == "direct"]
    assert direct == ["31"]
    assert "Billing team: callback within 4 h" in markup
    assert "control limits 12 to 46" in markup


def test_what_happened_within_the_last_period_is_marked_at_its_point() -> None:
    table = samples.trend().tables[0]
    assert table.figure is not None
    late = Marker(date(2026, 11, 22), "Quarterly: version 2")
    drawing = parsed(figure_html(replace(table, figure=replace(table.figure, markers=(late,)))))
    (mark,) = [line for line in drawing.iter(f"{SVG}line") if line.get("class") == "mark"]
    dot = list(drawing.iter(f"{SVG}circle"))[-1]
    assert mark.get("x1") == dot.get("cx")


def test_the_groups_are_told_apart_without_colour() -> None:
    legend = next(parsed(drawn(samples.score())).iter("ul"))
    shapes = [path.get("d") for path in legend.iter("path")]
    assert len(set(shapes)) == 3
    assert [re.sub(r"\s+[\d.]+.*", "", "".join(item.itertext())).strip() for item in legend.iter("li")] == [
        "Promoters",
        "Passives",
        "Detractors",
    ]


@given(st.lists(st.integers(0, 500), min_size=11, max_size=11).filter(any))
def test_bars_of_the_histogram_are_as_high_as_their_counts(counts: list[int]) -> None:
    result = samples.distribution(tuple(counts))
    heights = [float(bar.get("height", 0)) for bar in parsed(drawn(result)).iter(f"{SVG}rect")]
    tallest = max(counts)
    for count, height in zip(counts, heights, strict=True):
        assert height == pytest.approx(max(count / tallest * max(heights), 1 if count else 0), abs=0.11)


def test_a_row_that_leads_somewhere_is_a_link_and_the_image_becomes_a_group() -> None:
    table = samples.distribution().tables[0]
    markup = figure_html(table, href=lambda _, row: f"/responses?score={row['score']}&x=1")
    (image,) = images(markup)
    assert image.get("role") == "group"  # the parts of an image cannot be reached by keyboard
    links = [link.get("href") for link in parsed(markup).iter(f"{SVG}a")]
    assert links == [f"/responses?score={score}&x=1" for score in range(11)]


def test_nothing_to_draw_draws_nothing() -> None:
    nothing = replace(samples.trend().tables[0], rows=({"month": None, "nps": samples.NOTHING, "n": 0},))
    assert figure_html(nothing) == ""
    unknown = replace(samples.score().tables[0], figure=Figure("sunburst", "group", "share"))
    assert figure_html(unknown) == ""


def test_hundreds_of_rows_are_not_all_drawn_and_it_is_said() -> None:
    rows = tuple({"value": f"v{i}", "nps": samples.estimate(i % 50, 9, n=i), "apart": i == 7} for i in range(300))
    table = Table(
        "t",
        "By value",
        (Column("value", "Value"), Column("nps", "NPS", Kind.ESTIMATE), Column("apart", "Apart", Kind.FLAG)),
        rows,
        Figure("whiskers", "value", "nps", flag="apart", centre=20.0),
    )
    markup = figure_html(table)
    assert "24 of 300 drawn" in markup
    assert ">v7<" in markup
    assert ">v8<" not in markup


def test_an_estimate_without_an_interval_is_drawn_without_one() -> None:
    table = samples.drivers().tables[0]
    bare = replace(table, rows=({"driver": "x", "share": 0.1, "points": Estimate(3.0, None, None, 5, 5)},))
    assert list(parsed(figure_html(bare)).iter(f"{SVG}circle"))


def test_the_last_number_stays_clear_of_a_line_that_falls_to_it() -> None:
    for values, below in (((20, 40), False), ((40, 20), True)):
        rows = tuple({"month": date(2026, i + 1, 1), "nps": samples.estimate(v, 25)} for i, v in enumerate(values))
        markup = figure_html(replace(samples.trend().tables[0], rows=rows))
        number = next(t for t in parsed(markup).iter(f"{SVG}text") if t.get("class") == "direct")
        dot = list(parsed(markup).iter(f"{SVG}circle"))[-1]
        assert (float(number.get("y", 0)) > float(dot.get("cy", 0))) is below


def test_a_stair_stands_until_its_next_step_and_says_what_it_names() -> None:
    steps = ((0, 0.0), (6, 20.0), (30, 60.0), (48, 80.0))
    rows = tuple({"hours": at, "share": Estimate(share, share, share, 10, 10, 0.95, "km")} for at, share in steps)
    columns = (Column("hours", "Hours", Kind.NUMBER), Column("share", "Share", Kind.ESTIMATE))
    table = Table(
        "curve", "Heard", columns, rows, Figure("steps", "hours", "share", named=(24, 48, 72)), for_drawing=True
    )
    (image,) = images(figure_html(table))
    label = image.get("aria-label", "").replace(numbers.NBSP, " ")
    assert label == "Heard: 20 (20 to 20) % by 24 hours, 80 (80 to 80) % by 48 hours"
    (line,) = parsed(figure_html(table)).iter(f"{SVG}polyline")
    corners = [tuple(map(float, corner.split(","))) for corner in line.get("points", "").split()]
    assert all(a[0] == b[0] or a[1] == b[1] for a, b in itertools.pairwise(corners)), "no slope between two steps"
    assert len(corners) == 7
    assert figure_html(replace(table, rows=rows[:1])) == ""
    result = Result(name="x", title="X", says="Y.", tables=(table,))
    assert "Heard" not in result_text(result) + result_markdown(result)
    assert "Heard" in result_html(result)
