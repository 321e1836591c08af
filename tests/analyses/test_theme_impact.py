"""What themes cost: least squares on rows agrees, what is only mentioned beside costs nothing, nobody is recognised."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from nineplus.analyses.theme_impact import theme_impact
from nineplus.model import BadFilter, Filter, Grade
from tests.analyses._comments import read, world


@pytest.fixture(scope="module")
def rows():
    return world(seed=3, n=1800)


@pytest.fixture(scope="module")
def data(rows):
    return read(rows, attributes=["plan"])


@pytest.fixture(scope="module")
def answer(data):
    return theme_impact(data, level="2")


def row(result, theme, tone=None):
    table = result.table("tones" if tone else "themes").rows
    return next(row for row in table if row["theme"] == theme and (tone is None or row["tone"] == tone))


def by_rows(rows, *, level="2", controls=()):
    """Indicators as a person would make them, and statsmodels' coefficients."""
    frame = pd.DataFrame({"y": [100.0 * ((r["score"] >= 9) - (r["score"] <= 6)) for r in rows]})
    for i, one in enumerate(rows):
        if one["said"] is None:
            frame.loc[i, "no comment"] = 1.0
        tones: dict[str, set[str]] = {}
        for theme, sentiment in (one["said"] or {}).items():
            heard = {"mixed": {"positive", "negative"}, "neutral": set()}.get(sentiment, {sentiment})
            tones.setdefault(theme if level == "2" else theme.split(".")[0], set()).update(heard)
        for theme, heard in tones.items():
            for tone in heard or {"neither"}:
                frame.loc[i, f"{theme} {tone}"] = 1.0
    frame = frame.fillna(0.0)
    for name in controls:
        values = pd.Series([name(r) for r in rows], dtype="string")
        frame = frame.join(pd.get_dummies(values, drop_first=True, dtype=float))
    return sm.OLS(frame.y, sm.add_constant(frame.drop(columns="y"))).fit()


@pytest.mark.parametrize("level", ["1", "2"])
def test_it_is_least_squares_on_all_themes_at_once(rows, data, level):
    truth = by_rows(rows, level=level)
    found = {f"{row['theme']} {row['tone']}": row for row in theme_impact(data, level=level).table("tones").rows}
    assert set(found) == set(truth.params.index) - {"const", "no comment"}
    for name, one in found.items():
        assert one["effect"].value == pytest.approx(truth.params[name], abs=1e-6)
        assert one["impact"].value == pytest.approx(truth.params[name] * one["share"], abs=1e-6)


def test_held_equal_it_is_least_squares_with_the_controls(rows, data):
    truth = by_rows(rows, controls=[lambda r: r["plan"], lambda r: f"{r['at']:%Y-%m}"])
    result = theme_impact(data, level="2", adjust=True)
    for one in result.table("tones").rows:
        assert one["effect_adjusted"].value == pytest.approx(truth.params[f"{one['theme']} {one['tone']}"], abs=1e-6)
    assert row(result, "portal")["impact_adjusted"].value != row(result, "portal")["impact"].value
    assert "adjusted" in result.method


def test_base_and_impacts_add_up_to_nps(answer, rows):
    parts = answer.table("sum").rows
    nps = np.mean([100.0 * ((r["score"] >= 9) - (r["score"] <= 6)) for r in rows])
    assert parts[-1]["part"] == "NPS"
    assert parts[-1]["points"].value == pytest.approx(nps)
    assert sum(part["points"].value for part in parts[:-1]) == pytest.approx(nps)
    themes = sum(one["impact"].value for one in answer.table("themes").rows)
    assert themes == pytest.approx(next(part["points"].value for part in parts if part["part"] == "Themes"))


def test_bad_support_costs_and_the_portal_beside_it_does_not(answer):
    first = answer.table("themes").rows[0]
    assert first["theme"].startswith("support")
    assert first["clear"]
    assert first["impact"].high < 0
    assert row(answer, "portal", "negative")["effect"].low > -25  # those who mention it are 45 points lower
    assert not row(answer, "portal")["clear"]
    assert answer.estimate == first["impact"]
    assert first["title"] in answer.says
    assert "costs most" in answer.says
    assert answer.evidence is Grade.D


def test_intervals_hold_a_theme_that_does_nothing():
    held = 0
    for seed in range(40, 48):
        found = row(theme_impact(read(world(seed=seed, n=700)), level="1"), "portal", "negative")["effect"]
        held += found.low <= 0 <= found.high
    assert held >= 7


