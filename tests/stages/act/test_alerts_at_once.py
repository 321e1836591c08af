"""Somebody chooses while they are told and while their letters are written: nothing is lost or comes twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connections

from nineplus.rules import falls
from nineplus.stages.act.alerts import choosing, expecting, telling
from nineplus.stages.act.alerts.kinds import score_fall
from nineplus.store.models import Alert, Message, Raised, Sender, User
from tests.stages.act import world

pytestmark = pytest.mark.django_db(transaction=True)
TUESDAY = datetime(2026, 11, 17, 10, tzinfo=UTC)
TIMES = 12
WAYS = ("at_once", "daily", "never", "weekly")


def at_once(*work: Callable[[int], object]) -> None:
    """All of these, again and again, each in a thread of its own; what one raises is raised."""
    gate, problems = Barrier(len(work)), []

    def run(one: Callable[[int], object]) -> None:
        try:
            gate.wait()
            for number in range(TIMES):
                one(number)
        except Exception as problem:  # told below, in the thread of the test
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, problems


def test_choosing_telling_and_mailing_at_once():
    Sender.objects.create(name="Mail", medium="email", channel="smtp", is_default=True, created_at=TUESDAY)
    people = [world.agent(name).pk for name in ("Ada", "Bea")]

    def tell(number: int) -> None:
        said = {"subject": f"case-{number}", "title": f"Late {number}.", "path": f"/loop/{number}/", "period": "1"}
        telling.tell(kind="overdue_case", whom=people, now=TUESDAY, **said)

    def choose(number: int) -> None:
        user = User.objects.get(pk=people[number % 2])
        choosing.choose(user, wanted=["overdue_case"], mailed=WAYS[number % len(WAYS)], now=TUESDAY)

    def read(number: int) -> None:
        choosing.read_all(User.objects.get(pk=people[number % 2]), to=number, now=TUESDAY)

    at_once(tell, choose, choose, read, *[lambda number: telling.mail_due(now=TUESDAY)] * 2)
    while telling.due(TUESDAY + timedelta(days=8)):
        telling.mail_due(now=TUESDAY + timedelta(days=8))
    assert Alert.objects.count() == 2 * TIMES
    for row in Alert.objects.select_related("user"):
        letters = Message.objects.filter(address=row.user.email)
        found = [one.pk for one in letters if row.title in one.body["subject"] + one.body["text"]]
        assert found == ([row.letter_id] if row.letter_id else [])
        assert bool(row.letter_id) != bool(row.mail_not)


def test_two_answers_of_one_account_at_once_tell_its_fall_once(monkeypatch):
    ada = world.agent("Ada", seat=False)
    firm = world.company(owner=ada)
    said = []
    for _ in range(4):
        mate = world.person(at=firm)
        world.answer(9, by=mate, at=world.NOW - timedelta(days=200))
        said.append(world.answer(1, by=mate).pk)
    learned = falls.Expected.of([(9, 8, 100), (9, 9, 100)])
    monkeypatch.setattr(expecting, "expected", lambda: learned)
    own = falls.account_fell

    def slowly(*given: Any, **more: Any) -> Any:
        time.sleep(0.3)
        return own(*given, **more)

    monkeypatch.setattr(falls, "account_fell", slowly)

    def look(pk: int) -> None:
        try:
            score_fall.look(pk, now=world.NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as both:
        list(both.map(look, said[:2]))
    assert Raised.objects.filter(subject=f"account-{firm.pk}").count() == 1
