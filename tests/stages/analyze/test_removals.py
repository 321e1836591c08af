"""Removals are forgotten when every mart has seen them, and a mart that had not is made anew."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from nineplus.stages import analyze, capture
from nineplus.stages.analyze import removals
from nineplus.stages.mart import folder
from nineplus.store.models import Removal, Response, Revision

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_home(tmp_path, settings):
    settings.HOME = tmp_path


def erase(response: Response, *, at: datetime) -> None:
    with transaction.atomic():
        Removal.record(model=Response, rows=[response.pk], revision=Revision.next())
        Response.objects.filter(pk=response.pk).delete()
    Removal.objects.filter(row=response.pk).update(at=at)


def answers(number: int) -> list[Response]:
    return [capture.record_response(score=9, survey="Ours", account=f"a{i}", now=NOW).response for i in range(number)]


def test_a_removal_stays_until_it_is_old_and_every_snapshot_has_seen_it():
    first, second, _third = answers(3)
    analyze.refresh_mart(now=NOW)
    erase(first, at=NOW - removals.KEPT - timedelta(hours=1))
    assert removals.prune(now=NOW) == 0, "the mart has not seen it"
    analyze.refresh_mart(now=NOW)
    assert removals.prune(now=NOW) == 0, "an older snapshot has not seen it"
    for older in sorted(folder().rglob("*.json"))[:-1]:
        if older.parent.name != "_delta_log":
            older.unlink()
    erase(second, at=NOW - removals.KEPT + timedelta(hours=1))
    assert analyze.refresh_mart(now=NOW).rows == 1
    assert removals.prune(now=NOW) == 1
    assert [removal.row for removal in Removal.objects.all()] == [second.pk], "it is young"


def test_a_mart_that_missed_forgotten_removals_is_made_anew(tmp_path):
    first, _second = answers(2)
    analyze.refresh_mart(now=NOW)
    shutil.copytree(folder(), tmp_path / "elsewhere")
    erase(first, at=NOW - timedelta(days=30))
    shutil.rmtree(folder())
    assert removals.prune(now=NOW) == 1
    shutil.copytree(tmp_path / "elsewhere", folder())
    assert analyze.refresh_mart(now=NOW).rows == 1
