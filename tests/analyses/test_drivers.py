from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest

from nineplus.analyses._driver_model import fit
from nineplus.analyses.drivers import _says, drivers, prepare
from nineplus.analyses.what_if import what_if
from nineplus.mart.bins import with_bins
from nineplus.mart.dataset import Dataset
from nineplus.mart.engines.duckdb import connect
from nineplus.mart.memory import from_table
from nineplus.model import BadFilter, Grade
from nineplus.stats.jackknife import Replicates
from tests.analyses.service_world import company

RAVENSTACK = Path(__file__).parents[3] / "shared" / "data" / "saas_ravenstack"


@pytest.fixture(scope="module")
def engine():
    return connect()


@pytest.fixture(scope="module")
def planted(engine):
    data, without = company(engine, seed=1, breach=-0.8)
    return data, without


@pytest.fixture(scope="module")
def answer(planted):
    return drivers(planted[0])


def row(result, slug):
    return next(row for row in result.table("drivers").rows if row["driver"] == slug)


def truth(data, without):
    """Mean change of the answers that followed a breach, and the points of NPS behind it."""
    rows = data.responses.select("score", "sla_breached").to_pandas()
    given = 100.0 * ((rows.score >= 9).astype(float) - (rows.score <= 6))
    hit = rows.sla_breached.fillna(False).astype(bool)
    return (given - without)[hit].mean(), -(given - without)[hit].sum() / len(rows)


def test_the_planted_breach_is_the_headline_and_its_interval_holds_the_truth(planted, answer):
    effect, points = truth(*planted)
    found = row(answer, "sla_breached")
    assert found["effect"].low <= effect <= found["effect"].high
    assert found["points"].low <= points <= found["points"].high
    assert answer.table("drivers").rows[0]["driver"] == "sla_breached"
    assert answer.estimate == found["points"]
    assert answer.says.find("breached its SLA") > 0
    assert answer.evidence is Grade.D
    assert found["rank_low"] == 1
    assert (" weighs most: " in answer.says) == (found["rank_high"] == 1)
    assert (f" may weigh most (rank 1 to {found['rank_high']}): " in answer.says) == (found["rank_high"] > 1)
    assert found["importance"] > 0.5


def test_intervals_are_honest_over_repeated_worlds(engine):
    held = 0
    for seed in range(20, 32):
        data, without = company(engine, seed=seed, answers=1200, accounts=120, breach=-0.6)
        effect, _ = truth(data, without)
        found = row(drivers(data, controls="plan"), "sla_breached")["effect"]
        held += found.low <= effect <= found.high
    assert held >= 10


def test_of_two_that_weigh_alike_none_is_said_to_weigh_most(planted):
    found = fit(prepare(planted[0], controls="none")[0])
    level = found.points.without - found.points.value + 3.0
    alike = replace(found, points=Replicates(np.full_like(found.points.value, 3.0), level, 40.0))
    assert "may weigh most (rank 1 to " in _says(alike, 0, 5000, 0.95, better=True)
    steady = np.zeros_like(found.points.without)
    steady[:, 0] = 90.0
    alone = replace(found, points=Replicates(steady[0], steady, 40.0))
    assert " weighs most: " in _says(alone, 0, 5000, 0.95, better=True)


def test_where_bad_service_goes_with_better_answers_it_is_not_called_a_driver(engine):
    data, _ = company(engine, seed=7, answers=4000, breach=+0.8)
    result = drivers(data)
    found = row(result, "sla_breached")
    assert found["clear"]
    assert found["points"].high < 0
    assert result.estimate is None or result.estimate.value > 0
    assert "SLA breach" not in result.says


def test_points_are_share_times_effect_and_shares_add_up(answer):
    for found in answer.table("drivers").rows:
        assert found["points"].value == pytest.approx(-found["share"] * found["effect"].value)
    assert sum(found["importance"] for found in answer.table("drivers").rows) == pytest.approx(1)
    assert answer.to_json()


def test_first_response_has_a_larger_total_than_direct_effect(engine):
    data, _ = company(engine, seed=2, answers=6000, breach=-0.8)
    found = row(drivers(data), "first_response_hours")
    assert found["total_effect"].value < found["effect"].value - 5


def test_nothing_is_found_where_nothing_is(engine):
    data, _ = company(engine, seed=3)
    result = drivers(data)
    assert result.estimate is None
    assert not any(found["clear"] for found in result.table("drivers").rows)
    assert result.says.find("No service fact can be distinguished from zero") >= 0


def test_the_negative_control_passes_in_a_clean_world_and_fails_in_a_confounded_one(engine, answer):
    assert answer.figures["negative_control"] == "passed"
    data, _ = company(engine, seed=4, answers=8000, confounded=True)
    result = drivers(data)
    assert result.figures["negative_control"] == "failed"
    assert any("negative control fails" in warning for warning in result.warnings)


def test_few_answers_are_candidates_and_very_few_are_refused(engine, answer):
    assert answer.figures["candidates"]
    assert "candidates" in answer.says
    few, _ = company(engine, seed=5, answers=150)
    refused = drivers(few)
    assert refused.refused
    assert "at least 200 answers tied to a ticket" in refused.refusal
    many, _ = company(engine, seed=6, answers=5000)
    assert not drivers(many).figures["candidates"]


def test_few_accounts_are_refused(engine):
    data, _ = company(engine, seed=7, answers=800, accounts=5)
    assert "groups of accounts" in drivers(data).refusal


