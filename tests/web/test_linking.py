"""Where the rows of a Result lead."""

from __future__ import annotations

from datetime import date

import pytest

from nineplus.model import Column, Filter, Kind, Table, Window
from nineplus.web.linking import behind

CHOSEN = Filter(window=Window(date(2026, 1, 15), date(2026, 6, 1)), attributes=(("plan", ("Pro",)),))
SEGMENTS = Table("segments", "", (Column("segment", "Region"), Column("nps", "NPS", Kind.ESTIMATE)), ())
MONTHS = Table("trend", "", (Column("month", "Month", Kind.MONTH),), ())
GROUPS = Table("groups", "", (Column("group", "Group"),), ())
PERIOD = [("from", "2026-01-15"), ("to", "2026-06-01")]


def test_a_segment_leads_to_its_responses_within_the_filter():
    assert behind(CHOSEN, SEGMENTS, {"segment": "Europe"}, by="region") == [
        *PERIOD,
        ("a.plan", "Pro"),
        ("a.region", "Europe"),
    ]


def test_a_segment_of_the_filtered_attribute_replaces_it():
    assert behind(CHOSEN, SEGMENTS, {"segment": "Pro"}, by="plan") == [*PERIOD, ("a.plan", "Pro")]


def test_crossed_segments_narrow_twice():
    found = behind(Filter(), SEGMENTS, {"segment": "Europe · Relationship"}, by="region,survey")
    assert found == [("survey", "Relationship"), ("a.region", "Europe")]


@pytest.mark.parametrize("name", ["Not known", "Too small to show (3 values)", "Europe · Not known"])
def test_what_stands_for_no_set_leads_nowhere(name):
    assert behind(CHOSEN, SEGMENTS, {"segment": name}, by="region" if "·" not in name else "region,plan") is None


def test_nothing_is_linked_without_an_attribute():
    assert behind(CHOSEN, SEGMENTS, {"segment": "SLA breach"}) is None


def test_a_month_is_cut_by_the_period():
    assert behind(CHOSEN, MONTHS, {"month": date(2026, 1, 1)})[:2] == [("from", "2026-01-15"), ("to", "2026-02-01")]
    assert behind(Filter(), MONTHS, {"month": date(2025, 12, 1)}) == [("from", "2025-12-01"), ("to", "2026-01-01")]


def test_a_group_leads_to_its_group():
    found = behind(Filter(), GROUPS, {"group": "Detractors (0–6)"})
    assert found == [("group", "detractors")]
