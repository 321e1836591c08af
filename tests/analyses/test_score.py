from __future__ import annotations

import random
from datetime import UTC, datetime

import numpy as np
import pytest

from nineplus.analyses.distribution import distribution
from nineplus.analyses.score import score
from nineplus.model import BadFilter, Filter
from nineplus.plugs import Analysis, find
from nineplus.stats.clusters import Moments, clustered_nps
from nineplus.stats.nps import wilson
from tests.analyses._people import company, dataset, scores


def rows_of(detractors, passives, promoters, **more):
    return [{"score": value} | more for value in scores(detractors, passives, promoters)]


def test_the_score_of_independent_answers_is_the_published_interval():
    found = score(dataset(rows_of(10, 20, 70)))
    assert found.estimate.value == pytest.approx(60)
    assert found.estimate.interval == pytest.approx((45.2167, 71.2768), abs=1e-3)
    assert found.figures["n"] == 100
    assert (found.figures["promoters"], found.figures["passives"], found.figures["detractors"]) == (70, 20, 10)
    assert found.figures["mean"] == pytest.approx(np.mean(scores(10, 20, 70)))
    assert "60 (45 to 71)" in found.says


def test_methods_and_confidence_pass_through():
    data = dataset(rows_of(10, 20, 70))
    assert score(data, method="adjusted_wald").estimate.interval == pytest.approx((45.2698, 71.2351), abs=1e-3)
    assert score(data, method="wald").estimate.interval == pytest.approx((46.9991, 73.0009), abs=1e-3)
    narrow = score(data, confidence=0.8).estimate
    assert narrow.confidence == 0.8
    assert narrow.low > 45.2168


def test_answers_of_one_account_are_worth_less():
    """The query's moments against the same moments summed here."""
    rows = company(seed=1, months=2)
    found = score(dataset(rows))
    by_account: dict[str, list[int]] = {}
    for row in rows:
        by_account.setdefault(row["account"], []).append((row["score"] >= 9) - (row["score"] <= 6))
    W, Z = (np.array([f(part) for part in by_account.values()], dtype=float) for f in (len, sum))
    y = np.concatenate([np.array(part) for part in by_account.values()])
    expected, known = clustered_nps(
        Moments.of(
            n=[len(y)], G=[len(W)], SW=[len(y)], SW2=[(W**2).sum()], SZ=[Z.sum()], SWZ=[(W * Z).sum()],
            SZ2=[(Z**2).sum()], promoters=[(y > 0).sum()], detractors=[(y < 0).sum()],
        )
    )  # fmt: skip
    assert found.estimate.interval == pytest.approx((expected.low[0], expected.high[0]))
    assert found.figures["deff"] == pytest.approx(known.deff[0])
    assert found.figures["n_eff"] < 0.8 * found.figures["n"]
    assert score(dataset(rows), clusters="none").figures["deff"] == 1


def test_buckets_of_accounts_tell_the_same_story():
    data = dataset(company(seed=8, accounts=300, months=3))
    accounts, buckets, independent = (score(data, clusters=way).estimate for way in ("accounts", "buckets", "none"))
    width = [found.high - found.low for found in (accounts, buckets, independent)]
    assert accounts.value == buckets.value == independent.value
    assert width[1] == pytest.approx(width[0], rel=0.25)
    assert width[2] < 0.8 * min(width[:2])
    assert score(data, period="month", clusters="none").estimate == independent


def test_the_order_of_rows_is_irrelevant():
    rows = company(seed=2, months=2)
    shuffled = random.Random(4).sample(rows, len(rows))
    assert score(dataset(rows)).estimate == score(dataset(shuffled)).estimate


def test_cells_of_attributes_and_months():
    rows = [
        {"score": value, "region": region, "plan": plan, "at": datetime(2024, month, 9, tzinfo=UTC)}
        for region, plan, month, counts in (
            ("North", "Pro", 1, (1, 2, 7)),
            ("North", "Free", 1, (10, 20, 70)),
            ("South", "Pro", 2, (45, 30, 25)),
            ("South", None, 2, (1, 2, 1)),
            ("South", "Old", 2, (1, 1, 1)),
        )
        for value in scores(*counts)
    ]
    found = score(dataset(rows, attributes=("region", "plan")), by="region, plan", period="month")
    cells = {(row["region"], row["plan"], row["period"].month): row["nps"] for row in found.table("cells").rows}
    assert set(cells) == {("North", "Pro", 1), ("North", "Free", 1), ("South", "Pro", 2)}
    assert cells["North", "Pro", 1].interval == pytest.approx((4.8924, 85.8858), abs=1e-3)
    assert cells["South", "Pro", 2].interval == pytest.approx((-35.1904, -3.6478), abs=1e-3)
    assert (found.figures["cells_too_small"], found.figures["cells_hidden_beside"]) == (2, 0)
    assert any("fewer than 5 respondents" in warning for warning in found.warnings)
    assert found.estimate.n == len(rows)