def test_no_tickets_and_no_answers_are_refused():
    frame = pd.DataFrame({"score": [9, 3, 10] * 100, "region": ["a", "b", "c"] * 100})
    assert "these data have 0" in drivers(from_table(ibis.memtable(frame))).refusal
    assert drivers(from_table(ibis.memtable(frame.head(0).astype({"score": "int8"})))).refused


def test_scores_without_variation_are_refused(planted):
    data = planted[0]
    same = replace(data, responses=data.responses.mutate(score=ibis.literal(10, "int8")))
    assert "nothing for service to explain" in drivers(same).refusal


def test_owners_are_never_held_equal_and_teams_only_when_asked(planted, answer):
    assert answer.figures["controls"] == ["period", "plan", "survey"]
    with pytest.raises(BadFilter, match="people are not adjusted away"):
        drivers(planted[0], controls="ticket_owner")
    with pytest.raises(BadFilter, match="no attribute 'colour'"):
        drivers(planted[0], controls="colour")
    assert drivers(planted[0], controls="ticket_team").figures["controls"] == ["period", "ticket_team"]


def test_facts_that_cannot_be_told_apart_become_one_group(planted, answer):
    data = planted[0]
    rows = data.responses
    twin = replace(data, responses=with_bins(rows.mutate(escalations=rows.sla_breached.cast("int32"))))
    same = row(drivers(twin), "sla_breached+escalations")
    assert same["points"].value == pytest.approx(row(answer, "sla_breached")["points"].value, abs=0.3)
    assert same["title"] == "SLA breach and Escalations"
    nearly = ibis.ifelse(
        rows.response.endswith("77"), 1 - rows.sla_breached.cast("int32"), rows.sla_breached.cast("int32")
    )
    close = drivers(replace(data, responses=with_bins(rows.mutate(escalations=nearly))))
    assert row(close, "sla_breached+escalations")["clear"]
    assert any("cannot be told apart" in warning for warning in close.warnings)


def test_bins_read_from_the_mart_and_bins_computed_are_the_same_answer(planted, answer):
    data = planted[0]
    assert {name + "_bin" for name in ("reopens", "later_sla_breached")} <= set(data.responses.columns)
    bare = data.responses.drop(*(name for name in data.responses.columns if name.endswith("_bin")))
    assert drivers(replace(data, responses=bare)) == answer


def test_the_order_of_rows_changes_nothing(planted, answer):
    data = planted[0]
    turned = replace(data, responses=data.responses.order_by(ibis.desc("response")))
    assert drivers(turned).to_json() == answer.to_json()


@pytest.mark.skipif(not RAVENSTACK.is_dir(), reason="shared/data is not beside the project")
def test_nothing_strong_in_data_where_nothing_was_planted(engine):
    tickets = pd.read_csv(RAVENSTACK / "ravenstack_support_tickets.csv")
    tickets = tickets[tickets.satisfaction_score.notna()]
    frame = pd.DataFrame(
        {
            "response": tickets.ticket_id,
            "account": tickets.account_id,
            "score": (2 * tickets.satisfaction_score).astype("int8"),
            "tier": "T1",
            "first_response_hours": tickets.first_response_time_minutes / 60,
            "resolution_hours": tickets.resolution_time_hours.astype(float),
            "escalations": tickets.escalation_flag.astype("int32"),
        }
    )
    table = engine.create_table("ravenstack", frame, temp=True)
    result = drivers(from_table(table))
    assert not result.refused
    for found in result.table("drivers").rows:
        assert abs(found["points"].value) < 15
        assert not found["clear"]


def test_what_if_is_the_total_effect_on_the_share_that_changes(planted, answer):
    data: Dataset = planted[0]
    result = what_if(data, driver="sla_breached", target_share=0.76)
    found = row(answer, "sla_breached")
    change = (1 - result.figures["now"]) - 0.24
    recorded = found["affected"] / (1 - result.figures["now"]) / answer.figures["n"]
    assert result.estimate.value == pytest.approx(-change * recorded * found["total_effect"].value)
    assert result.estimate.low < result.estimate.value < result.estimate.high
    assert "no unmeasured confounding" in " ".join(result.assumptions)


def test_what_if_refuses_what_nobody_has_reached_and_unknown_drivers(planted):
    data = planted[0]
    refused = what_if(data, driver="sla_breached", target_share=0.99)
    assert "outside what any team or month has reached" in refused.refusal
    assert refused.table("reached").rows
    with pytest.raises(BadFilter, match="There is no driver 'weather'"):
        what_if(data, driver="weather")
    with pytest.raises(BadFilter, match="between 0 and 1"):
        what_if(data, target_share=95)


def test_bins_below_thirty_join_their_neighbour(planted):
    data = planted[0]
    rows = data.responses
    rare = replace(
        data, responses=with_bins(rows.mutate(reopens=ibis.ifelse(rows.response.isin(["r1", "r2"]), 5, rows.reopens)))
    )
    bins = [r["bin"] for r in drivers(rare).table("effects").rows if r["driver"] == "reopens"]
    assert bins[:2] == ["0 (reference)", "1 / 2 or more"]


def test_values_stay_finite(answer):
    for found in answer.table("drivers").rows:
        assert np.isfinite([found["points"].low, found["points"].high, found["vif"]]).all()
