"""Themes by segment, by ticket and over time: counts as a person would count, chance told from change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import statsmodels.api as sm

from nineplus.analyses._theme_shares import against, comparable
from nineplus.analyses.contradictions import contradictions
from nineplus.analyses.theme_impact import theme_impact
from nineplus.analyses.theme_points import theme_points
from nineplus.analyses.theme_segments import theme_segments
from nineplus.analyses.theme_tickets import theme_tickets
from nineplus.analyses.theme_trend import theme_trend
from nineplus.model import BadFilter, Filter, Marker, Snapshot, Window
from tests.analyses._comments import read, world

NOW = datetime(2025, 12, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def rows():
    """Growth customers speak of the price four times as often; the portal is spoken of after Access tickets, and much
    more in November."""
    made = world(seed=5, n=1600)
    dice = np.random.default_rng(5)
    for i, one in enumerate(made):
        one["tier"] = ["T1", "T2", "T0"][i % 3]
        one["ticket_category"] = str(dice.choice(["Access", "Invoice", "Other"]))
        one["contradicts"] = bool(dice.random() < 0.03)
        if one["said"] is None:
            continue
        said = {theme: tone for theme, tone in one["said"].items() if theme.startswith("support")}
        if dice.random() < (0.32 if one["plan"] == "growth" else 0.08):
            said["pricing"] = "mixed"
        november = one["at"].month == 11
        if (
            dice.random()
            < (0.35 if one["ticket_category"] == "Access" and one["tier"] != "T0" else 0.06) + 0.35 * november
        ):
            said["portal"] = "negative"
        one["said"] = said
    return made


@pytest.fixture(scope="module")
def data(rows):
    found = read(rows, attributes=["plan"], markers=(Marker(NOW.date(), "A release"),))
    return replace(found, tickets=found.responses, snapshot=Snapshot("here", NOW, len(rows)))


def spoke(rows, theme, **wanted) -> tuple[int, int]:
    """Answers that speak of it, and answers with words."""
    words = [
        one for one in rows if one["said"] is not None and all(one[name] == value for name, value in wanted.items())
    ]
    return sum(any(slug.split(".")[0] == theme for slug in one["said"]) for one in words), len(words)


def row(table, **wanted):
    return next(one for one in table.rows if all(one[name] == value for name, value in wanted.items()))


def test_who_speaks_of_what_is_counted_and_told_apart(data, rows):
    result = theme_segments(data, by="plan", level="1")
    found = row(result.table("segments"), theme="pricing", segment="growth")
    hits, n = spoke(rows, "pricing", plan="growth")
    other, of = spoke(rows, "pricing", plan="starter")
    assert (found["mentions"], found["n"]) == (hits, n)
    assert found["share"].value == pytest.approx(100 * hits / n)
    assert found["negative"].value == found["share"].value  # mixed is both
    assert found["difference"].value == pytest.approx(100 * (hits / n - other / of))
    assert found["difference"].low < 24 < found["difference"].high
    assert found["apart"]
    assert not row(result.table("segments"), theme="support", segment="growth")["apart"]
    assert "Pricing at growth" in result.says or "Pricing at starter" in result.says
    assert result.to_json()


def test_one_theme_is_drawn_around_its_share_of_all(data, rows):
    result = theme_segments(data, by="plan", theme="pricing", tone="positive")
    hits, n = spoke(rows, "pricing")
    assert {one["theme"] for one in result.table("segments").rows} == {"pricing"}
    assert result.tables[0].figure.centre == pytest.approx(100 * hits / n)


def test_impacts_by_segment_are_those_of_the_segment_alone(data, rows):
    result = theme_segments(data, by="plan", measure="impact", level="1")
    alone = theme_impact(read([one for one in rows if one["plan"] == "growth"]), level="1")
    for theme in ("support", "pricing"):
        here, there = row(result.tables[0], theme=theme, segment="growth"), row(alone.tables[0], theme=theme)
        assert here["impact"].value == pytest.approx(there["impact"].value)
        assert here["impact"].low == pytest.approx(there["impact"].low, rel=0.3)  # other buckets, other leave-outs
    support = row(result.tables[0], theme="support", segment="growth")
    starter = row(result.tables[0], theme="support", segment="starter")
    assert support["difference"].value == pytest.approx(support["impact"].value - starter["impact"].value)
    assert not support["apart"]


def test_themes_after_tickets_stand_beside_the_plain_table(data, rows):
    result = theme_tickets(data, level="1")
    found = row(result.table("pairs"), theme="portal", category="Access")
    tied = [one for one in rows if one["tier"] != "T0"]
    hits, n = spoke(tied, "portal", ticket_category="Access")
    everywhere, of = spoke(tied, "portal")
    assert (found["mentions"], found["n"]) == (hits, n)
    plain = sm.stats.Table(np.array([[hits, n - hits], [everywhere - hits, of - n - (everywhere - hits)]]))
    assert found["residual"] == pytest.approx(plain.standardized_resids[0, 0])
    assert found["apart"]
    assert found["difference"].low < 29 < found["difference"].high
    assert "Portal after Access tickets" in result.says
    assert not row(result.table("pairs"), theme="support", category="Invoice")["apart"]


def test_the_last_whole_window_is_held_against_the_one_before(data, rows):
    result = theme_trend(data, level="1")
    found = row(result.table("change"), theme="portal")
    november = [one for one in rows if one["at"].month == 11]
    hits, n = spoke(november, "portal")
    assert result.table("change").title == "November 2025 against October 2025"
    assert found["now"].value == pytest.approx(100 * hits / n)
    assert found["apart"]
    assert found["change"].low < 35 < found["change"].high
    assert "Portal up to" in result.says
    assert not row(result.table("change"), theme="pricing")["apart"]
    months = result.table("trend-portal").rows
    assert len(months) == 12
    assert [one["full"] for one in months] == [True] * 11 + [False]
    assert months[10]["share"].value == found["now"].value
    assert [marker.label for marker in result.table("trend-portal").figure.markers] == ["A release"]


def test_a_parent_that_is_asked_for_has_its_children(data, rows):
    result = theme_trend(data, theme="support", window="quarter")
    hits, _ = spoke([one for one in rows if one["at"].month <= 3], "support")
    assert result.table("trend-support").rows[0]["mentions"] == hits
    speed = theme_trend(data, theme="support.speed", window="quarter")
    assert speed.table("trend-support-speed").title.startswith("Support: Speed")


def shares(dice: np.random.Generator, rate: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    sizes = np.bincount(dice.integers(0, 64, n), minlength=64).astype(float)
    return dice.binomial(sizes.astype(int), rate).astype(float)[None], sizes


@pytest.mark.parametrize(("n", "rate"), [(60, 0.06), (400, 0.02), (150, 0.4)])
def test_what_is_alike_is_seldom_told_apart(n, rate):
    dice = np.random.default_rng(8)
    false = looked = 0
    for _ in range(400):
        (own, sizes), (rest, others) = shares(dice, rate, n), shares(dice, rate, 900)
        if comparable(own.sum(axis=1), sizes.sum(), rest.sum(axis=1), others.sum())[0]:
            looked += 1
            false += against(own, sizes, rest, others).p_values()[0] < 0.05
    assert looked > 100
    assert false / looked < 0.08


def test_contradictions_are_counted(data, rows):
    result = contradictions(data)
    words = [one for one in rows if one["said"] is not None]
    told = [one for one in words if one["contradicts"]]
    assert result.estimate.value == pytest.approx(100 * len(told) / len(words))
    assert result.estimate.low < 3 < result.estimate.high
    high, low = result.tables[0].rows
    assert high["answers"] == sum(one["score"] >= 9 for one in told)
    assert high["answers"] + low["answers"] == len(told)
    quiet = contradictions(read([{**one, "contradicts": False} for one in rows[:200]]))
    assert quiet.says.startswith("None of")


@pytest.mark.parametrize(
    ("ask", "options"),
    [
        (theme_segments, {"by": "plan"}),
        (theme_segments, {"by": "plan", "measure": "impact"}),
        (theme_tickets, {}),
        (theme_trend, {}),
        (contradictions, {}),
    ],
)
def test_too_little_is_refused(data, ask, options):
    assert ask(replace(data, response_reading=None), **options).refused
    few = [{"score": 9, "said": {"pricing": "positive"}, "plan": "growth"}] * 3
    found = read(few, attributes=["plan"])
    assert ask(replace(found, tickets=found.responses), **options).refused


@pytest.mark.parametrize(
    ("ask", "options"),
    [
        (theme_segments, {"by": "region"}),
        (theme_segments, {"by": "plan", "measure": "size"}),
        (theme_segments, {"by": "plan", "theme": "weather"}),
        (theme_tickets, {"tone": "angry"}),
        (theme_trend, {"window": "day"}),
    ],
)
def test_what_there_is_not_is_said(data, ask, options):
    with pytest.raises(BadFilter):
        ask(data, **options)


def test_a_small_segment_is_hidden_with_the_next(data, rows):
    some, spoken = [], 0
    for one in rows:
        spoken += one["said"] is not None
        some.append({**one, "plan": "trial" if spoken < 4 else "basic" if spoken < 14 else one["plan"]})
    result = theme_segments(read(some, attributes=["plan"]), by="plan", level="1")
    assert {one["segment"] for one in result.tables[0].rows} == {"growth", "starter"}
    assert len(result.warnings) == 2


def test_points_over_time_are_those_of_each_windows_own_answers(data, rows):
    """Each quarter's points are theme-impact's of that quarter; November's portal costs more: it is spoken of more."""
    found = theme_points(data, window="quarter", level="1")
    trend = next(table for table in found.tables if table.name == "points-portal")
    quarter = {row["period"]: row["impact"] for row in trend.rows}
    last = max(quarter)
    own = data.narrowed(Filter(window=Window(last, None)))
    alone = next(row for row in theme_impact(own, level="1").tables[0].rows if row["theme"] == "portal")
    assert quarter[last].value == pytest.approx(alone["impact"].value)
    assert quarter[last].low == pytest.approx(alone["impact"].low)
    assert not trend.rows[-1]["full"], "the quarter had not ended"
    later = replace(data, snapshot=Snapshot("later", datetime(2026, 1, 2, tzinfo=UTC), len(rows)))
    [change] = [table for table in theme_points(later, theme="portal").tables if table.name == "change"]
    assert change.title == "Q4 2025 against Q3 2025"
    [row] = change.rows
    assert row["change"].value == pytest.approx(row["now"].value - row["before"].value)
    assert row["change"].value < 0


def test_points_over_time_say_why_they_are_not_told(rows):
    few = read(rows[:40])
    assert theme_points(few).refusal
    assert theme_points(replace(few, response_theme=None, response_reading=None)).refusal
