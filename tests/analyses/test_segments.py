from __future__ import annotations

import numpy as np
import pytest

from nineplus.analyses._aggregates import attributes_of
from nineplus.analyses._split import split
from nineplus.analyses.segments import segments
from nineplus.model import BadFilter
from tests.analyses._people import company, dataset, scores


def regions(**counts):
    """region -> (detractors, passives, promoters), every answer its own person."""
    return [{"score": value, "region": region} for region, group in counts.items() for value in scores(*group)]


def test_a_plain_difference_is_told_apart_and_said():
    found = segments(dataset(regions(North=(20, 30, 150), South=(80, 60, 60)), attributes=("region",)), by="region")
    rows = {row["segment"]: row for row in found.table("segments").rows}
    assert rows["North"]["apart"]
    assert rows["South"]["apart"]
    assert rows["North"]["difference"].value == pytest.approx(75)
    assert rows["North"]["difference"].low > 50
    assert "North is 75 points (60 to 89) above the rest" in found.says
    assert "above the rest" in found.says
    assert (rows["North"]["rank"], rows["South"]["rank"]) == ("1", "2")


def test_what_cannot_be_told_apart_is_said():
    found = segments(
        dataset(regions(**{f"R{i}": (20, 30, 50 + i) for i in range(6)}), attributes=("region",)), by="region"
    )
    assert "no detectable differences between 6 segments" in found.says
    assert not any(row["apart"] for row in found.table("segments").rows)
    assert found.figures["true_spread"] == 0
    assert all(row["rank"] == "1–6" for row in found.table("segments").rows)


def test_small_groups_are_pooled_and_the_count_said():
    found = segments(
        dataset(regions(A=(9, 10, 31), B=(10, 10, 30), C=(0, 0, 3), D=(4, 0, 0)), attributes=("region",)), by="region"
    )
    last = found.table("segments").rows[-1]
    assert last["segment"] == "Too small to show (2 values)"
    assert (last["n"], last["nps"].value) == (7, None)
    assert (found.figures["too_small"], found.figures["too_small_answers"]) == (2, 7)
    assert not {"C", "D"} & {row["segment"] for row in found.table("segments").rows}


def test_one_small_group_takes_the_next_smallest_with_it():
    """The total less all that is shown would be C, who are three people."""
    given = regions(A=(9, 10, 31), B=(10, 10, 30), B2=(9, 9, 9), C=(0, 0, 3))
    found = segments(dataset(given, attributes=("region",)), by="region")
    *shown, last = found.table("segments").rows
    assert {row["segment"] for row in shown} == {"A", "B"}
    assert (last["segment"], last["n"]) == ("Too small to show (1 value, with 1 more)", 30)
    assert (found.figures["too_small"], found.figures["hidden_beside"]) == (1, 1)
    assert any("taking what is shown from the total" in warning for warning in found.warnings)
    few = segments(dataset(given[:100] + given[-3:], attributes=("region",)), by="region")
    assert "by subtraction" in few.refusal


def test_few_answers_get_no_rank_and_no_verdict():
    found = segments(
        dataset(regions(A=(20, 40, 140), B=(22, 38, 140), Tiny=(12, 0, 0)), attributes=("region",)), by="region"
    )
    tiny = next(row for row in found.table("segments").rows if row["segment"] == "Tiny")
    assert (tiny["apart"], tiny["rank"], tiny["p"]) == (False, None, None)
    assert tiny["difference"].value < -100
    assert any("Tiny" in warning for warning in found.warnings)


@pytest.mark.parametrize("given", [regions(Only=(5, 5, 10)), regions(A=(5, 5, 10), B=(1, 1, 1)), []])
def test_one_segment_is_a_refusal(given):
    found = segments(dataset(given, attributes=("region",)), by="region")
    assert found.refused
    assert not found.tables


def test_the_query_knows_each_group_its_rest_and_who_is_in_both():
    rows = company(seed=6, accounts=25, months=3)
    for i, row in enumerate(rows):
        row["region"] = ("A", "B", "C")[(i * 7 + i // 3) % 3]
    cut = split(data := dataset(rows, attributes=("region",)), by=attributes_of(data, "region"))
    y = [(row["score"] >= 9) - (row["score"] <= 6) for row in rows]
    accounts = sorted({row["account"] for row in rows})
    for i, region in enumerate(cut.groups.keys["region"]):
        inside, outside = np.zeros((2, len(accounts), 2))
        for row, value in zip(rows, y, strict=True):
            side = inside if row["region"] == region else outside
            side[accounts.index(row["account"])] += (1, value)
        for moments, side in ((cut.groups.moments, inside), (cut.rest, outside)):
            W, Z = side.T
            assert moments.G[i] == (W > 0).sum()
            assert (moments.SW[i], moments.SZ[i]) == (W.sum(), Z.sum())
            assert (moments.SW2[i], moments.SWZ[i], moments.SZ2[i]) == ((W * W).sum(), (W * Z).sum(), (Z * Z).sum())
        shared = (
            (inside[:, 0] * outside[:, 0]).sum(),
            (inside[:, 0] * outside[:, 1]).sum(),
            (inside * outside)[:, 1].sum(),
        )
        assert (cut.shared["WW"][i], cut.shared["WZ"][i], cut.shared["ZZ"][i]) == shared
    assert cut.whole.G[0] == len(accounts)


def test_account_moods_do_not_pass_for_regions():
    """Regions given to whole accounts at random, 12 at a time, 40 repeats: BH at 0.10 flags something in about 10 %."""
    flagged = []
    for seed in range(40):
        rows = company(seed=100 + seed, accounts=96, contacts=6, months=2, mood=0.7)
        for row in rows:
            row["region"] = f"R{int(row['account'].split()[1]) % 12}"
        found = segments(dataset(rows, attributes=("region",)), by="region")
        flagged.append(found.figures["told_apart"] > 0)
    assert np.mean(flagged) <= 0.25  # 0.10 plus three Monte-Carlo errors


def test_two_attributes_cross():
    rows = [row | {"plan": plan} for plan in ("Pro", "Free") for row in regions(N=(5, 10, 30), S=(10, 10, 20))]
    found = segments(dataset(rows, attributes=("region", "plan")), by="region,plan")
    assert {row["segment"] for row in found.table("segments").rows} == {"N · Pro", "N · Free", "S · Pro", "S · Free"}


@pytest.mark.parametrize("wrong", [{"by": ""}, {"by": "colour"}, {"by": "region", "q": 2.0}])
def test_what_there_is_not_is_named(wrong):
    with pytest.raises(BadFilter):
        segments(dataset(regions(A=(5, 5, 5)), attributes=("region",)), **wrong)


def test_no_segment_is_named_whose_interval_holds_zero():
    """All differ a little: the adjusted p of each stays below q, but none can be told from the rest by itself."""
    counts = {f"R{i}": (60, 80, 100) if i % 2 else (76, 80, 84) for i in range(8)}
    found = segments(dataset(regions(**counts), attributes=("region",)), by="region", q=0.3)
    rows = found.table("segments").rows
    assert any(row["p"] <= 0.3 and not row["difference"].excludes_zero for row in rows), "this world does not try it"
    assert all(row["difference"].excludes_zero for row in rows if row["apart"])
