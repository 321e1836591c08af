"""Backup and restore, on the database the suite runs on."""

from __future__ import annotations

import io
import json
import tarfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from nineplus.stages.errors import Conflict, NotPossible
from nineplus.stages.govern import health, people, preferences, restoring
from nineplus.stages.govern.backup import archive, back_up, database, restore, swapping
from nineplus.store.models import Preference, User

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def home(tmp_path, settings):
    """A home with a mart and an uploaded file."""
    settings.HOME = tmp_path / "home"
    for path, text in {"mart/responses/part-1.parquet": "one", "imports/1.csv": "score\n9\n"}.items():
        (settings.HOME / path).parent.mkdir(parents=True)
        (settings.HOME / path).write_text(text)
    return settings.HOME


@pytest.fixture
def backup(home, tmp_path):
    people.create_owner(email="ada@example.org", password="four plain words here", now=NOW)
    preferences.change(company="Before")
    return back_up(target=tmp_path / "backup.tar.gz", now=NOW).path


@pytest.fixture(autouse=True)
def _drop_kept_schemas():
    yield
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before_restore_%'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP SCHEMA "{name}" CASCADE')


@pytest.fixture(autouse=True)
def _every_schema_is_made_by_the_statements_that_made_the_first(monkeypatch):
    """On PostgreSQL a restore makes every table, most of its work: the first here does, later ones repeat what
    it wrote."""
    really = MigrationExecutor.migrate

    def migrate(self, targets, *given, **named):
        if connection.vendor != "postgresql" or self.loader.applied_migrations:  # only what begins with nothing
            return really(self, targets, *given, **named)
        ends = tuple(sorted(targets))
        if ends in _WRITTEN:
            with connection.cursor() as cursor:
                for sql, values in _WRITTEN[ends]:
                    cursor.execute(sql, values)
            return None
        written = []

        def noted(execute, sql, values, many, context):
            assert not many
            if not str(sql).lstrip().upper().startswith("SELECT"):
                written.append((sql, values))
            return execute(sql, values, many, context)

        with connection.execute_wrapper(noted):
            state = really(self, targets, *given, **named)
        _WRITTEN[ends] = written
        return state

    monkeypatch.setattr(MigrationExecutor, "migrate", migrate)


_WRITTEN = {}


def test_what_was_backed_up_comes_back_and_what_was_there_is_kept(backup, home):
    preferences.change(company="After")
    people.create_person(email="bob@example.org", role="viewer", now=NOW)
    (home / "mart/responses/part-1.parquet").write_text("two")
    (home / "imports/2.csv").write_text("later")
    (home / "meaning").mkdir()
    (home / "meaning/rows.f16").write_text("of other comments")

    done = restore(source=backup, now=NOW)

    assert preferences.preferences().company == "Before"
    assert [user.email for user in User.objects.all()] == ["ada@example.org"]
    assert (home / "mart/responses/part-1.parquet").read_text() == "one"
    assert [path.name for path in (home / "imports").iterdir()] == ["1.csv"]
    assert (home / "before-restore-20261122-090000/imports/2.csv").read_text() == "later"
    assert len(done.kept) == 3
    assert not (home / "meaning").exists(), "the worker makes it of the comments that came back"


@pytest.mark.parametrize("step", [2, 3])
def test_what_is_interrupted_between_two_renames_is_finished(backup, home, monkeypatch, step):
    preferences.change(company="After")
    (home / "mart/responses/part-1.parquet").write_text("two")
    (home / "imports/2.csv").write_text("later")
    with monkeypatch.context() as patched:
        patched.setattr(swapping, "_rename", interrupted_at(step, swapping._rename))
        with pytest.raises(KeyboardInterrupt):
            restore(source=backup, now=NOW)
    assert restoring.journal().exists()
    assert health._restore().state == health.State.WRONG
    if step == 2:
        (home / "mart").mkdir()
        (home / "mart/made meanwhile by a running process").write_text("x")
    said = []
    swapping.make_good(say=said.append)
    assert said == ["Finishing a restore that was interrupted."]
    assert health._restore().state == health.State.WELL
    assert preferences.preferences().company == "Before"
    assert (home / "mart/responses/part-1.parquet").read_text() == "one"
    assert not list((home / "mart").glob("made*"))
    assert [path.name for path in (home / "imports").iterdir()] == ["1.csv"]
    aside = home / "before-restore-20261122-090000"
    assert (aside / "mart/responses/part-1.parquet").read_text() == "two"
    assert (aside / "imports/2.csv").read_text() == "later"


def interrupted_at(step: int, rename):
    """The renames, until the one of that number."""
    calls = iter(range(1, 99))

    def renamed(one, other) -> None:
        if next(calls) == step:
            raise KeyboardInterrupt
        rename(one, other)

    return renamed


def test_when_the_database_cannot_be_swapped_nothing_has_changed(backup, home, monkeypatch):
    preferences.change(company="After")

    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(database, "copy_in", full)
    with pytest.raises(OSError, match="No space"):
        restore(source=backup, now=NOW)
    assert_untouched(home)


