"""A full disk and a database that another program holds: a sentence at the terminal and on the page, nothing half done.

The others of the list: killed at any moment, two at once, a disk that fills while importing, a database locked by a
backup (tests/stages/connect/test_importing.py, tests/stages/govern/test_backup.py); a mart deleted or damaged
(tests/mart/test_folder.py). All of it with real processes: benchmarks/circumstances.py.
"""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from django.db import OperationalError
from django.test import Client

from nineplus import cli
from nineplus.cli._writing import write_whole
from nineplus.stages.errors import NotPossible, outside

OUTSIDE = [
    (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
    (OperationalError("database or disk is full"), "disk is full"),
    (Exception("Generic LocalFileSystem error: No space left on device (os error 28)"), "disk is full"),
    (OperationalError("database is locked"), "Another program"),
]


def raising(problem: Exception):
    def fail(*_: object, **__: object) -> None:
        raise problem

    return fail


@pytest.mark.parametrize(("problem", "says"), OUTSIDE)
def test_the_terminal_says_a_sentence_and_ends_with_one(monkeypatch, capsys, problem, says):
    monkeypatch.setattr(cli, "complete", lambda: raising(problem))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(("problem", "says"), OUTSIDE)
@pytest.mark.django_db
def test_the_page_says_the_same_and_is_no_fault_of_ours(client_of, monkeypatch, problem, says):
    browser: Client = client_of("analyst")
    browser.raise_request_exception = False
    monkeypatch.setattr("nineplus.stages.connect.imports.every", raising(problem))
    page = browser.get("/imports/")
    assert page.status_code == 503
    assert says in page.content.decode()


def test_what_is_our_own_mistake_is_not_explained_away():
    assert not outside(ValueError("the form is full of mistakes"))
    assert not outside(OperationalError("no such table"))


def test_what_a_command_writes_is_whole_or_not_there(tmp_path: Path):
    written = tmp_path / "rejected.csv"
    written.write_text("before")

    def lines():
        yield "one\n"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(NotPossible, match="No space left"):
        write_whole(written, lines())
    assert written.read_text() == "before"
    assert list(tmp_path.iterdir()) == [written]
