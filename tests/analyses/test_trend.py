from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import ibis
import numpy as np
import pytest

from nineplus.analyses._series import latest, series
from nineplus.analyses.trend import trend
from nineplus.mart.memory import from_table
from nineplus.model import BadFilter, Filter, Grade, Marker, Snapshot, Window
from tests.analyses._people import company, dataset, scores
from tests.stats._reference import SHARED


def month(number, counts, *, year=2024, **more):
    """Answers spread over one month, every answer its own person."""
    return [
        {"score": value, "at": datetime(year, number, 1, tzinfo=UTC) + timedelta(days=27 * i / max(1, sum(counts) - 1))}
        | more
        for i, value in enumerate(scores(*counts))
    ]


def test_one_row_per_calendar_month_with_the_published_interval():
    found = trend(dataset(month(1, (45, 30, 25)) + month(2, (10, 20, 70))))
    rows = found.table("trend").rows
    assert [row["period"] for row in rows] == [date(2024, 1, 1), date(2024, 2, 1)]
    assert rows[1]["nps"].interval == pytest.approx((45.2167, 71.2768), abs=1e-3)
    assert found.figures["change"].value == pytest.approx(80)
    assert "up 80 points" in found.says
    assert "from January 2024" in found.says
    assert found.evidence is Grade.E


def test_a_contact_counts_once_per_month_with_the_latest_answer():
    rows = month(1, (5, 5, 5)) + month(2, (5, 5, 5))
    rows += [
        {"score": score, "at": datetime(2024, number, day, tzinfo=UTC), "contact": "c"}
        for number, day, score in ((1, 3, 0), (1, 20, 10), (1, 10, 2), (2, 5, 1))
    ]
    found = series(dataset(rows), window="month")
    assert found.n.tolist() == [16, 16]
    assert found.P.tolist() == [6, 5]
    assert found.raw.tolist() == [18, 16]
    warned = trend(dataset(rows)).warnings
    assert any("2 earlier answers of contacts" in text for text in warned)


def test_of_two_answers_at_one_instant_the_lower_counts():
    at = datetime(2024, 1, 3, tzinfo=UTC)
    for order in ((10, 3), (3, 10)):
        data = dataset([{"score": score, "at": at, "contact": "c"} for score in order])
        assert latest(data, window="month").to_pyarrow()["score"].to_pylist() == [3]


def test_sums_over_accounts_of_every_pair_of_months():
    rows = company(seed=4, accounts=20, contacts=3, months=4)
    found = series(dataset(rows), window="month")
    accounts = sorted({row["account"] for row in rows})
    W, Z = np.zeros((2, len(accounts), 4))
    last = {(row["contact"], row["at"].month): row for row in sorted(rows, key=lambda row: row["at"])}
    for row in last.values():
        where = accounts.index(row["account"]), row["at"].month - 1
        W[where] += 1
        Z[where] += (row["score"] >= 9) - (row["score"] <= 6)
    np.testing.assert_allclose(found.WW, W.T @ W)
    np.testing.assert_allclose(found.WZ, W.T @ Z)
    np.testing.assert_allclose(found.ZZ, Z.T @ Z)
    np.testing.assert_allclose(found.G, (W > 0).T.astype(float) @ (W > 0))
    merged = found.merged([[0, 1], [2, 3]])
    together = W[:, :2].sum(1), W[:, 2:].sum(1)
    np.testing.assert_allclose(merged.WW, np.array([[a @ b for b in together] for a in together]))
    assert np.diag(merged.G).tolist() == [(part > 0).sum() for part in together]


def test_thin_months_merge_forward_and_gaps_are_said():
    rows = month(1, (1, 1, 2)) + month(2, (5, 5, 10)) + month(5, (5, 5, 10)) + month(6, (1, 0, 2))
    found = trend(dataset(rows))
    assert [row["name"] for row in found.table("trend").rows] == ["January 2024 to February 2024", "May 2024"]
    said = " ".join(found.warnings)
    assert "January 2024 to February 2024" in said
    assert "No answers right before May 2024" in said
    assert "3 answers at the end" in said
    assert found.figures["left_out"] == 3


