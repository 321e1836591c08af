"""How soon customers hear from us: those who still wait count, and so do promises that were not kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nineplus.stages.act.cases import measuring, working
from nineplus.store.models import Case
from tests.stages.act.world import HOUR, NOW, agent, case

pytestmark = pytest.mark.django_db


def test_those_who_wait_make_it_longer_than_the_quick_ones_say():
    assert measuring.measures(now=NOW).says.startswith("No case was opened")
    ada = agent("Ada", team="West")
    cases = [case() for _ in range(5)]
    for hours, made in zip((2, 4), cases, strict=False):
        working.contact(made.pk, way="call", by=ada, now=NOW + hours * HOUR)
    working.close(cases[4].pk, outcome="mistake", root_cause="none", note="x", by=ada, now=NOW + HOUR)
    found = measuring.measures(now=NOW + 10 * HOUR)
    assert (found.cases, found.contacted, found.waiting) == (5, 2, 2)
    assert found.curve.median == 4  # of the four left at the second hour
    assert found.within[24.0] is None  # nobody was followed for so long
    late = measuring.measures(now=NOW + timedelta(days=5))
    [west] = late.kept
    assert (west.team, west.kept, west.due) == ("West", 2, 4)  # who closed it in time owed nothing
    assert 0 < west.interval[0] < 0.5 < west.interval[1] < 1
    assert "2 who still wait counted" in late.says.replace("\\u00a0", " ")


def test_when_most_wait_half_is_not_known():
    for _ in range(3):
        case()
    assert "not known yet" in measuring.measures(now=NOW + HOUR).says
    Case.objects.update(opened_at=NOW - timedelta(days=100))
    assert measuring.measures(now=NOW).cases == 0
