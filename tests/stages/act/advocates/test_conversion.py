"""Promoters who do something for us: counted by person, and only those whose 90 days are over."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nineplus.stages.act.advocates import asking, leads
from nineplus.stages.act.advocates.conversion import Share, conversion
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Lead
from tests.stages.act.advocates.world import DAY, act, programme
from tests.stages.act.world import answer, company, person

pytestmark = pytest.mark.django_db
_MARCH = datetime(2026, 3, 31, 23, tzinfo=UTC)
_NOW = datetime(2026, 9, 1, tzinfo=UTC)


def test_promoters_of_the_year_who_did_something_in_time():
    quote, friends, review = programme("quote"), programme("referral"), programme("review")
    at = company()
    names = ("in time", "late", "on the last day", "before", "only asked", "referred", "refused", "fell", "rose", "new")
    who = {name: person(name.replace(" ", ""), at=at) for name in names}
    for name, one in who.items():
        answer(8 if name == "rose" else 10, by=one, at=_NOW - DAY if name == "new" else _MARCH)
    answer(10, by=who["rose"], at=_MARCH + DAY)  # the first one of the year counts
    answer(2, by=who["fell"], at=_MARCH + DAY)
    answer(2, by=who["in time"], at=_MARCH - 365 * DAY)
    answer(10)  # of nobody
    for name, days in (
        ("in time", 5),
        ("late", 91),
        ("on the last day", 90),
        ("before", -1),
        ("rose", 5),
        ("new", 155),
    ):
        act(quote, who[name], done_at=_MARCH + days * DAY)
    act(review, who["in time"], done_at=_MARCH + 6 * DAY)
    act(quote, who["only asked"], "doing")
    for name in ("referred", "refused"):
        code = asking.advocate_of(who[name], now=_MARCH).code
        leads.bring(code, name="Eve", email="eve@new.example", company="", agreed=True, now=_MARCH + DAY)
    assert list(Lead.objects.order_by("pk").values_list("state", flat=True)) == ["open", "refused"]

    found = conversion(now=_NOW)
    assert (found.year, found.all) == (2026, Share(did=3, known=8, not_known=1))
    assert found.all.value == 3 / 8
    assert (round(found.all.low, 4), round(found.all.high, 4)) == (0.1368, 0.6943)  # Wilson 1927
    assert {of: (one.did, one.known, one.not_known) for of, one in found.programmes} == {
        quote: (2, 8, 1),
        friends: (1, 8, 1),
        review: (1, 8, 1),
    }
    assert dict(found.months) == {3: Share(3, 8, 0), 8: Share(0, 0, 1)}
    assert (found.months[8].value, found.months[8].low) == (None, None)
    assert conversion(year=2025, now=_NOW).all == Share(0, 0, 0)
    with pytest.raises(NotPossible):
        conversion(year=99999, now=_NOW)