@pytest.mark.parametrize("rows", [[], month(1, (5, 5, 10)), month(1, (5, 5, 10)) + month(2, (1, 1, 1))])
def test_fewer_than_two_windows_is_a_refusal(rows):
    found = trend(dataset(rows))
    assert found.refused
    assert found.estimate is None


def test_answers_without_dates_have_no_trend_and_that_is_what_is_said():
    found = trend(from_table(ibis.memtable({"score": [0, 9, 10] * 10})))
    assert found.refusal == "No answer has a date: there is no trend."


def test_a_month_that_is_not_over_is_not_compared():
    rows = month(1, (10, 10, 20)) + month(2, (10, 10, 20)) + month(3, (30, 5, 5))
    taken = Snapshot(id="s", made_at=datetime(2024, 3, 20, tzinfo=UTC))
    found = trend(dataset(rows, snapshot=taken))
    assert found.figures["change_now"] == "February 2024"
    assert any("Not complete" in text and "March 2024" in text for text in found.warnings)
    stopped = [row for row in rows if row["at"] < datetime(2024, 3, 15, tzinfo=UTC)]
    assert trend(dataset(stopped)).figures["change_now"] == "February 2024"
    cut = dataset(rows).narrowed(Filter(window=Window(date(2024, 1, 10), date(2024, 3, 10))))
    assert trend(cut).figures["change"] is None
    assert trend(dataset(rows)).figures["change_now"] == "March 2024"


def test_against_the_first_window():
    rows = month(1, (30, 10, 10)) + month(2, (10, 10, 30)) + month(3, (10, 10, 30))
    assert trend(dataset(rows)).figures["change"].value == pytest.approx(0)
    found = trend(dataset(rows), against="first")
    assert found.figures["change"].value == pytest.approx(80)
    assert found.figures["change_then"] == "January 2024"


def test_a_lasting_step_is_found_and_steady_months_are_not_a_signal():
    stepped = trend(dataset(company(seed=12, accounts=80, months=24, level={14: -0.9})))
    assert stepped.figures["new_levels"] == ["March 2024"]
    assert "A lasting new level begins: March 2024" in stepped.says
    steady = trend(dataset(company(seed=13, accounts=80, months=24)))
    assert steady.figures["new_levels"] == []
    assert "no detectable change" in steady.says or "points" in steady.says


def test_accounts_in_both_months_make_the_change_sharper():
    rows = company(seed=5, months=2, contacts=6, mood=0.9)
    together = trend(dataset(rows)).figures["change"]
    apart = trend(dataset([row | {"account": f"{row['account']} {row['at'].month}"} for row in rows])).figures["change"]
    assert together.value == pytest.approx(apart.value)
    assert together.high - together.low < apart.high - apart.low


def test_markers_inside_the_line_are_drawn():
    markers = (Marker(date(2024, 1, 20), "new pricing"), Marker(date(2021, 1, 1), "long ago"))
    found = trend(dataset(month(1, (5, 5, 10)) + month(2, (5, 5, 10)), markers=markers))
    assert [marker.label for marker in found.table("trend").figure.markers] == ["new pricing"]


def test_a_change_of_mix_is_not_a_change_of_rate():
    """Every segment better, the total worse, because the unhappy segment grew."""
    rows = month(1, (20, 60, 320), plan="Big") + month(1, (60, 20, 20), plan="Small")
    rows += month(2, (4, 16, 100), plan="Big") + month(2, (210, 80, 110), plan="Small")
    found = trend(dataset(rows, attributes=("plan",)), by="plan")
    rate, mix = found.figures["rate"], found.figures["mix"]
    assert found.figures["change"].value < 0 < rate.value
    assert rate.value + mix.value == pytest.approx(found.figures["change"].value)
    assert "Simpson reversal" in found.says
    assert [row["value"] for row in found.table("mix").rows] == ["Big", "Small", "All"]


