"""One view has one address."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl

import pytest
from django.http import QueryDict

from nineplus.model import BadFilter, Filter, Window
from nineplus.web import filter_bar

TODAY = date(2026, 11, 22)
GROUPS = [
    ("survey", "Survey", [("Relationship", "Relationship"), ("Tickets", "Tickets")]),
    ("a.plan", "Plan", [("Pro", "Pro"), ("Basic", "Basic")]),
]


def bar(query: str, **more):
    return filter_bar.bar(filter_bar.read(QueryDict(query)), groups=GROUPS, today=TODAY, **more)


def query_of(address: str) -> list[tuple[str, str]]:
    return parse_qsl(address.removeprefix("?"))


def test_each_chip_removes_itself_and_nothing_else():
    seen = bar("from=2026-10-01&to=2026-11-23&survey=Tickets&a.plan=Pro&a.plan=Basic", keep=[("by", "plan")])
    assert [(chip.value, chip.label) for chip in seen.chips] == [
        ("", "This quarter"),
        ("Survey", "Tickets"),
        ("Plan", "Basic"),
        ("Plan", "Pro"),
    ]
    assert query_of(seen.chips[3].address) == [
        ("from", "2026-10-01"),
        ("to", "2026-11-23"),
        ("survey", "Tickets"),
        ("a.plan", "Basic"),
        ("by", "plan"),
    ]
    assert query_of(seen.clear) == [("by", "plan")]


def test_a_filter_that_is_not_offered_still_shows():
    seen = bar("a.plan=Gone&a.city=Oslo")
    assert [(chip.value, chip.label) for chip in seen.chips] == [("City", "Oslo"), ("Plan", "Gone")]


def test_nothing_chosen_is_all_time_without_chips():
    seen = bar("")
    assert (seen.period, seen.chips, seen.active) == ("All time", (), False)


@pytest.mark.parametrize(
    ("label", "window"),
    [
        ("This quarter", Window(date(2026, 10, 1), date(2026, 11, 23))),
        ("Last quarter", Window(date(2026, 7, 1), date(2026, 10, 1))),
        ("Last 12 months", Window(date(2025, 12, 1), date(2026, 11, 23))),
        ("Last 30 days", Window(date(2026, 10, 24), date(2026, 11, 23))),
    ],
)
def test_periods_end_today_included(label, window):
    assert dict(filter_bar.periods(TODAY))[label] == window


def test_the_first_quarter_follows_the_last_of_the_year_before():
    assert dict(filter_bar.periods(date(2026, 2, 3)))["Last quarter"] == Window(date(2025, 10, 1), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("from=2026-01-01&until=2026-01-31", "from=2026-01-01&to=2026-02-01"),
        ("from=&until=&survey=Tickets", "survey=Tickets"),
        ("until=2026-01-31&to=2025-01-01", "to=2026-02-01"),
    ],
)
def test_forms_become_one_address(given, canonical):
    assert filter_bar.canonical(QueryDict(given)) == canonical


@pytest.mark.parametrize("query", ["", "from=2026-01-01&to=2026-02-01", "a.plan=Pro&by=plan"])
def test_an_address_that_is_one_stays(query):
    assert filter_bar.canonical(QueryDict(query)) is None


@pytest.mark.parametrize("query", ["until=tomorrow", "until=9999-12-31"])
def test_a_last_day_that_is_none_is_said(query):
    with pytest.raises(BadFilter, match="last day"):
        filter_bar.canonical(QueryDict(query))


def test_the_bar_and_the_filter_agree():
    query = "from=2026-01-01&to=2026-02-01&survey=Tickets&touchpoint=custom&a.plan=Pro"
    assert Filter.from_query(dict(QueryDict(bar(query).query).lists())) == filter_bar.read(QueryDict(query))
