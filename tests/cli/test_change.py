"""nineplus change: drawn up from files, looked at, tried, sent, measured, stopped, removed."""

from __future__ import annotations

import json

import pytest
import typer
from django.utils import timezone
from typer.testing import CliRunner

from nineplus.cli import change
from nineplus.stages.capture.sending import senders
from nineplus.store.models import Change, ChangeNews, Message
from tests.stages.act.said import wrote
from tests.stages.act.world import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(settings, tmp_path):
    settings.HOME = tmp_path
    app = typer.Typer()
    change.register(app)
    (tmp_path / "en.txt").write_text("You told us\n\nHello {name}, now we answer sooner.\n")
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\xfa")
    return lambda *words: CliRunner().invoke(app, ["change", *words])


def test_a_change_from_files_to_its_end(run, tmp_path, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)  # it is told to the last twelve months
    wrote()
    (tmp_path / "outbox").mkdir()
    where = {"folder": str(tmp_path / "outbox")}
    senders.create(channel="outbox_folder", settings=where, from_address="cs@acme.example", now=NOW)
    new = ("new", "Sooner", "--theme", "support.speed", "--letter", f"en={tmp_path}/en.txt")
    assert "Change 1 is drawn up" in run(*new).stdout.replace(str(Change.objects.get().pk), "1")
    number = str(Change.objects.get().pk)
    row = json.loads(run("show", number, "--json").stdout)
    today = timezone.now().date()
    assert row["filter"]["from"][0][:7] == f"{today.year - (today.month < 12)}-{today.month % 12 + 1:02}"
    assert row["words"]["en"]["text"] == "Hello {name}, now we answer sooner."
    old = json.loads(run(*new, "--all-time", "--json").stdout)
    assert old["filter"] == {}
    assert run("remove", str(old["id"])).stdout == "Removed.\n"
    seen = json.loads(run("preview", number, "--json").stdout)
    assert (seen["reached"], [one["own"] for one in seen["readers"]], seen["trouble"]) == (3, [0], "")
    assert "3 would be told.\n  English: 3, with 1 who reads German" in run("preview", number).stdout
    assert "1 not: They do not want to be contacted." in run("preview", number).stdout
    assert "On its way to me@us.example" in run("send", number, "--test", "me@us.example").stdout
    assert Message.objects.filter(kind="test").count() == 1
    assert run("send", number).stdout == "3 are told: the worker writes to them. 1 are not.\n"
    assert run("send", number).exit_code == 1
    assert "nobody has said yet" in run("measure", number).stdout
    ChangeNews.objects.filter(refused="").update(helped="yes", helped_at=NOW)
    assert run("measure", number).stdout.startswith("It helped 3 of the 3 who answered (44 to 100 %): 3 yes")
    assert json.loads(run("measure", number, "--json").stdout)["helped"]["low"] == pytest.approx(0.4385, abs=1e-4)
    assert run("stop", number).stdout == "Stopped: 3 are not written to.\n"
    assert "stopped" in run("list").stdout
    assert "Sooner (stopped)" in run("show", number).stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "9"), 1),
        (("new", "x", "--theme", "support.speed", "--letter", "en=nowhere.txt"), 1),
        (("new", "x", "--theme", "support.speed", "--letter", "en={home}/bad.txt"), 1),
        (("new", "x", "--theme", "support.speed", "--letter", "en={home}/en.txt", "-f", "colour=red"), 1),
        (("new", "x", "--theme", "support.speed", "--letter", "en={home}/en.txt", "-f", "from=then"), 1),
        (("new", "x", "--theme", "no.such", "--letter", "en={home}/en.txt"), 1),
        (("new", "x", "--theme", "support.speed", "--letter", "en"), 2),
        (("send", "9", "--language", "de"), 2),
    ],
)
def test_what_cannot_be_done_is_said(run, tmp_path, words, code):
    refused = run(*(word.replace("{home}", str(tmp_path)) for word in words))
    assert (refused.exit_code, bool(refused.stderr)) == (code, True)
    assert not Change.objects.exists()
