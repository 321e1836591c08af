"""nineplus themes, tag and evaluate on files."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from nineplus.cli import complete

ROWS = [
    "score,comment,themes,sentiment",
    '2,"The invoice was wrong again, call ann@example.com",billing,negative',
    "10,Very easy to use,ease,positive",
    "8,n/a,,",
]


@pytest.fixture
def answers(tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text("\n".join(ROWS), encoding="utf-8")
    return file


def run(*arguments: object):
    return CliRunner().invoke(complete(), [str(each) for each in arguments])


def test_themes_are_counted_with_evidence_and_nobody_is_named(answers):
    done = run("themes", answers, "--text", "comment", "--fast")
    assert done.exit_code == 0, done.output
    assert "Billing and contract" in done.output
    assert "[e-mail]" in done.output
    assert "ann@" not in done.output


def test_every_comment_is_tagged_with_its_line(answers):
    done = run("tag", answers, "--text", "comment", "--fast", "--json")
    rows = [json.loads(line) for line in done.output.splitlines()]
    assert [row["line"] for row in rows] == [2, 3, 4]
    assert rows[0]["themes"][0]["theme"] == "billing"
    assert rows[2]["nothing"] == "non-answer"


def test_evaluating_says_how_many_were_right(answers, tmp_path):
    labelled = tmp_path / "labelled.csv"
    labelled.write_text("\n".join(ROWS[:3]).replace("comment", "text", 1), encoding="utf-8")
    done = run("evaluate", "themes", labelled, "--fast", "--json")
    found = json.loads(done.output)
    assert (found["n"], found["micro_f1"], found["sentiment"]["accuracy"], found["abstained"]) == (2, 1.0, 1.0, 0)
    names = tmp_path / "names.json"
    names.write_text(json.dumps({"billing": "ease", "ease": "billing"}), encoding="utf-8")
    done = run("evaluate", "themes", labelled, "--fast", "--json", "--theme-map", names)
    assert json.loads(done.output)["micro_f1"] == 0.0


def test_a_column_that_is_not_there_is_a_sentence(answers):
    done = run("themes", answers, "--text", "opinion", "--fast")
    assert done.exit_code == 1
    assert "It has: score, comment" in done.output
