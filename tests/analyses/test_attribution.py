from __future__ import annotations

from dataclasses import replace

import pytest

from nineplus.analyses.attribution import attribution
from nineplus.mart.engines.duckdb import connect
from nineplus.stats.nps import wilson
from tests.analyses.service_world import company


@pytest.fixture(scope="module")
def data():
    return company(connect(), seed=9, answers=600)[0]


@pytest.fixture(scope="module")
def result(data):
    return attribution(data)


def test_coverage_is_counted_from_the_rows(data, result):
    tiers = data.responses.tier.to_pandas()
    covered = int(tiers.isin(["T1", "T2"]).sum())
    assert result.figures["linked"] == covered
    assert result.figures["coverage"] == pytest.approx(covered / 600)
    low, high = wilson(covered, 600)  # as if every answer were independent
    assert result.figures["coverage_low"] < low < covered / 600 < high < result.figures["coverage_high"]
    assert result.estimate.n_eff <= 600
    assert result.estimate.value == pytest.approx(100 * covered / 600)
    assert {row["tier"]: row["n"] for row in result.table("tiers").rows} == {
        tier: int((tiers == tier).sum()) for tier in ("T1", "T2", "T3", "T0")
    }


def test_every_miss_has_its_reason_and_they_add_up(result):
    rows = result.table("misses").rows
    assert {row["code"] for row in rows} == {"no_ticket", "outside_window"}
    assert sum(row["n"] for row in rows) == 600 - result.figures["linked"]
    assert sum(row["share"] for row in rows) == pytest.approx(1)


def test_surveys_and_months_add_up(result):
    for name in ("by_survey", "by_month"):
        assert sum(row["n"] for row in result.table(name).rows) == 600
    assert len(result.table("by_month").rows) == 6
    assert result.to_json()


def test_low_coverage_is_said(data):
    rows = data.responses
    thin = replace(data, responses=rows.mutate(tier=(rows.survey == "support").ifelse("T0", rows.tier)))
    assert any("Coverage is low" in warning for warning in attribution(thin).warnings)


def test_without_tickets_or_answers_it_refuses(data):
    assert "no tickets" in attribution(replace(data, tickets=None)).refusal
    assert "no answers" in attribution(replace(data, responses=data.responses.filter(False))).refusal


def test_answers_of_one_account_have_a_coverage_without_an_interval(data):
    rows = data.responses.filter(data.responses.cluster == data.responses.cluster.max().as_scalar())
    alone = attribution(replace(data, responses=rows))
    assert (alone.estimate.low, alone.figures["coverage_low"]) == (None, None)
    assert " % of answers are tied" in alone.says
