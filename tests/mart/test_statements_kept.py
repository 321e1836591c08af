"""Statements kept in a folder are those that would be compiled, and nothing depends on the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from nineplus.mart import plan, statements_kept
from nineplus.mart.build import Plan
from nineplus.mart.dataset import Attribute

GIVEN = frozenset(("responses", "accounts"))


@pytest.fixture
def folder(tmp_path: Path):
    before = statements_kept._folder
    statements_kept.keep_in(tmp_path / "made")
    yield tmp_path / "made"
    statements_kept.keep_in(before)


def texts(*slugs: str) -> dict[str, str]:
    made = plan.Statements(Plan(attributes=tuple(Attribute.of(slug) for slug in slugs)), GIVEN)
    return {stage: made.sql(stage) for stage in made.final}


def test_the_next_process_reads_what_the_first_compiled(folder: Path, monkeypatch):
    first = texts("region")
    monkeypatch.setattr(plan.ibis, "to_sql", lambda *_, **__: pytest.fail("it is there already"))
    assert texts("region") == first
    monkeypatch.undo()
    assert texts("plan") != first, "another plan is not taken for it"
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("content", ["", "{", "[]", '{"about": "something else", "sql": {}}'])
def test_a_damaged_file_is_as_good_as_none(folder: Path, content: str):
    first = texts("region")
    (kept,) = folder.iterdir()
    kept.write_text(content)
    assert texts("region") == first
    assert kept.read_text() != content


def test_other_code_is_not_believed_and_its_files_go(folder: Path, monkeypatch):
    texts("region")
    monkeypatch.setattr(statements_kept, "_origin", lambda: "other")
    texts("region")
    assert [one.name.partition("-")[0] for one in folder.iterdir()] == ["other"]


def test_a_folder_that_cannot_be_written_is_as_good_as_none(tmp_path: Path, folder: Path):
    first = texts("region")
    (tmp_path / "file").write_text("")
    statements_kept.keep_in(tmp_path / "file" / "made")
    assert texts("region") == first
