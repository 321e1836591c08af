"""Questions about themes, asked of the store: from a comment as it came to points of NPS with the names in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from nineplus.model import Filter
from tests.stages.analyze.comments.conftest import DEAR, NOW, PRAISE, SLOW


@pytest.mark.django_db(transaction=True)
def test_themes_are_asked_of_the_mart_by_the_names_in_force(say, settings, tmp_path: Path):
    from nineplus.stages import analyze
    from nineplus.stages.analyze.comments import reading

    settings.HOME = tmp_path
    say(*[SLOW, DEAR, SLOW] * 15, score=2)
    say(*[PRAISE, DEAR] * 35, score=9)
    say(*["The parcel is blue."] * 20, score=8)
    assert reading.follow(now=NOW) == 135
    analyze.refresh_mart(now=NOW)
    found = analyze.run("theme-impact", filter=Filter(), options={"level": "1", "adjust": "yes"}, now=NOW)
    rows = {row["title"]: row for row in found.table("themes").rows}
    assert not found.refused
    assert rows["Support and service"]["negative"] == 30
    assert rows["Support and service"]["impact"].high < 0
    assert rows["Pricing and value"]["mentions"] == 50
    assert found.snapshot is not None
    for name in ("theme-trend", "rising-themes", "theme-tickets", "contradictions"):
        assert analyze.run(name, filter=Filter(), now=NOW).says
