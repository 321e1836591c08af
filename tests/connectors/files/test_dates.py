"""Dates: the order of a column from all its values, and every date there and back."""

# ruff: noqa: DTZ001 - files say times without a zone

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nineplus.connectors.files.dates import Evidence, instants

moments = st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2069, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0)
)
FORMS = {
    "%Y-%m-%d %H:%M:%S": "ymd",
    "%Y/%m/%d %H:%M:%S": "ymd",
    "%Y-%m-%dT%H:%M:%SZ": "ymd",
    "%Y%m%dT%H:%M:%S": "ymd",
    "%d/%m/%Y %H:%M:%S": "dmy",
    "%d.%m.%Y %H:%M:%S": "dmy",
    "%d-%m-%y %H:%M:%S": "dmy",
    "%m/%d/%Y %I:%M:%S %p": "mdy",
    "%m/%d/%y, %H:%M:%S": "mdy",
    "%d %b %Y %H:%M:%S": "named",
    "%B %d, %Y %H:%M:%S": "named",
    "%a, %d %b %Y %H:%M:%S": "named",
}


def read(values: list[str | None], order: str, zone: str = "UTC") -> tuple[list[datetime | None], list[bool]]:
    made, bad = instants(pa.array(values, pa.string()), order=order, zone=zone)
    return made.to_pylist(), bad.tolist()


def seen(values: list[str]) -> tuple[str, bool]:
    evidence = Evidence()
    evidence.add(pa.array(values, pa.string()))
    return evidence.order()


few = settings(deadline=None, max_examples=15)


@pytest.mark.parametrize("form", FORMS)
@few
@given(written=st.lists(moments, min_size=1, max_size=20))
def test_every_way_of_writing_comes_back(form, written):
    made, bad = read([moment.strftime(form) for moment in written], FORMS[form])
    assert made == [moment.replace(tzinfo=UTC) for moment in written]
    assert not any(bad)


@few
@given(written=st.lists(st.dates(date(1971, 1, 1), date(2069, 12, 31)), min_size=1))
def test_a_column_is_read_as_it_was_written_or_asked_about(written):
    for form, order in (("%d/%m/%Y", "dmy"), ("%m/%d/%Y", "mdy")):
        found, sure = seen([day.strftime(form) for day in written])
        settled = any(day.day > 12 for day in written)
        assert sure == settled
        assert found == order or not settled


def test_one_day_beyond_twelve_settles_a_million():
    values = ["03/04/2024"] * 500 + ["13/04/2024"] + ["05/06/2024"] * 500
    assert seen(values) == ("dmy", True)
    assert seen([value.replace("13/04", "04/13") for value in values]) == ("mdy", True)
    assert seen(["03.04.2024", "05.06.2024"]) == ("dmy", True)
    assert seen(["13/04/2024", "04/13/2024"])[1] is False


@pytest.mark.parametrize(
    ("text", "order"),
    [
        *(("31/02/2024", "dmy"), ("02/31/2024", "mdy"), ("2024-02-30", "ymd"), ("29.02.2023", "dmy")),
        *(("13/13/2024", "dmy"), ("yesterday", "dmy"), ("2024-01-01 25:00", "ymd"), ("01/01/24 13:00 pm", "dmy")),
        *(("99999999999999", "unix_s"), ("x", "unix_ms"), ("-5", "excel"), ("00/01/2024", "dmy")),
    ],
)
def test_days_that_do_not_exist_are_bad(text, order):
    made, bad = read([text, None, "  "], order)
    assert made == [None, None, None]
    assert bad == [True, False, False]


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("1/2/24", "dmy", datetime(2024, 2, 1)),
        ("1/2/70", "dmy", datetime(1970, 2, 1)),
        ("31-12-69", "dmy", datetime(2069, 12, 31)),
        ("1. März 2024", "named", datetime(2024, 3, 1)),
        ("1er février 2024", "named", datetime(2024, 2, 1)),
        ("3 de octubre de 2024 14:05", "named", datetime(2024, 10, 3, 14, 5)),
        ("12 agosto 2024", "named", datetime(2024, 8, 12)),
        ("5 mei 2024", "named", datetime(2024, 5, 5)),
        ("2024年3月4日", "ymd", datetime(2024, 3, 4)),
        ("04/03/2024 14h30", "dmy", datetime(2024, 3, 4, 14, 30)),
        ("2024-03-04T10:11:12.5+02:00", "ymd", datetime(2024, 3, 4, 8, 11, 12, 500_000)),
        ("04/03/2024 12:30 AM", "dmy", datetime(2024, 3, 4, 0, 30)),
        ("04/03/2024 12:30 p.m.", "dmy", datetime(2024, 3, 4, 12, 30)),
        ("1709546400", "unix_s", datetime(2024, 3, 4, 10)),
        ("1709546400000", "unix_ms", datetime(2024, 3, 4, 10)),
        ("45355", "excel", datetime(2024, 3, 4)),
        ("45355.5", "excel", datetime(2024, 3, 4, 12)),
    ],
)
def test_single_spellings(text, order, expected):
    assert read([text], order) == ([expected.replace(tzinfo=UTC)], [False])


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["1709546400", "1709546401"], "unix_s"),
        (["1709546400000"] * 2, "unix_ms"),
        (["45355", "45356.25"], "excel"),
        (["4 Mar 2024", "Mar 5, 2024"], "named"),
        (["2024-03-04", "20240305"], "ymd"),
    ],
)
def test_orders_that_need_no_question(values, order):
    assert seen(values) == (order, True)


def test_times_without_a_zone_are_read_in_the_zone_given():
    made, _ = read(["2024-07-01 12:00", "2024-01-01 12:00", "2024-07-01 12:00Z"], "ymd", "Europe/Berlin")
    assert [moment.hour for moment in made if moment] == [10, 11, 12]
    twice, none = read(["27/10/2024 02:30", "31/03/2024 02:30"], "dmy", "Europe/Berlin")[0]
    assert twice == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)
    assert none - datetime(2024, 3, 31, 1, tzinfo=UTC) < timedelta(hours=1)


def test_blank_columns_are_no_dates():
    assert Evidence().share == 0
    made, bad = instants(pa.nulls(3, pa.string()), order="ymd")
    assert made.null_count == 3
    assert not np.any(bad)
