"""What is asked for twice under one key is done once, also by two at a time, and never half."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from nineplus.stages.errors import Conflict
from nineplus.stages.govern.once import KEPT, Request, once, same
from nineplus.store.models import Done, Preference

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MINE = Request("np_1", "k", "POST /a {}")


def work(name: str = "x"):
    def made() -> dict[str, str]:
        Preference.objects.create(key=name, value=1)
        return {"made": name}

    return made


@pytest.mark.django_db
def test_once_and_the_same_result_again():
    assert once(MINE, work(), now=NOW) == ({"made": "x"}, True)
    assert once(MINE, work(), now=NOW) == ({"made": "x"}, False)
    with pytest.raises(Conflict):
        once(Request("np_1", "k", "POST /b {}"), work("y"), now=NOW)
    assert once(Request("np_2", "k", "POST /b {}"), work("y"), now=NOW)[1]
    assert once(Request("np_1", "", "POST /a {}"), work("z"), now=NOW)[1]  # without a key nothing is remembered
    assert once(MINE, work("later"), now=NOW + KEPT + timedelta(seconds=1))[1]


@pytest.mark.django_db
def test_what_fails_is_not_remembered():
    def fails() -> dict[str, str]:
        Preference.objects.create(key="half", value=1)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        once(MINE, fails, now=NOW)
    with pytest.raises(RuntimeError), same(MINE, now=NOW):
        raise RuntimeError
    assert not Done.objects.exists()
    assert not Preference.objects.filter(key="half").exists()
    with same(MINE, now=NOW):
        pass
    with pytest.raises(RuntimeError), same(MINE, now=NOW):  # it succeeded before: its meaning stays
        raise RuntimeError
    with pytest.raises(Conflict), same(Request("np_1", "k", "other"), now=NOW):
        pass


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one():
    results: list[tuple[object, bool]] = []
    together = threading.Barrier(4)

    def ask() -> None:
        try:
            together.wait()
            results.append(once(MINE, work(), now=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made for _, made in results) == [False, False, False, True]
    assert Preference.objects.filter(key="x").count() == 1
