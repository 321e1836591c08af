"""Several tickets before an answer, against companies in which each ticket fades and all add up."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from nineplus.analyses.drivers import drivers, prepare
from nineplus.mart.memory import dataset
from nineplus.mart.schema import SOURCES
from nineplus.model import BadFilter

FRESH = -30.0
"""NPS points that one fresh breach costs; half after each fortnight, twice for two."""
_START = np.datetime64("2026-01-01", "us")
_DAY = 86_400_000_000


def company(*, seed, answers=2500, people=500, alone=False):
    """A Dataset made by the real mart from tickets and answers, and what never breaching would gain in points.

    `alone`: only the last ticket before the answer counts, however old.
    """
    rng = np.random.default_rng(seed)
    tickets = answers * 3
    owner = rng.integers(0, people, tickets)
    solved = rng.integers(0, 360 * _DAY, tickets)
    breached = rng.random(tickets) < 0.3
    asked = rng.integers(30 * _DAY, 360 * _DAY, answers)
    who = rng.integers(0, people, answers)
    exposure, last = np.zeros(answers), np.zeros(answers)
    for i in range(answers):
        mine = np.flatnonzero((owner == who[i]) & (solved <= asked[i]) & (asked[i] - solved <= 30 * _DAY))
        exposure[i] = (0.5 ** ((asked[i] - solved[mine]) / (14 * _DAY)) * breached[mine]).sum()
        last[i] = breached[mine[np.argmax(solved[mine])]] if len(mine) else 0.0
    cause = last if alone else exposure
    mood = rng.normal(0, 0.05, people // 4)[who // 4]
    shift = np.clip(0.15 - mood - FRESH / 200 * cause, 0, 1)
    draw = rng.random(answers)
    score = np.where(draw < shift, 3, np.where(draw < shift + 0.3, 8, 10))

    def instants(micros):
        return (_START + micros.astype("timedelta64[us]")).astype("datetime64[us]")

    known = {
        "tickets": {
            "ticket": [f"t{i}" for i in range(tickets)],
            "contact": [f"c{i}" for i in owner],
            "account": [f"a{i // 4}" for i in owner],
            "opened_at": instants(solved - _DAY),
            "resolved_at": instants(solved),
            "sla_breached": breached,
            "reopens": (rng.random(tickets) < 0.1).astype("int32"),
        },
        "responses": {
            "response": [f"r{i}" for i in range(answers)],
            "contact": [f"c{i}" for i in who],
            "account": [f"a{i // 4}" for i in who],
            "survey": ["s"] * answers,
            "score": score.astype("int8"),
            "answered_at": instants(asked),
        },
    }
    sources = {
        name: pa.table({field.name: known[name].get(field.name, pa.nulls(len(known[name][first]), field.type))
                        for field in SOURCES[name]}, schema=SOURCES[name])
        for name, first in (("tickets", "ticket"), ("responses", "response"))
    }  # fmt: skip
    return dataset(sources, now=datetime(2027, 1, 1, tzinfo=UTC)), -FRESH * cause.mean()


def breach(result):
    return next(row for row in result.table("drivers").rows if row["driver"] == "sla_breached")


@pytest.fixture(scope="module")
def fading():
    return company(seed=1)


@pytest.fixture(scope="module")
def answer(fading):
    return drivers(fading[0])


def test_tickets_that_fade_and_add_up_are_counted_together(fading, answer):
    assert answer.figures["tickets"] == "all"
    assert answer.figures["half_life_days"] == 14
    assert any("all of them count together, each half as much every 14 days" in said for said in answer.assumptions)
    found = breach(answer)
    assert found["effect"].low <= FRESH <= found["effect"].high
    assert found["points"].low <= fading[1] <= found["points"].high
    assert "after a fresh ticket that breached its SLA" in answer.says
    one = breach(drivers(fading[0], tickets="primary"))
    assert one["effect"].high > FRESH * 0.8  # one ticket alone misses the older ones and how fresh it is


def test_where_only_the_last_ticket_counts_that_is_what_is_used():
    data, gain = company(seed=2, alone=True)
    result = drivers(data)
    assert result.figures["tickets"] == "primary"
    assert any("which explains as much as all of them together" in said for said in result.assumptions)
    found = breach(result)
    assert found["effect"].low <= FRESH <= found["effect"].high
    assert found["points"].low <= gain <= found["points"].high


def test_intervals_hold_the_truth_as_often_as_they_say():
    """Of 10 intervals of 95 % two miss or fewer (1 time in 100 more)."""
    held = 0
    for seed in range(10, 20):
        data, _ = company(seed=seed, answers=1200, people=400)
        held += FRESH in breach(drivers(data, controls="none", tickets="all"))["effect"].interval
    assert held >= 8


def test_sums_over_links_are_those_of_plain_rows(fading):
    """The regression's sums against the same sums made row by row from the links."""
    data = fading[0]
    columns, *_ = prepare(data, controls="none", tickets="all")
    whole = columns.sums.moments.sum(axis=0)
    at = next(place for label, place, worse in columns.bins["sla_breached"] if worse)
    links, rows = data.response_ticket.to_pandas(), data.responses.to_pandas()
    links = links[links.tier.isin(["T1", "T2"])]
    bad = links.weight.where(links.sla_breached, 0.0).groupby(links.response).sum()
    x = rows.response.map(bad).fillna(0.0)
    y = 100.0 * ((rows.score >= 9).astype(float) - (rows.score <= 6))
    again = links.weight.where(links.reopens > 0, 0.0).groupby(links.response).sum()
    other = rows.response.map(again).fillna(0.0)
    reopened = next(place for label, place, worse in columns.bins["reopens"] if worse)
    weight = rows.response.map(links.groupby("response").weight.sum()).fillna(0.0)
    month = rows.month.astype(str).str[:7]
    at_month, name = next((i, label) for i, (slug, label) in enumerate(columns.sums.columns) if slug == "period")
    its_month = str(pd.Period(name, "M"))
    assert whole[0, 1 + at] == pytest.approx(x.sum())
    assert whole[1 + at, 1 + at] == pytest.approx((x * x).sum())
    assert whole[1 + at, -1] == pytest.approx((x * y).sum())
    assert whole[1 + at, 1 + reopened] == pytest.approx((x * other).sum())
    assert whole[1 + at, -2] == pytest.approx((x * weight).sum())
    assert whole[1 + at, 1 + at_month] == pytest.approx(x[month == its_month].sum())
    assert columns.affected["sla_breached"] == (x > 0).sum()


def test_what_counts_can_be_chosen_and_nothing_else(fading):
    assert drivers(fading[0], tickets="primary").figures["tickets"] == "primary"
    with pytest.raises(BadFilter, match="all or primary"):
        drivers(fading[0], tickets="some")
