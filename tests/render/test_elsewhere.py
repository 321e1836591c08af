"""The same answer at the terminal, in Markdown and in a spreadsheet."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.model import Column, Kind, Result, Table
from nineplus.render import result_markdown, result_text, table_csv
from nineplus.render.csv import harmless
from tests.render import samples


def table_of(text: str) -> Table:
    return Table("t", "T", (Column("a", "A"), Column("n", "N", Kind.COUNT)), ({"a": text, "n": 3},))


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("result", samples.everything(), ids=lambda result: result.title)
def test_text_fits_its_width(result: Result, width: int) -> None:
    lines = result_text(result, width=width).splitlines()
    assert all(len(line) <= width or line.startswith("(") for line in lines)


def test_text_says_number_warning_and_refusal() -> None:
    assert "31 (26 to 36), n=1,204" in result_text(samples.score())
    assert "! Fewer than 3,000 responses" in result_text(samples.drivers())
    assert samples.refused().refusal.split(";")[0] in result_text(samples.refused(), width=200)


@given(st.text())
def test_no_text_commands_the_terminal(text: str) -> None:
    said = result_text(Result("r", "R", text, tables=(table_of(text),)))
    assert not [c for c in said if unicodedata.category(c) == "Cc" and c != "\n"]


@given(st.text(max_size=40))
def test_no_text_breaks_out_of_a_markdown_table(text: str) -> None:
    line = result_markdown(Result("r", "R", "says", tables=(table_of(text),))).split("|---|---:|\n")[1].split("\n")[0]
    unescaped = line.replace("\\\\", "").replace("\\|", "")
    assert unescaped.count("|") == 3
    assert "<" not in line.replace("\\<", "")


@pytest.mark.parametrize("text", ["=cmd()", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1"])
def test_a_formula_is_exported_as_text(text: str) -> None:
    (cell, _) = list(csv.reader(io.StringIO(table_csv(table_of(text)), newline="")))[1]
    assert cell == "'" + text


@given(st.text().filter(lambda text: not text.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))))
def test_other_text_comes_back_as_it_was(text: str) -> None:
    (cell, count) = list(csv.reader(io.StringIO(table_csv(table_of(text)), newline="")))[1]
    assert (cell, count) == (text, "3")


def test_numbers_stay_numbers_and_estimates_become_five_columns() -> None:
    assert harmless(-4.5) == -4.5
    assert harmless(None) == ""
    rows = list(csv.DictReader(io.StringIO(table_csv(samples.segments().tables[0]), newline="")))
    assert float(rows[0]["nps"]) == 12.0
    assert {"nps_low", "nps_high", "nps_n", "nps_n_eff"} <= rows[0].keys()