def test_what_was_decided_and_is_damaged_now_is_rolled_back(backup, home, monkeypatch):
    preferences.change(company="After")
    with monkeypatch.context() as patched:
        patched.setattr(swapping, "finish", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            restore(source=backup, now=NOW)
    assert restoring.journal().exists()
    for file in (restoring.staging() / "database").iterdir():
        file.write_bytes(b"noise")
    said = []
    swapping.make_good(say=said.append)
    assert "rolled back" in said[-1]
    assert_untouched(home)


def assert_untouched(home: Path) -> None:
    assert preferences.preferences().company == "After"
    assert (home / "mart/responses/part-1.parquet").read_text() == "one"
    assert not restoring.left_behind()
    assert not list(home.glob("before-restore-*"))


def test_one_restore_at_a_time(backup):
    with restoring.alone() as ours:
        assert ours
        with pytest.raises(Conflict, match="at work"):
            restore(source=backup, now=NOW)
        assert restoring.going_on()


def test_new_rows_get_new_numbers_after_a_restore(backup):
    restore(source=backup, now=NOW)
    made = people.create_person(email="new@example.org", role="viewer", now=NOW)
    assert made.pk > User.objects.get(email="ada@example.org").pk


def test_a_restored_database_can_be_backed_up_and_restored_again(backup, tmp_path):
    restore(source=backup, now=NOW)
    again = back_up(target=tmp_path / "again.tar.gz", now=NOW).path
    preferences.change(company="Later")
    restore(source=again, now=NOW + timedelta(minutes=1))
    assert preferences.preferences().company == "Before"


def test_everybody_is_logged_out(backup, client):
    client.force_login(User.objects.get(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/welcome/").status_code == 200
    restore(source=backup, now=NOW)
    assert client.get("/welcome/").status_code == 302


def test_writers_are_not_held_up_by_a_backup(home, tmp_path):
    """Rows are written by another connection all the time; none fails, and the copy holds a run without holes."""
    stop, failed, longest = threading.Event(), [], [0.0]

    def write() -> None:
        number = 0
        while not stop.is_set():
            began = time.monotonic()
            try:
                Preference.objects.create(key=f"row {number:06d}", value=number)
            except Exception as problem:
                failed.append(problem)
                break
            longest[0] = max(longest[0], time.monotonic() - began)
            number += 1
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while Preference.objects.filter(key__startswith="row").count() < 5:
            time.sleep(0.01)
        made = back_up(target=tmp_path / "backup.tar.gz", now=NOW)
    finally:
        stop.set()
        writer.join()
    assert not failed
    assert longest[0] < 5
    written = Preference.objects.filter(key__startswith="row").count()
    restore(source=made.path, now=NOW)
    copied = sorted(Preference.objects.filter(key__startswith="row").values_list("value", flat=True))
    assert copied == list(range(len(copied)))
    assert 5 <= len(copied) <= written


def test_a_backup_is_private_and_holds_no_secret(backup, home):
    (home / "secret").write_text("hush")
    assert backup.stat().st_mode & 0o077 == 0
    with tarfile.open(backup) as tar:
        assert not {name for name in tar.getnames() if "secret" in name or "settings.toml" in name}


def test_an_existing_file_is_not_overwritten_unasked(backup):
    with pytest.raises(Conflict, match="exists"):
        back_up(target=backup, now=NOW)
    back_up(target=backup, now=NOW, overwrite=True)


@pytest.mark.parametrize("damage", ["cut", "changed", "more", "noise", "absent"])
def test_a_damaged_backup_changes_nothing(backup, home, tmp_path, damage):
    preferences.change(company="After")
    bad = tmp_path / "bad.tar.gz"
    if damage == "cut":
        bad.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])
    elif damage == "noise":
        bad.write_bytes(b"score\n9\n")
    elif damage != "absent":
        rewritten(backup, bad, damage)
    with pytest.raises(NotPossible):
        restore(source=bad, now=NOW)
    assert preferences.preferences().company == "After"
    assert (home / "mart").is_dir()
    assert not list(home.glob("before-restore-*"))


def rewritten(source: Path, target: Path, damage: str, **said: object) -> None:
    """The same archive with one file changed, one more file, or another manifest."""
    with tarfile.open(source) as old, tarfile.open(target, "w:gz") as new:
        for entry in old:
            content = old.extractfile(entry).read()
            if damage == "manifest" and entry.name == "nineplus-backup.json":
                content = json.dumps({**json.loads(content), **said}).encode()
                entry.size = len(content)
            if damage == "changed" and entry.name == "imports/1.csv":
                content = content.replace(b"9", b"8")
            new.addfile(entry, io.BytesIO(content))
        if damage == "more":
            more = tarfile.TarInfo("../outside")
            new.addfile(more)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"format": archive.FORMAT + 1, "version": "99.0"}, "newer nineplus"),
        ({"migrations": [["nineplus", "9999_the_future"]]}, "newer nineplus"),
        ({"database": "oracle"}, "oracle"),
    ],
)
def test_what_this_version_cannot_read_is_refused_in_words(backup, tmp_path, said, words):
    rewritten(backup, tmp_path / "other.tar.gz", "manifest", **said)
    with pytest.raises(NotPossible, match=words):
        restore(source=tmp_path / "other.tar.gz", now=NOW)
