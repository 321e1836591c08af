"""Linking anew by the next version: whole or not at all, stopped, cancelled and overtaken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nineplus.model.attribution import LinkRule
from nineplus.stages import analyze
from nineplus.stages.analyze.relinking import relink
from nineplus.stages.connect import attribution
from nineplus.stages.errors import Conflict, NotFound
from nineplus.stages.mart import newest
from nineplus.store.models import LinkRuleVersion

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def states() -> list[tuple[int, str]]:
    return list(LinkRuleVersion.objects.order_by("version").values_list("version", "state"))


def test_stopped_cancelled_and_overtaken_it_is_whole_or_not_at_all(home: Path, answers: Callable[[], None]):
    answers()
    analyze.refresh_mart(now=NOW)
    before = newest().snapshot
    attribution.save(LinkRule(window_days=10), now=NOW)

    asked: list[str] = []

    def third_step(step: str, done: int, total: int) -> None:
        asked.append(step)

    assert not relink(now=NOW, stopping=lambda: len(asked) >= 3, progress=third_step)
    assert (states(), newest().snapshot) == ([(2, "waiting")], before)

    def overtaken(step: str, done: int, total: int) -> None:
        if done == 2 and attribution.going().version == 2:
            attribution.save(LinkRule(window_days=20), now=NOW)

    assert relink(now=NOW + timedelta(days=1), progress=overtaken)
    assert states() == [(2, "cancelled"), (3, "done")]
    assert (newest().rule.version, newest().rule.window_days) == (3, 20)

    attribution.save(LinkRule(window_days=40), now=NOW)
    before = newest().snapshot

    def cancelled(step: str, done: int, total: int) -> None:
        if done == 2:
            attribution.cancel(version=4, now=NOW)

    assert relink(now=NOW + timedelta(days=2), progress=cancelled)
    assert (states()[-1], newest().snapshot) == ((4, "cancelled"), before)
    assert analyze.refresh_mart(now=NOW + timedelta(days=3)) == before, "nothing changed: no other rule is in force"


def test_what_is_over_cannot_be_cancelled(db):
    with pytest.raises(NotFound):
        attribution.cancel(version=7, now=NOW)
    one = attribution.save(LinkRule(window_days=10), now=NOW)
    attribution.cancel(version=one.version, now=NOW)
    with pytest.raises(Conflict):
        attribution.cancel(version=one.version, now=NOW)
    with pytest.raises(Conflict, match="nothing to do"):
        attribution.save(LinkRule(version=9), now=NOW)


def test_a_fault_ends_the_job_and_says_so(home: Path, answers: Callable[[], None]):
    answers()
    attribution.save(LinkRule(window_days=10), now=NOW)

    def fault(step: str, done: int, total: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        relink(now=NOW, progress=fault)
    assert states() == [(2, "failed")]
    assert relink(now=NOW), "tried again, there is nothing to do"
