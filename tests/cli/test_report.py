"""nineplus report: what stands where, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nineplus import cli
from nineplus.cli import report as command

ROWS = (
    "score,date,region\n" + "9,2026-01-0{d},EMEA\n3,2026-02-0{d},APAC\n10,2026-03-0{d},EMEA\n".replace("{d}", "5") * 15
)


@pytest.fixture(autouse=True)
def registered() -> None:
    if not any(one.callback is command.report for one in cli.app.registered_commands):
        command.register(cli.app)


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "answers.csv"
    path.write_text(ROWS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.app, ["report", *map(str, arguments)])


def test_json_on_standard_output_is_one_document_and_nothing_else(answers: Path) -> None:
    done = run(answers, "--json", "-o", "-")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["score"]["n"] == 45
    assert "Reading responses: answers.csv" in done.stderr


def test_times_without_a_zone_are_in_the_one_that_is_told(answers: Path) -> None:
    file = answers.with_name("timed.csv")
    file.write_text("score,date\n" + "9,2026-01-31 23:30\n" * 12, encoding="utf-8")
    done = run(file, "--timezone", "America/New_York", "--json", "-o", "-")
    assert done.exit_code == 0, done.output
    said = {note["code"]: note["message"] for note in json.loads(done.stdout)["quality"]}
    assert said["timezone_assumed"] == "Times without a zone were read as America/New_York."
    wrong = run(file, "--timezone", "Europe/Berln")
    assert (wrong.exit_code, "Europe/Berlin" in wrong.stderr) == (2, True)


def test_without_a_name_the_page_is_report_html(answers: Path) -> None:
    done = run(answers)
    assert done.exit_code == 0, done.output
    assert done.stdout == "report.html\n"
    assert Path("report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(("name", "starts"), [("r.json", "{"), ("r.md", "# NPS is"), ("r.HTML", "<!doctype html>")])
def test_the_name_says_the_form(answers: Path, name: str, starts: str) -> None:
    assert run(answers, "-o", name).exit_code == 0
    assert Path(name).read_text(encoding="utf-8").startswith(starts)


def test_a_mapping_says_what_recognition_cannot_know(answers: Path) -> None:
    path = answers.with_name("odd.csv")
    path.write_text("zufriedenheit_x,wann\n" + "9,2026-01-05\n2,2026-01-06\n" * 10, encoding="utf-8")
    mapping = answers.with_name("map.json")
    columns = {"zufriedenheit_x": "score", "wann": {"field": "answered_at", "order": "ymd"}}
    mapping.write_text(json.dumps({"kind": "responses", "columns": columns}), encoding="utf-8")
    done = run(path, "--map", mapping, "--json", "-o", "-")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["score"]["n"] == 20


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nowhere.csv"], 1, "There is no file 'nowhere.csv' here."),
        (["answers.csv", "--tickets", "nowhere.csv"], 1, "There is no file 'nowhere.csv' here."),
        (["answers.csv", "-o", "report.pdf"], 2, ".html, .json or .md"),
        (["answers.csv", "-o", "-", "--open"], 2, "cannot be opened"),
        (["answers.csv", "-o", "no/such/folder/r.html"], 1, "cannot be written"),
        (["empty.csv"], 1, "empty"),
        (["noise.csv"], 1, "noise.csv"),
        (["stars.csv"], 1, "stars.csv"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(answers: Path, arguments: list[str], code: int, said: str) -> None:
    Path("empty.csv").write_bytes(b"")
    Path("noise.csv").write_bytes(bytes(range(256)) * 40)
    Path("stars.csv").write_text("rating\n" + "5\n4\n1\n3\n" * 30, encoding="utf-8")
    done = run(*arguments)
    assert done.exit_code == code, done.output
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.output
    assert done.stdout == ""


def test_neither_server_nor_database_is_loaded(answers: Path) -> None:
    """And importing nineplus loads no engine at all."""
    code = (
        "import sys, nineplus; assert not {'ibis', 'numpy', 'duckdb', 'django'} & set(sys.modules)\n"
        "from datetime import UTC, datetime; from nineplus.report import build\n"
        "build('answers.csv', now=datetime(2026, 11, 22, tzinfo=UTC)).to_html()\n"
        "assert 'django' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=answers.parent)


def test_a_report_that_cannot_be_written_whole_leaves_the_old_one(
    answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers.with_name("r.md").write_text("the old one", encoding="utf-8")

    def full(self: Path, text: str, **_: object) -> None:
        with self.open("w", encoding="utf-8") as file:
            file.write(text[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    done = run(answers, "-o", "r.md")
    assert (done.exit_code, "No space left" in done.stderr) == (1, True)
    assert answers.with_name("r.md").read_text(encoding="utf-8") == "the old one"
    assert sorted(path.name for path in answers.parent.iterdir()) == ["answers.csv", "r.md"]


def test_how_to_write_a_mapping_is_told_when_one_is_needed(answers: Path) -> None:
    answers.with_name("none.csv").write_text("day,hours\n" + "2026-01-05,3\n2026-01-06,4\n" * 20, encoding="utf-8")
    done = run("none.csv")
    assert done.exit_code == 1
    assert 'columns."Q1" = "score"' in done.stderr