def test_children_count_for_their_parent_on_the_first_level(data, answer):
    parent = row(theme_impact(data, level="1"), "support")
    children = [one for one in answer.table("themes").rows if one["theme"].startswith("support")]
    assert {one["title"] for one in children} == {"Support in general", "Support: Speed", "Support: Courtesy"}
    assert parent["title"] == "Support"
    assert parent["mentions"] == sum(one["mentions"] for one in children)  # one a comment, in this world
    assert parent["accounts"] < sum(one["accounts"] for one in children)


def test_auto_takes_the_level_that_the_answers_bear(data):
    assert theme_impact(data).figures["level"] == 2
    assert theme_impact(read(world(seed=2, n=160)), level="auto").figures["level"] == 1
    with pytest.raises(BadFilter, match="level"):
        theme_impact(data, level="3")


def test_what_few_people_say_is_shown_in_sum_only(rows):
    few = [dict(one) for one in rows]
    for place, theme in enumerate(["security", "api", "security", "api", "training", "security"]):
        spoken = [one for one in few if one["said"] is not None][place * 7]
        spoken["said"] = {**spoken["said"], theme: "negative"}
    result = theme_impact(read(few), level="2")
    assert not {"security", "api", "training"} & {one["theme"] for one in result.table("themes").rows}
    hidden = row(result, "", "negative")
    assert hidden["mentions"] == 6
    assert hidden["title"] == "Too small to show"
    assert any("3 themes" in said for said in result.warnings)
    assert "security" not in result.to_json()
    parts = [part["points"].value for part in result.table("sum").rows]
    assert sum(parts[:-1]) == pytest.approx(parts[-1])


def test_a_tone_of_few_is_counted_and_has_no_effect_of_its_own(rows):
    few = [dict(one) for one in rows]
    for one in [one for one in few if one["said"] is not None][:2]:
        one["said"] = {**one["said"], "portal": "positive"}
    result = theme_impact(read(few), level="2")
    assert row(result, "portal")["positive"] == 2
    assert [one["tone"] for one in result.table("tones").rows if one["theme"] == "portal"] == ["negative"]


def test_what_is_always_said_together_has_no_points_of_its_own(rows):
    twins = [{**one, "said": one["said"] and {**one["said"]}} for one in rows]
    for one in twins:
        if one["said"] and "portal" in one["said"]:
            one["said"]["mobile"] = "negative"
    result = theme_impact(read(twins), level="2")
    impacts = [row(result, theme)["impact"] for theme in ("portal", "mobile")]
    assert sorted(found.available for found in impacts) == [False, True]
    assert any("Cannot be told from other mentions" in said for said in result.warnings)
    assert result.to_json()


def test_comments_without_words_and_unread_ones_have_parts_of_their_own(rows):
    some = [dict(one) for one in rows]
    spoken = [one for one in some if one["said"] is not None]
    for one in spoken[:60]:
        one["said"], one["nothing"] = None, "no words"
    for one in spoken[60:100]:
        one["unread"] = True
    result = theme_impact(read(some, attributes=["plan"]), level="2", adjust=True)
    parts = {part["part"]: part["points"] for part in result.table("sum").rows}
    silent = sum(one["said"] is None for one in some)
    assert parts["Answers without words"].n == silent
    assert parts["Comments not read yet"].n == 40
    assert result.figures["words"] == len(some) - silent - 40
    assert any("40 comments not read" in said for said in result.warnings)
    truth = by_rows([one for one in some if not one.get("unread")])
    assert row(result, "support", "negative")["effect"].value == pytest.approx(truth.params["support negative"], abs=6)


def test_it_refuses_what_it_cannot_answer(data, rows):
    assert theme_impact(replace(data, response_theme=None)).refused
    assert "at least 100" in theme_impact(read(rows[:120])).refusal
    one_account = [{**one, "account": "same"} for one in rows]
    assert "groups of accounts" in theme_impact(read(one_account)).refusal
    agreed = [{**one, "score": 9} for one in rows]
    assert "nothing for themes to explain" in theme_impact(read(agreed)).refusal
    silent = [{**one, "said": None if one["said"] is None else {}} for one in rows]
    assert theme_impact(read(silent)).refused


def test_a_filter_narrows_mentions_too(data, rows):
    starter = theme_impact(data.narrowed(Filter(attributes=(("plan", ("starter",)),))), level="1")
    same = theme_impact(read([one for one in rows if one["plan"] == "starter"]), level="1")
    assert row(starter, "pricing")["mentions"] == row(same, "pricing")["mentions"]
    assert row(starter, "support")["impact"].value == pytest.approx(row(same, "support")["impact"].value)
    assert starter.to_json()