def test_a_missing_value_is_a_value_of_its_own():
    rows = rows_of(5, 5, 10) + rows_of(3, 5, 2, region="North")
    table = score(dataset(rows, attributes=("region",)), by="region").table("cells")
    assert [(row["region"], row["n"]) for row in table.rows] == [("North", 10), ("Not known", 20)]


def test_five_answers_of_one_person_are_not_five_respondents():
    rows = rows_of(0, 0, 6, region="A", contact="only", account="one") + rows_of(3, 3, 3, region="B")
    rows += [{"score": 9, "region": "C", "contact": f"c{i}", "account": "one"} for i in range(5)]
    rows += rows_of(0, 0, 4, region="D")
    for clusters in ("accounts", "buckets", "none"):
        table = score(dataset(rows, attributes=("region",)), by="region", clusters=clusters).table("cells")
        assert [row["region"] for row in table.rows] == ["B", "C"], clusters


def test_one_person_is_not_shown_however_clusters_are_counted():
    rows = rows_of(0, 0, 6, region="A", contact="only", account="one") + rows_of(3, 3, 3, region="B")
    narrowed = dataset(rows, attributes=("region",)).narrowed(Filter(attributes=(("region", ("A",)),)))
    for clusters in ("accounts", "buckets", "none"):
        assert "respondents" in score(narrowed, clusters=clusters).refusal, clusters
        assert "respondents" in score(narrowed, period="month", clusters=clusters).refusal, clusters


def test_a_hidden_cell_is_not_the_total_less_the_others():
    rows = [
        row for region, size in (("A", 30), ("B", 20), ("C", 9), ("D", 3)) for row in rows_of(0, 0, size, region=region)
    ]
    found = score(dataset(rows, attributes=("region",)), by="region")
    assert [row["region"] for row in found.table("cells").rows] == ["A", "B"]
    assert (found.figures["cells_too_small"], found.figures["cells_hidden_beside"]) == (1, 1)
    assert any("taking what is shown from the total" in warning for warning in found.warnings)


def test_windows_are_calendar_windows_in_utc():
    rows = [
        {"score": 9, "at": at}
        for at in (datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2024, 1, 1, 0, 0, tzinfo=UTC))
        for _ in range(5)
    ]
    for window, starts in (
        ("month", ["2023-12-01", "2024-01-01"]),
        ("quarter", ["2023-10-01", "2024-01-01"]),
        ("week", ["2023-12-25", "2024-01-01"]),
    ):
        table = score(dataset(rows), period=window).table("cells")
        assert [row["period"].isoformat() for row in table.rows] == starts


def test_nothing_is_a_refusal_and_not_zero():
    for empty in (dataset([]), dataset([{"score": None}])):
        found = score(empty)
        assert found.refused
        assert found.estimate is None
        assert distribution(empty).refused


def test_a_filter_down_to_few_people_shows_nothing():
    rows = rows_of(1, 1, 2, region="A") + rows_of(5, 5, 5, region="B")
    narrowed = dataset(rows, attributes=("region",)).narrowed(Filter(attributes=(("region", ("A",)),)))
    assert score(narrowed).refused
    assert distribution(narrowed).refused
    assert not score(dataset(rows[:4])).refused


def test_touchpoints_are_never_mixed_silently():
    rows = rows_of(1, 2, 7, touchpoint="relationship") + rows_of(2, 2, 6, touchpoint="post-resolution")
    data = dataset(rows)
    warning = next(text for text in score(data).warnings if "touchpoints" in text)
    assert "relationship 10" in warning
    assert "post-resolution 10" in warning
    one = data.narrowed(Filter(touchpoints=("relationship",)))
    assert not any("touchpoints" in text for text in score(one).warnings)
    assert not any("touchpoints" in text for text in score(data, by="touchpoint").warnings)


@pytest.mark.parametrize("wrong", [{"by": "colour"}, {"period": "decade"}, {"clusters": "teams"}])
def test_what_there_is_not_is_named(wrong):
    with pytest.raises(BadFilter):
        score(dataset(rows_of(1, 1, 1)), **wrong)


