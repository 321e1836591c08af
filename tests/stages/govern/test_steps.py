"""The quick look at migrations says what the whole look says."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from nineplus.stages.govern.migrating import migrate
from nineplus.stages.govern.steps import all_taken


@pytest.mark.django_db(transaction=True)
def test_a_step_more_or_less_is_seen(on_postgres: bool):
    if on_postgres:
        assert not all_taken()  # it is always asked through Django
        return
    recorder = MigrationRecorder(connection)
    assert migrate() == 0
    assert all_taken()
    recorder.record_unapplied("nineplus", "0018_rules")
    try:
        assert not all_taken()
        recorder.record_applied("nineplus", "0018_rules")
        recorder.record_applied("nineplus", "9999_of_a_later_version")
        assert not all_taken()
    finally:
        recorder.record_unapplied("nineplus", "9999_of_a_later_version")
        recorder.record_unapplied("nineplus", "0018_rules")
        recorder.record_applied("nineplus", "0018_rules")
    assert all_taken()


@pytest.mark.django_db(transaction=True)
def test_steps_that_were_taken_one_by_one_need_nothing_more(on_postgres: bool):
    recorder = MigrationRecorder(connection)
    replacing = ("nineplus", "0001_squashed_0018_rules")
    recorder.record_unapplied(*replacing)
    assert migrate() == 0
    assert replacing in recorder.applied_migrations()
    assert on_postgres or all_taken()


def test_a_new_home_has_everything_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", tmp_path / "new.sqlite3")
    assert not all_taken()
    assert not (tmp_path / "new.sqlite3").exists()
