"""Verdicts from raw events by calendars: the mart's for all tickets against plain Python for one."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from nineplus.mart.memory import dataset
from nineplus.model.attribution import LinkRule, ServiceLevel, WorkCalendar
from nineplus.stats.worktime import MICROS, open_time
from tests.mart.rows import NOW, by_key, day, sources

OFFICE = WorkCalendar("Office", "Europe/Berlin", holidays=("2026-01-06",))
RULE = LinkRule(
    calendars=(OFFICE,),
    levels=(
        ServiceLevel("Gold", "Office", (("priority", ("High",)), ("plan", ("Gold",))), 60, 8 * 60),
        ServiceLevel("All", "", (), None, 72 * 60),
    ),
    waiting=("pending",),
)


@pytest.fixture(scope="module")
def served():
    monday = day(4, 8)  # 2026-01-05, 9 o'clock in Berlin
    hour = timedelta(hours=1)
    ticket = {"contact": "c", "opened_at": monday, "priority": "high"}
    return dataset(
        sources(
            accounts=[{"account": "A", "attributes": '{"plan": "Gold"}'}],
            contacts=[{"contact": "c", "account": "A"}],
            tickets=[
                {**ticket, "ticket": "kept", "first_response_at": monday + hour, "resolved_at": monday + 8 * hour},
                # one working hour on Wednesday, for Tuesday is a holiday
                {**ticket, "ticket": "late", "first_response_at": monday + hour, "resolved_at": monday + 49 * hour},
                {**ticket, "ticket": "waited", "first_response_at": monday + hour, "resolved_at": monday + 49 * hour},
                {**ticket, "ticket": "told", "first_response_at": monday + 3 * hour, "resolved_at": monday + 4 * hour,
                 "sla_breached": False},
                {**ticket, "ticket": "open", "first_response_at": monday + 2 * hour},
                {**ticket, "ticket": "waiting", "first_response_at": monday + hour},
                {"ticket": "other", "opened_at": monday, "resolved_at": monday + 71 * hour},
            ],
            ticket_events=[
                {"ticket": "waited", "at": monday + 2 * hour, "kind": "stage", "to_value": "Pending"},
                {"ticket": "waited", "at": monday + 4 * hour, "kind": "stage", "to_value": "Open"},
            ],
            responses=[
                {"response": "after", "ticket": "late", "contact": "x", "score": 3, "answered_at": monday + 60 * hour},
                {"response": "while open", "contact": "c", "score": 3, "answered_at": monday + 2.5 * hour},
            ],
        ),
        now=NOW, rule=RULE,
    )  # fmt: skip


def test_levels_clocks_and_waits(served):
    found = by_key(served.tickets, "ticket")
    assert {key: row["service_level"] for key, row in found.items()} == {
        **dict.fromkeys(("kept", "late", "waited", "told", "open", "waiting"), "Gold"), "other": "All",
    }  # fmt: skip
    spent = {key: row["resolution_work_hours"] for key, row in found.items()}
    assert spent == {"kept": 8, "late": 9, "waited": 7, "told": 4, "open": None, "waiting": None, "other": 71}
    verdict = {key: (row["sla_source"], row["sla_computed"], row["sla_breached"]) for key, row in found.items()}
    assert verdict == {
        "kept": (None, False, False),
        "late": (None, True, True),
        "waited": (None, False, False),
        "told": (False, True, False),  # the source's word stands, ours beside it
        "open": (None, True, True),  # answered too late already
        "waiting": (None, None, None),
        "other": (None, False, False),
    }


def test_at_the_answer_only_what_was_broken_by_then_counts(served):
    links = {
        (row["response"], row["ticket"]): row["sla_breached"] for row in served.response_ticket.to_pyarrow().to_pylist()
    }
    assert links["after", "late"] is True
    assert links["while open", "late"] is None  # not yet
    assert links["while open", "open"] is True  # its first answer took two hours


def test_all_tickets_are_measured_as_one_is():
    dice = random.Random(4)
    rows, wanted = [], {}
    for number in range(150):
        opened = day(0) + timedelta(minutes=dice.randrange(90 * 24 * 60))
        solved = opened + timedelta(minutes=dice.randrange(12 * 24 * 60))
        rows.append(
            {"ticket": str(number), "opened_at": opened, "resolved_at": solved, "priority": dice.choice(["a", "b"])}
        )
        at = [round(instant.timestamp() * MICROS) for instant in (opened, solved)]
        clock = at[1] - at[0] if rows[-1]["priority"] == "a" else open_time(OFFICE).between(*at)
        wanted[str(number)] = clock / 3600 / MICROS
    rule = LinkRule(
        calendars=(OFFICE,),
        levels=(ServiceLevel("a", "", (("priority", ("a",)),), None, 600), ServiceLevel("b", "Office", (), None, 600)),
    )
    data = dataset(sources(tickets=rows, responses=[{"response": "r", "score": 1}]), now=NOW, rule=rule)
    found = {row["ticket"]: row for row in data.tickets.to_pyarrow().to_pylist()}
    assert {key: row["resolution_work_hours"] for key, row in found.items()} == pytest.approx(wanted)
    assert all(row["sla_breached"] == (wanted[key] > 10) for key, row in found.items())
