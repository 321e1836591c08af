"""Rising themes: accounts counted once, the week in progress left alone, silence where nothing is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from nineplus.analyses.rising_themes import rising_themes
from nineplus.model import Snapshot
from tests.analyses._comments import read

START = datetime(2025, 6, 2, tzinfo=UTC)  # a Monday
NOW = START + timedelta(weeks=30, days=2)


def history(*, weeks: int = 30, rise: int = 0, per_week: int = 40, seed: int = 3):
    """Every week 40 accounts: a tenth speak of the portal, a fifth of the price. In the last whole week `rise` more of
    the portal, and one account twenty times of security. In the week in progress, everybody of the price."""
    dice = np.random.default_rng(seed)
    rows = []
    for week in range(weeks + 1):
        for number in range(per_week):
            said = {}
            if dice.random() < 0.1 or (week == weeks - 1 and number < rise):
                said["portal"] = "negative"
            if dice.random() < 0.2 or week == weeks:
                said["pricing"] = "positive"
            at = START + timedelta(weeks=week, hours=float(dice.integers(0, 24 if week == weeks else 168)))
            rows.append({"score": 9, "account": f"a{number}", "at": at, "said": said})
    at = START + timedelta(weeks=weeks - 1, days=3)
    rows += [{"score": 3, "account": "loud", "at": at, "said": {"security": "negative"}}] * 20
    return rows


def taken(rows, now=NOW):
    return replace(read(rows), snapshot=Snapshot("here", now, len(rows)))


@pytest.fixture(scope="module")
def risen():
    return rising_themes(taken(history(rise=14)))


def test_a_rise_is_found_in_the_last_whole_week(risen):
    assert risen.figures["week"] == date(2025, 12, 22)
    first = risen.table("themes").rows[0]
    assert first["theme"] == "portal"
    assert first["rises"]
    assert first["observed"] >= 14
    assert 2.5 < first["expected"] < 5.5
    assert first["lift"] == pytest.approx(first["observed"] / first["expected"])
    assert "Portal: " in risen.says
    assert "week of 22 December 2025" in risen.says
    assert risen.figures["rising"] == 1
    assert risen.to_json()


def test_one_loud_account_is_one(risen):
    assert "security" not in {row["theme"] for row in risen.table("themes").rows}
    assert "not listed" in risen.table("themes").note


def test_the_week_in_progress_and_calm_raise_nothing():
    calm = rising_themes(taken(history()))
    assert calm.figures["rising"] == 0
    assert calm.says.startswith("Nothing was spoken of more than usual")


def test_bad_mentions_can_be_asked_for_alone():
    found = rising_themes(taken(history(rise=14)), negative=True)
    assert {row["theme"] for row in found.table("themes").rows} == {"portal"}
    assert "badly" in found.says


def test_without_a_clock_the_newest_week_is_looked_at():
    found = rising_themes(read(history()))
    price = next(row for row in found.table("themes").rows if row["theme"] == "pricing")
    assert price["observed"] == 40
    assert price["rises"]


def test_old_comments_are_said_to_be_old():
    found = rising_themes(taken(history(), now=NOW + timedelta(weeks=20)))
    assert any("newest comments" in said for said in found.warnings)


def test_a_short_history_says_nothing():
    short = rising_themes(taken(history(weeks=5), now=START + timedelta(weeks=5, days=2)))
    assert "takes 4 weeks" in short.refusal
    assert rising_themes(taken([{"score": 9, "said": None}] * 9)).refused
    assert rising_themes(replace(read(history()), response_theme=None)).refused
