"""Bad files, each by the command line and by the wizard: refused whole with a sentence, or the good rows come in.

The list in one place. Readers and encodings in depth: tests/connectors/files/test_bad_files.py. What happens around a
file (killed, full disk, two at once, a damaged mart, a locked database): test_circumstances.py beside this one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
from django.core.files.uploadedfile import SimpleUploadedFile
from typer.testing import CliRunner

from nineplus.store.models import Import, Response, Ticket

HEAD = b"id,score,comment,date\n"
GOOD = b"".join(b"g%d,9,fine,2024-01-%02d\n" % (i, 13 + i) for i in range(3))


class Ended(NamedTuple):
    """What a person is told: a sentence when nothing came in, else counts, reasons and the refused rows as CSV."""

    problem: str
    added: int = 0
    refused: int = 0
    refusals: dict[str, int] = {}
    notes: frozenset[str] = frozenset()
    rejected: str = ""


@pytest.fixture(params=["command line", "wizard"])
def bring(request, tmp_path: Path, settings, monkeypatch):
    settings.HOME = tmp_path
    if request.param == "wizard":
        return by_wizard(request.getfixturevalue("client_of")("analyst"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nineplus.cli._imports_running.refresh", lambda now: None)
    return by_command()


def by_command():
    from nineplus.cli import imports

    app = typer.Typer()
    imports.register(app)
    app.command("other")(lambda: None)

    def run(content: bytes, kind: str = "responses") -> Ended:
        Path("file.csv").write_bytes(content)
        done = CliRunner().invoke(app, ["import", kind, "file.csv", "--json"])
        if done.exit_code:
            assert done.exit_code == 1
            assert done.exception is None or isinstance(done.exception, SystemExit)
            return Ended(done.output)
        one = json.loads(done.stdout)
        rejected = CliRunner().invoke(app, ["import", "rejected", str(one["id"])]).stdout
        notes = frozenset(note["code"] for note in one["notes"])
        return Ended("", one["added"], one["refused"], one["refusals"], notes, rejected)

    return run


def by_wizard(client):
    from nineplus.stages.connect import imports as stage

    def run(content: bytes, kind: str = "responses") -> Ended:
        sent = client.post("/imports/new/", {"file": SimpleUploadedFile("file.csv", content), "kind": kind})
        if sent.status_code != 302:
            assert sent.status_code == 400
            return Ended(str(sent.context["problem"]))
        one = Import.objects.get()
        assert client.get(f"/imports/{one.pk}/columns/").status_code == 200
        client.post(f"/imports/{one.pk}/columns/", {"columns": "1"})
        assert client.get(f"/imports/{one.pk}/check/?now=1").status_code == 200
        client.post(f"/imports/{one.pk}/run/")
        one = stage.run(one.pk)
        assert client.get(f"/imports/{one.pk}/").status_code == 200
        rejected = b"".join(client.get(f"/imports/{one.pk}/refused.csv").streaming_content).decode()
        notes = frozenset(note["code"] for note in one.report["notes"])
        return Ended("", one.rows_added, one.rows_refused, one.report["refusals"], notes, rejected)

    return run


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "empty. Export it again", id="empty"),
        pytest.param(HEAD, "header but no rows", id="header only"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "image", id="image renamed"),
        pytest.param(bytes(range(256)) * 200, "binary", id="binary renamed"),
        pytest.param(HEAD + b"x" * 4_100_000, "never closed, or export the table again", id="line without end"),
    ],
)
def test_what_is_no_table_is_said_and_nothing_is_kept(bring, content, says):
    assert says in bring(content).problem
    assert not Import.objects.exists()
    assert not Response.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("content", "added", "refusals", "notes"),
    [
        pytest.param((HEAD + GOOD).decode().encode("utf-16"), 3, {}, set(), id="UTF-16"),
        pytest.param(
            HEAD
            + "u,9,größer und größer,2024-01-20\n".encode() * 1
            + "w,9,größer,2024-01-20\n".encode("cp1252")
            + GOOD,
            5,
            {},
            {"mixed_encoding"},
            id="mixed encodings",
        ),
        pytest.param(HEAD + b"n,9,fi\x00ne,2024-01-20\n" + GOOD, 4, {}, {"nul_characters"}, id="NUL bytes"),
        pytest.param(HEAD + b"y,9,a,31/12/24\nz,9,a,30/12/24\n", 2, {}, {"short_years"}, id="2-digit years"),
        pytest.param(HEAD + b"d,9,a,31/02/2024\ne,9,a,28/02/2024\n", 1, {"date_bad": 1}, set(), id="31/02"),
        pytest.param(HEAD + b"s,11,a,2024-01-20\n" + GOOD, 3, {"score_out_of_range": 1}, set(), id="score 11"),
        pytest.param(HEAD + b"s,9 ,a,2024-01-20\n" + GOOD, 4, {}, set(), id="score 9 and a space"),
        pytest.param(HEAD + b"s,9.5,a,2024-01-20\n" + GOOD, 3, {"score_fraction": 1}, set(), id="score 9.5"),
        pytest.param(
            HEAD + b"s,9,first,2024-01-20\ns,3,second,2024-01-20\n" + GOOD,
            4,
            {"id_repeated": 1},
            set(),
            id="one id, two contents",
        ),
    ],
)
def test_the_good_rows_come_in_and_the_others_have_a_reason(bring, content, added, refusals, notes):
    ended = bring(content)
    assert (ended.problem, ended.added, ended.refusals) == ("", added, refusals)
    assert notes <= ended.notes
    assert Response.objects.count() == added
    assert ended.rejected.count("\n") >= sum(refusals.values())


@pytest.mark.django_db(transaction=True)
def test_formulas_go_out_as_text(bring):
    ended = bring(HEAD + b"f,12,=cmd|'/c calc'!A0,2024-01-20\n" + GOOD)
    assert (ended.added, ended.refused) == (3, 1)
    assert ",'=cmd|" in ended.rejected


@pytest.mark.django_db(transaction=True)
def test_tickets_that_cannot_be_and_tickets_without_an_account(bring):
    ended = bring(
        b"ticket_id,account_id,opened_at,closed_at\nT1,A1,2024-01-10 10:00,2024-01-09 10:00\n"
        b"T2,,2024-01-10 10:00,2024-01-11 10:00\nT3,A1,2024-01-10 10:00,2024-01-12 10:00\n",
        "tickets",
    )
    assert (ended.added, ended.refused) == (2, 1)
    assert "T1" in ended.rejected
    assert Ticket.objects.get(external_id="T2").account is None
