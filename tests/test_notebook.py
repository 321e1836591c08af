"""nineplus in a script: files or tables in, Results out."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from pathlib import Path

import pandas
import pyarrow as pa
import pytest

import nineplus
from nineplus.model import BadFilter

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROWS = {
    "score": [9, 10, 3, 7, 8, 9] * 10,
    "region": ["EMEA", "APAC", "EMEA"] * 20,
    "answered_at": pandas.date_range("2026-01-01", periods=60, freq="D", tz="UTC"),
}


@pytest.fixture
def answers(tmp_path: Path) -> nineplus.Answers:
    path = tmp_path / "answers.csv"
    pandas.DataFrame(ROWS).to_csv(path, index=False)
    return nineplus.load(path, now=NOW)


def test_the_first_two_lines_of_the_manual() -> None:
    found = nineplus.nps(detractors=10, passives=20, promoters=70)
    assert repr(found) == "Estimate 60.0 (45.2 to 71.3), n=100"
    wald = nineplus.nps(detractors=10, passives=20, promoters=70, method="wald", confidence=0.9)
    assert (wald.method, wald.confidence) == ("wald", 0.9)


def test_every_analysis_is_a_method_with_its_options(answers: nineplus.Answers) -> None:
    assert {"score", "segments", "trend"} <= set(dir(answers))
    result = answers.score(by="region")
    assert result.estimate is not None
    assert result.estimate.n == 60
    assert set(result.to_frame()["region"]) == {"EMEA", "APAC"}
    assert result.snapshot == answers.dataset.snapshot
    assert "by" in inspect.signature(answers.score).parameters
    assert "interval" in (answers.score.__doc__ or "")


def test_what_does_not_exist_is_named_with_what_does(answers: nineplus.Answers) -> None:
    with pytest.raises(AttributeError, match="score"):
        answers.scores()
    with pytest.raises(TypeError, match=r"has no option 'bye'.*by"):
        answers.score(bye="region")
    with pytest.raises(LookupError, match="segments"):
        answers.ask("segment")
    with pytest.raises(BadFilter, match="region"):
        answers.filter(country="DE")
    with pytest.raises(AttributeError, match="nothing"):
        _ = nineplus.nothing


def test_a_filter_narrows_and_is_kept_on_the_result(answers: nineplus.Answers) -> None:
    emea = answers.filter(region="EMEA")
    assert len(emea) == 40
    assert emea.score().filter.attributes == (("region", ("EMEA",)),)
    january = answers.filter(start="2026-01-01", end="2026-02-01")
    assert len(january) == 31
    assert len(answers.filter(january.dataset.filter)) == 31
    with pytest.raises(BadFilter, match="2026-01-31"):
        answers.filter(start="January")


@pytest.mark.parametrize("kind", ["pandas", "arrow", "ibis"])
def test_any_table_will_do(kind: str) -> None:
    frame = pandas.DataFrame(ROWS).rename(columns={"score": "rating"})
    import ibis

    table = {
        "pandas": lambda: frame,
        "arrow": lambda: pa.Table.from_pandas(frame),
        "ibis": lambda: ibis.duckdb.connect().create_table("t", frame),
    }[kind]()
    answers = nineplus.load(table, columns={"rating": "score"}, now=NOW)
    assert [attribute.slug for attribute in answers.attributes] == ["region"]
    found = answers.score().estimate
    assert found is not None
    assert found.value == pytest.approx(100 * (3 - 1) / 6)
    assert not answers.trend().refused


def test_an_engine_without_window_functions_is_read_by_duckdb() -> None:
    import ibis
    import polars

    rows = pa.table({"score": [0, 9, 10, 7] * 10, "region": ["EMEA", "APAC"] * 20})
    there, here = (
        nineplus.load(table, now=NOW)
        for table in (ibis.polars.connect({"t": polars.from_arrow(rows)}).table("t"), rows)
    )
    assert there.score().to_dict() == here.score().to_dict()
    assert there.segments(by="region").figures["segments"] == 2


def test_scores_of_a_table_are_never_rounded_and_never_beyond_the_scale() -> None:
    answers = nineplus.load(pa.table({"score": [9.0, 8.5, 11.0, 10.0, -1.0, None, 0.0]}), now=NOW)
    assert answers.score().figures["n"] == 3
    assert [(note.code, note.rows) for note in answers.notes] == [("score_out_of_range", 3)]
    words = nineplus.load(pa.table({"score": ["9", "10", "eleven"]}), now=NOW)
    assert (words.score().figures["n"], words.notes[0].rows) == (2, 1)
    with pytest.raises(ValueError, match="not numbers from 0 to 10"):
        nineplus.load(pa.table({"score": [NOW]}), now=NOW)


@pytest.mark.parametrize("thing", [42, None, object()])
def test_what_is_no_table_is_told_what_would_be(thing: object) -> None:
    with pytest.raises(TypeError, match="neither a file nor a table"):
        nineplus.load(thing, now=NOW)


def test_a_table_without_columns_is_told() -> None:
    with pytest.raises(ValueError, match="no columns"):
        nineplus.load([], now=NOW)


def test_a_prompt_shows_the_answer_and_not_how_it_is_stored(answers: nineplus.Answers) -> None:
    shown = repr(answers.score(by="region"))
    assert shown.startswith("What is the NPS?\nNPS is ")
    assert "EMEA" in shown
    assert "Result(" not in shown


def test_a_table_without_scores_is_told_what_to_do() -> None:
    with pytest.raises(ValueError, match=r'columns=\{"its name": "score"\}'):
        nineplus.load(pandas.DataFrame({"rating": [1]}))
    with pytest.raises(ValueError, match="no column 'stars'"):
        nineplus.load(pandas.DataFrame({"rating": [1]}), columns={"stars": "score"})
    with pytest.raises(ValueError, match="tickets"):
        nineplus.load(pandas.DataFrame({"score": [1]}), tickets="t.csv")


def test_what_was_dropped_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("score,region\n" + "9,a\n,b\n7,b\n" * 10, encoding="utf-8")
    answers = nineplus.load(path, now=NOW)
    assert ("score_missing", 10) in [(note.code, note.rows) for note in answers.notes]
    assert "left out" in repr(answers)


def test_comments_are_read_when_themes_are_named(tmp_path: Path) -> None:
    path = tmp_path / "said.csv"
    said = ["The support is far too slow", "Easy to use"] * 70
    pandas.DataFrame({"score": [3, 9] * 70, "account": range(140), "comment": said}).to_csv(path, index=False)
    answers = nineplus.load(path, themes="b2b", now=NOW)
    rows = {row["theme"]: row for row in answers.theme_impact(level="1").table("themes").rows}
    assert rows["support"]["negative"] == 70
    assert rows["ease"]["title"] == "Ease of use"
    assert answers.filter(start="2027-01-01").theme_impact().refused
    assert nineplus.load(path, now=NOW).theme_impact().refused
    with pytest.raises(ValueError, match="files"):
        nineplus.load(pandas.read_csv(path), themes="b2b")
