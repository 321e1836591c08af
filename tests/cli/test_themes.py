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


def test_files_of_others_are_judged_in_their_words(tmp_path):
    labelled, names = tmp_path / "theirs.csv", tmp_path / "map.yaml"
    labelled.write_text(
        "id,Sentiment,Text,Themes\n1,NEG,The invoice was wrong again, Money ;Other\n2,POS,Very easy to use,EASY\n",
        encoding="utf-8",
    )
    names.write_text("billing: [money, other]\nease: easy\n", encoding="utf-8")
    found = json.loads(run("evaluate", "themes", labelled, "--fast", "--json", "--theme-map", names).output)
    assert (found["micro_f1"], found["sentiment"]["accuracy"]) == (1.0, 1.0)
    assert set(found["themes"]) == {"Money", "Other", "EASY"}
    names.write_text("strange: money\n", encoding="utf-8")
    done = run("evaluate", "themes", labelled, "--fast", "--theme-map", names)
    assert (done.exit_code, "none of our themes" in done.output) == (1, True)


def test_what_a_file_does_not_label_is_a_sentence(tmp_path):
    labelled = tmp_path / "plain.csv"
    labelled.write_text("text\nToo slow\n", encoding="utf-8")
    for what in ("themes", "sentiment"):
        done = run("evaluate", what, labelled, "--fast")
        assert (done.exit_code, f"no column {what}" in done.output) == (1, True)


@pytest.mark.parametrize(
    ("comment", "sentiment"),
    [
        ("not bad at all", "positive"),
        ("No complaints", "positive"),
        ("Great, another outage", "negative"),
        ("I am not happy with it", "negative"),
        ("Never had a problem", "positive"),
        ("Can't complain", "positive"),
        ("It isn't exactly cheap", "negative"),
        ("Oh wonderful, it crashed again", "negative"),
        ("Couldn't be happier", "positive"),
        ("Love the product but support is terrible", "mixed"),
        ("👍", "positive"),
        ("Nothing to complain about", "positive"),
    ],
)
def test_what_is_turned_or_meant_the_other_way_is_heard(tmp_path, comment, sentiment):
    file = tmp_path / "one.csv"
    file.write_text(f'text\n"{comment}"\n', encoding="utf-8")
    told = json.loads(run("tag", file, "--text", "text", "--fast", "--json").output)
    assert told["sentiment"]["label"] == sentiment


def test_a_column_that_is_not_there_is_a_sentence(answers):
    done = run("themes", answers, "--text", "opinion", "--fast")
    assert done.exit_code == 1
    assert "It has: score, comment" in done.output


def test_a_stopped_tagging_goes_on_where_it_was(answers, tmp_path, monkeypatch):
    from nineplus.cli import _tagging, themes

    portions = themes._batches
    monkeypatch.setattr(themes, "_batches", lambda *asked: ([row] for batch in portions(*asked) for row in batch))
    whole, out = tmp_path / "whole.csv", tmp_path / "tagged.csv"
    command = ("tag", answers, "--text", "comment", "--fast", "--output")
    assert run(*command, whole).exit_code == 0
    write = _tagging.Output.write

    def killed(self, text, *, comments):
        if self.done == 1:
            self._file.write(b"half a por")
            self._file.flush()
            raise KeyboardInterrupt
        write(self, text, comments=comments)

    monkeypatch.setattr(_tagging.Output, "write", killed)
    assert run(*command, out).exit_code != 0
    monkeypatch.setattr(_tagging.Output, "write", write)
    done = run(*command, out)
    assert "Going on after 1 comments" in done.output
    assert out.read_bytes() == whole.read_bytes()
    assert not out.with_name("tagged.csv.progress").exists()


def test_what_was_begun_otherwise_is_begun_anew(answers, tmp_path):
    out = tmp_path / "tagged.csv"
    out.with_name("tagged.csv.progress").write_text('{"asked": {}, "comments": 2, "bytes": 3}', encoding="utf-8")
    out.write_text("old and long " * 99, encoding="utf-8")
    done = run("tag", answers, "--text", "comment", "--fast", "--output", out)
    assert "Going on" not in done.output
    assert out.read_text(encoding="utf-8").startswith("line,text")
    assert "old and long" not in out.read_text(encoding="utf-8")