def test_few_accounts_and_few_answers_are_said():
    one_account = rows_of(10, 10, 10, account="big")
    assert any("few accounts" in text for text in score(dataset(one_account)).warnings)
    assert any("Few answers" in text for text in score(dataset(rows_of(3, 3, 3))).warnings)


def test_many_answers_of_a_few_people_are_no_less_private():
    rows = [{"score": i, "account": "A", "contact": f"C{i % 4}", "region": "North"} for i in range(9)]
    data = dataset([*rows, *({"score": 9, "region": "South"} for _ in range(20))], attributes=("region",))
    north = data.narrowed(Filter(attributes=(("region", ("North",)),)))
    assert "respondents" in score(north).refusal
    assert "respondents" in distribution(north).refusal
    south = data.narrowed(Filter(attributes=(("region", ("South",)),)))
    assert not distribution(south).refused


def test_the_distribution_counts_every_score():
    given = [0, 0, 5, 6, 7, 7, 7, 9, 10, 10]
    found = distribution(dataset([{"score": value} for value in given]))
    counted = {row["score"]: row["count"] for row in found.table("scores").rows}
    assert counted == {value: given.count(value) for value in range(11)}
    assert found.figures["mean"] == pytest.approx(6.1)
    assert sum(row["share"] for row in found.table("scores").rows) == pytest.approx(1)
    for row in found.table("scores").rows:  # nobody answered twice: the plain interval
        assert (row["low"], row["high"]) == pytest.approx(wilson(row["count"], 10))
        assert row["n_eff"] == pytest.approx(10)


def test_shares_of_accounts_that_answer_alike_are_less_sure(monkeypatch):
    """Forty accounts of ten equal answers are forty answers, not four hundred."""
    alike = [
        {"score": 9 if account % 2 else 3, "account": f"a{account}", "contact": f"c{account}.{i}"}
        for account in range(40)
        for i in range(10)
    ]
    nine = distribution(dataset(alike)).table("scores").rows[9]
    assert nine["n_eff"] == pytest.approx(39, abs=1)
    assert (nine["low"], nine["high"]) == pytest.approx(wilson(19.5, 39, df=39), abs=1e-3)
    apart = distribution(dataset({"score": row["score"]} for row in alike)).table("scores").rows[9]
    assert nine["high"] - nine["low"] > 2.5 * (apart["high"] - apart["low"])
    many = [{**row, "account": f"{row['account']}.{i % 50}"} for i, row in enumerate(alike * 50)]
    monkeypatch.setattr("nineplus.analyses._aggregates.MANY_ANSWERS", len(many) * 12)
    by_accounts = distribution(dataset(many)).table("scores").rows[9]
    monkeypatch.setattr("nineplus.analyses._aggregates.MANY_ANSWERS", len(many) * 10)
    by_buckets = distribution(dataset(many)).table("scores").rows[9]
    assert by_buckets["share"] == by_accounts["share"]
    assert by_buckets["high"] - by_buckets["low"] != by_accounts["high"] - by_accounts["low"], "another way was taken"
    assert by_buckets["high"] - by_buckets["low"] == pytest.approx(by_accounts["high"] - by_accounts["low"], rel=0.35)
    never = distribution(dataset(alike)).table("scores").rows[0]
    assert never["low"] == 0.0 < never["high"]


def test_the_plugs_are_found_and_their_results_travel():
    known = find("nineplus.analyses", Analysis)
    assert {"score", "distribution", "segments", "trend"} <= set(known)
    data = dataset(company(seed=3, months=3))
    for name in ("score", "distribution", "trend"):
        found = known[name](data)
        assert found.name == name
        assert found.to_json()
        assert len(found.to_frame())
        assert found.title in found._repr_html_()


def test_many_answers_are_clustered_by_buckets_and_say_so(monkeypatch):
    data = dataset(
        [{**row, "plan": "ab"[number % 2]} for number, row in enumerate(rows_of(300, 400, 800))], attributes=["plan"]
    )
    exact = score(data, by="plan")
    monkeypatch.setattr("nineplus.analyses._aggregates.MANY_ANSWERS", 100)
    cheap = score(data, by="plan")
    assert "buckets" in cheap.method
    assert "buckets" not in exact.method
    assert cheap.estimate.value == exact.estimate.value
    assert cheap.estimate.high - cheap.estimate.low == pytest.approx(exact.estimate.high - exact.estimate.low, rel=0.3)
