"""Windows, half-life and negative control against companies whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from nineplus.analyses.attribution import attribution
from nineplus.analyses.attribution_windows import attribution_windows
from nineplus.mart.memory import dataset
from nineplus.model.attribution import Judged
from nineplus.sample.company import company

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def sample():
    made = company(until=date(2026, 6, 1), accounts=200, contacts=1500, tickets=5000)
    return dataset(made.sources, now=NOW), made.truth


@pytest.fixture(scope="module")
def result(sample):
    return attribution_windows(sample[0])


def test_the_sample_companys_effect_is_found_and_shrinks_in_longer_windows(sample, result):
    rows = {row["window"]: row for row in result.table("windows").rows}
    near, far = rows["30 days"], rows["90 days"]
    # a bad ticket there has at least one of three facts, each of which costs that much
    low, high = near["effect"].interval
    assert low < min(sample[1][name] for name in ("breach", "reopened", "escalated")) + 5
    assert high < 0
    assert near["coverage"] < far["coverage"]
    assert abs(near["effect"].value) > abs(far["effect"].value)
    assert result.figures["half_life_days"] in (7, 14, 28)


def test_what_came_after_the_answer_has_no_effect(result):
    [row] = result.table("negative_control").rows
    assert row["effect"].low < 0 < row["effect"].high
    assert result.figures["negative_control"] == "passed"


def test_wrong_links_are_taken_out_once_enough_were_judged(sample):
    data = replace(sample[0], judged=(Judged("T1", 60, 0), Judged("T2", 30, 10, unsure=4)))
    before, after = (row["effect"] for row in attribution_windows(data).table("corrected").rows)
    told = attribution(data)
    assert after.value == pytest.approx(before.value / told.figures["precision"])
    assert after.high - after.low > before.high - before.low
    assert told.figures["judged"] == 100
    assert "judged by hand" in told.assumptions[0]
    assert told.table("precision").rows[1]["unsure"] == 4


def test_fewer_judged_links_say_that_they_are_not_enough(sample):
    told = attribution(replace(sample[0], judged=(Judged("T1", 40, 2),)))
    assert told.figures["precision"] is None
    assert "42 links of the 100" in told.assumptions[0]


def test_coverage_by_segment_adds_up_and_says_why(sample):
    table = attribution(sample[0], by="plan").table("by_plan")
    assert {row["by_plan"] for row in table.rows} == {"Starter", "Growth", "Enterprise"}
    assert sum(row["n"] for row in table.rows) == attribution(sample[0]).figures["n"]
    assert all(row["why"] for row in table.rows)


def test_too_little_is_refused(sample):
    data = sample[0]
    few = replace(data, responses=data.responses.filter(data.responses.bucket < 1))
    assert "at least 200" in attribution_windows(few).refusal
    assert "no tickets" in attribution_windows(replace(data, tickets=None)).refusal