def test_the_sample_company_improves_behind_its_mix():
    from nineplus.mart.memory import dataset as star
    from nineplus.sample.company import company as sample

    made = sample(until=date(2025, 1, 1))
    data = star(made.sources, now=datetime(2025, 1, 1, tzinfo=UTC), markers=made.markers)
    found = trend(data, window="quarter", against="first", by="plan")
    assert found.figures["rate"].low > 0
    assert found.figures["mix"].high < 0
    assert "Who answered hides part of an improvement" in found.says


def test_values_of_few_people_are_one_value_in_the_mix():
    rows = [row for number in (1, 2) for plan in "AB" for row in month(number, (5, 5, 10), plan=plan)]
    rows += month(1, (2, 0, 0), plan="C") + month(1, (0, 0, 8), plan="D") + month(2, (1, 0, 0), plan="D")
    table = trend(dataset(rows, attributes=("plan",)), by="plan").table("mix")
    last = table.rows[-2]
    assert (last["value"], last["after"]) == ("Values with few answers", None)
    assert [row["value"] for row in table.rows] == ["A", "B", "Values with few answers", "All"]


@pytest.mark.parametrize("wrong", [{"window": "decade"}, {"against": "mine"}, {"by": "colour"}])
def test_what_there_is_not_is_named(wrong):
    with pytest.raises(BadFilter):
        trend(dataset(month(1, (5, 5, 5))), **wrong)


def test_limits_need_eight_windows():
    rows = [row for number in range(1, 9) for row in month(number, (10, 10, 20 + number % 3))]
    figure = trend(dataset(rows)).table("trend").figure
    assert figure.limits[0] < figure.centre < figure.limits[1]
    assert trend(dataset(rows[:200])).table("trend").figure.limits is None


def test_real_answers_of_a_broadband_company():
    import ibis

    from nineplus.analyses.distribution import distribution
    from nineplus.analyses.score import score
    from nineplus.analyses.segments import segments
    from nineplus.mart.dataset import Attribute, Dataset

    file = SHARED / "data" / "nps_broadband_uk" / "verbatim.csv"
    if not file.exists():
        pytest.skip("../shared/data is not here")
    connection = ibis.duckdb.connect()
    rows = connection.sql(
        f"""
        select row_number() over ()::varchar as response, day at time zone 'UTC' as answered_at,
          date_trunc('month', day)::date as month, NPS_SCORE::tinyint as score, null::varchar as contact,
          row_number() over () as cluster, (row_number() over () % 64)::smallint as bucket, SURVEY_SUB_TYPE as a_stage
        from (select *, strptime(CUSTOMER_RESPONSE_DATE, '%d/%m/%Y %H:%M') as day
              from read_csv('{file}', all_varchar = true))
        """
    )
    data = Dataset(responses=connection.create_table("responses", rows), attributes=(Attribute.of("stage"),))
    whole = score(data)
    assert whole.figures["n"] == 2353
    assert whole.estimate.value == pytest.approx(100 * (690 - 1271) / 2353)
    assert distribution(data).figures["detractors"] == 1271
    cut = segments(data, by="stage")
    assert [row["segment"] for row in cut.table("segments").rows][:2] == ["Order", "First Payment"]
    assert cut.figures["told_apart"] == 4
    moved = trend(data, by="stage")
    assert len(moved.table("trend").rows) == 7
    assert "June 2018" in " ".join(moved.warnings)
    assert trend(data, window="week").figures["new_levels"]


def test_a_month_in_which_answers_only_began_is_not_compared():
    rows = month(1, (30, 5, 5)) + month(2, (10, 10, 20)) + month(3, (10, 10, 20))
    late = [row for row in rows if row["at"] >= datetime(2024, 1, 12, tzinfo=UTC)]
    assert len(late) < len(rows)
    found = trend(dataset(late), against="first")
    assert found.figures["change_then"] == "February 2024"
    assert any("Not complete" in text and "January 2024" in text for text in found.warnings)
    assert trend(dataset(rows), against="first").figures["change_then"] == "January 2024"
