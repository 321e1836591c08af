"""A Result on a page: nothing hostile gets through, everything drawn has its table, refusals are said."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from django.template import Context, Template
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nineplus.model import Column, Figure, Filter, Grade, Kind, Marker, Mixed, Result, Table
from nineplus.render import escape, number_html, result_html, stylesheet, table_html, tag
from nineplus.render.html import score_chip
from tests.render import samples

hostile = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "' onload='x",
            "</style></svg><b>",
            "&lt;b&gt;",
            "\x00\x1b[31m\u202e",
            "]]>",
        ]
    ),
)


def parsed(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<div>{markup}</div>".replace(" download>", ' download="">'))


@settings(max_examples=60, deadline=None)
@given(hostile, st.sampled_from(["whiskers", "bars", "split", "histogram", "quadrant", "trend"]))
def test_no_text_becomes_markup(text: str, kind: str) -> None:
    assume(kind != "histogram" or not text.strip().isdecimal())  # a score has its own place in a histogram
    trend = kind == "trend"
    estimates = kind in ("whiskers", "quadrant", "trend")
    rows = (
        {
            "label": samples.trend().tables[0].rows[0]["month"] if trend else text,
            "value": samples.estimate(3, 1) if estimates else 0.5,
            "share": 0.4,
            "other": text,
        },
    )
    table = Table(
        text,
        text,
        (
            Column("label", text, Kind.MONTH if trend else Kind.TEXT, text),
            Column("value", text, Kind.ESTIMATE if estimates else Kind.SHARE),
            Column("share", text, Kind.SHARE),
            Column("other", text),
        ),
        rows,
        Figure(kind, "label", "value", markers=(Marker(rows[0]["label"], text),) if trend else ()),
        note=text,
    )
    result = Result(
        name=text,
        title=text,
        says=text,
        tables=(table, replace(table, figure=None)),
        warnings=(text,),
        assumptions=(text,),
        method=text,
        evidence=Grade.D,
        filter=Filter(surveys=(text,) if text else ()),
    )
    plain = re.sub(r"[^a-z]", "", "a plain name")
    calm = replace(
        result,
        name=plain,
        title=plain,
        says=plain,
        warnings=(plain,),
        assumptions=(plain,),
        method=plain,
        filter=Filter(surveys=(plain,) if text else ()),
        tables=tuple(_calm(one, plain) for one in result.tables),
    )
    shape = [element.tag for element in parsed(result_html(result)).iter()]
    expected = [element.tag for element in parsed(result_html(calm)).iter()]
    if text:  # an empty text leaves its element out
        assert shape == expected
    for element in parsed(result_html(result)).iter():
        assert not [name for name in element.attrib if name == "style" or name.startswith("on")]


def _calm(table: Table, plain: str) -> Table:
    return replace(
        table,
        name=plain,
        title=plain,
        note=plain if table.note else "",
        columns=tuple(replace(column, title=plain, help=plain if column.help else "") for column in table.columns),
        rows=tuple({name: plain if isinstance(v, str) else v for name, v in row.items()} for row in table.rows),
        figure=table.figure
        and replace(table.figure, markers=tuple(replace(m, label=plain) for m in table.figure.markers)),
    )


@pytest.mark.parametrize("result", samples.everything(), ids=lambda result: result.title)
def test_a_result_brings_neither_style_nor_script(result: Result) -> None:
    for element in parsed(result_html(result)).iter():
        assert element.tag.rpartition("}")[2] not in ("script", "style", "link", "iframe")
        assert "style" not in element.attrib
        assert not [name for name in element.attrib if name.startswith("on")]


@pytest.mark.parametrize("result", samples.everything(), ids=lambda result: result.title)
def test_every_figure_has_its_table_with_every_row(result: Result) -> None:
    tables = [t for t in parsed(result_html(result)).iter("table") if t.get("class") == "data"]
    assert len(tables) == len(result.tables)
    for drawn, table in zip(tables, result.tables, strict=True):
        body = drawn.find("tbody")
        assert body is not None
        assert len(body.findall("tr")) == len(table.rows)
        assert all(row.find("th[@scope='row']") is not None for row in body.findall("tr"))


def test_the_number_of_nothing_is_not_available() -> None:
    markup = number_html(samples.NOTHING)
    assert "not available" in markup
    assert not re.search(r">\s*0\s*<", markup)


def test_a_text_that_does_not_apply_is_a_dash_and_not_missing() -> None:
    table = Table(name="t", title="T", columns=(Column("a", "A"), Column("why", "Why")), rows=({"a": "", "why": ""},))
    markup = table_html(table)
    assert ">–</td>" in markup
    assert ">not available</th>" in markup


def test_a_refusal_is_said_and_shows_no_number() -> None:
    refused = samples.refused()
    markup = result_html(replace(refused, tables=samples.drivers().tables, estimate=samples.estimate(3, 1)))
    assert refused.refusal in markup
    assert "<svg" not in markup
    assert 'class="big"' not in markup


def test_effects_are_not_shown_as_if_they_were_a_level() -> None:
    markup = result_html(replace(samples.drivers(), estimate=samples.estimate(4.3, 1)))
    assert 'class="big"' not in markup


def test_origin_names_method_snapshot_and_filter() -> None:
    markup = result_html(samples.score())
    for said in ("Score interval (Tango)", "5f2c1a", "from 1\u00a0Aug\u00a02026", "before 1\u00a0Nov\u00a02026"):
        assert said in markup


def test_headings_start_at_the_level_asked_for() -> None:
    markup = result_html(samples.score(), level=3)
    assert "<h3>" in markup
    assert "<h2>" not in markup


def test_a_template_takes_the_markup_as_it_is_and_escapes_the_rest() -> None:
    page = Template("{{ good }}{{ bad }}").render(Context({"good": score_chip(9), "bad": "<b>"}))
    assert page.startswith("<span")
    assert page.endswith("&lt;b&gt;")


def test_a_score_is_never_known_by_its_colour_alone() -> None:
    assert 'aria-label="9, promoter"' in score_chip(9)
    assert 'aria-label="8, passive"' in score_chip(8)
    assert 'aria-label="6, detractor"' in score_chip(6)
    assert 'aria-label="no score"' in score_chip(None)


def test_style_and_event_attributes_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="style"):
        tag("p", style="color:red")
    with pytest.raises(ValueError, match="onclick"):
        tag("p", onclick="x()")


def test_markup_is_escaped_once() -> None:
    assert escape(escape("<&>")) == "&lt;&amp;&gt;"
    assert table_html(samples.score().tables[0]).count("&amp;amp;") == 0


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{3,6})\b", block))


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        digits = colour.lstrip("#")
        digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def themes() -> dict[str, dict[str, str]]:
    css = stylesheet()
    dark = tokens(css[css.index(':root[data-theme="dark"] {') :].split("}")[0])
    chosen = tokens(css[css.index(':root:not([data-theme="light"])') :].split("}")[0])
    assert chosen == dark  # by the system's wish and by the person's: one dark theme
    return {"light": tokens(css.split("}")[0]), "dark": dark}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_marks_stand_out_enough(theme: str) -> None:
    found = themes()[theme]
    texts = [(t, on) for t in ("ink", "soft", "faint", "accent") for on in ("bg", "card", "sunken")]
    texts += [("accent", "accent-soft"), ("accent-ink", "accent"), ("ink", "warn"), ("pas-text", "warn")]
    texts += [("ink", "bad"), ("det-text", "bad"), ("pro-text", "good"), ("det-text", "card")]
    texts += [(f"{g}-ink", g) for g in ("pro", "pas", "det")]
    for text, on in texts:
        assert contrast(found[text], found[on]) >= 4.5, (theme, text, on)
    for mark in ("pro", "pas", "det", "accent", "flat", "edge"):
        assert contrast(found[mark], found["card"]) >= 3, (theme, mark)


def test_a_warning_brings_its_remedy_where_there_is_an_address() -> None:
    mixed = Mixed("Two touchpoints are in one number.", touchpoints=("relationship", "post-resolution"))
    result = replace(samples.score(), warnings=(mixed,))
    offered = result_html(result, narrow=lambda touchpoint: f"/?touchpoint={touchpoint}")
    assert '<a href="/?touchpoint=post-resolution">Only post-resolution</a>' in offered
    assert "Only relationship" not in result_html(result)


def test_a_difference_has_a_sign_and_no_place_on_the_scale_of_nps() -> None:
    effect = replace(samples.score(), evidence=Grade.D, tables=())
    shown = result_html(effect)
    assert "+" in shown
    assert "points" in shown
    assert "on a scale from" not in shown
    assert "on a scale from" in result_html(replace(effect, evidence=None))
