"""Whatever happens in whatever order: each alert is at last sent once in each chosen way, or says why not."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nineplus.stages.act.chat import workspace
from nineplus.stages.capture.sending import delivering, senders
from tests.stages.act.alerts_world import KINDS, MAIL_FAULTS, NIGHTS, SLACK_FAULTS, House

pytestmark = pytest.mark.django_db
_HOURS = st.sampled_from([None, (22, 2), (20, 7), (2, 3), (0, 12), (23, 0), (1, 0)])


@st.composite
def _choices(draw):
    first, last = draw(_HOURS) or (None, None)
    return {
        "wanted": draw(st.sampled_from([KINDS, KINDS, KINDS[:1], ()])),
        "mailed": draw(st.sampled_from(["at_once", "daily", "weekly", "never"])),
        "digest_hour": draw(st.sampled_from([0, 2, 8, 23])),
        "digest_day": draw(st.sampled_from(["sunday", "monday"])),
        "time_zone": draw(st.sampled_from(["", "Europe/Berlin", "America/Santiago"])),
        "quiet_from": first,
        "quiet_to": last,
        "slack": draw(st.sampled_from([True, True, False])),
    }


_STEPS = {
    "tell": (8, st.sampled_from(KINDS)),
    "choose": (4, _choices()),
    "wait": (4, st.sampled_from([1, 29, 61, 240, 700, 1500, 4000])),
    "work": (5, st.integers(1, 3)),
    "read": (1, st.none()),
    "mail_fails": (2, st.sampled_from([*MAIL_FAULTS])),
    "slack_fails": (3, st.sampled_from(SLACK_FAULTS)),
    "employ": (1, st.sampled_from([True, True, False])),
    "role": (1, st.sampled_from(["agent", "agent", "viewer"])),
    "app": (1, st.sampled_from([True, True, False])),
    "sender": (1, st.booleans()),
}
"""What may happen, how often, and what there is to say of it."""
_KIND = st.sampled_from([what for what, (often, _) in _STEPS.items() for _ in range(often)])


@st.composite
def _happenings(draw):
    """Both choose first, or else hardly anything would go to Slack."""
    first = [("choose", who, draw(_choices())) for who in (0, 1)]
    kinds = draw(st.lists(_KIND, min_size=25, max_size=50))
    return first + [(what, draw(st.integers(0, 1)), draw(_STEPS[what][1])) for what in kinds]


@pytest.fixture
def patched(monkeypatch):
    def patch(house: House) -> None:
        monkeypatch.setattr(senders, "opened", lambda sender: (house.mail, {"connections": "1"}))
        monkeypatch.setattr(workspace, "slack", lambda: house.slack)
        delivering._RESTS.clear()

    return patch


@given(st.sampled_from(NIGHTS), _happenings())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_alert_is_sent_once_in_each_way_or_says_why_not(patched, db, night, steps):
    with transaction.atomic():
        patched(house := House(night))
        for what, who, detail in steps:
            house.do(what, who, detail)
        house.settle()
        house.judge()
        transaction.set_rollback(True)
