"""The measures of the loop: figures worked out by hand, open cases counted, regression to the mean taken out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from nineplus.analyses._coming_back import lift
from nineplus.analyses.follow_up_sla import follow_up_sla
from nineplus.analyses.follow_up_time import follow_up_time
from nineplus.analyses.passives_moved import passives_moved
from nineplus.analyses.recovery import DETRACTORS, recovery
from nineplus.mart.memory import dataset
from nineplus.mart.schema import BUCKETS, SOURCES
from nineplus.model import BadFilter, Filter, Window
from nineplus.stats.recovery import Outcome

NOW = datetime(2026, 7, 1, tzinfo=UTC)
THEN = datetime(2026, 5, 4, 7, 30, 1, 123457, tzinfo=UTC)  # as clocks are
HOUR = timedelta(hours=1)


def world(**rows):
    """Those rows of SOURCES as a Dataset."""
    given = {name: pa.Table.from_pylist(list(rows.get(name, ())), schema=SOURCES[name]) for name in ("responses",)}
    given |= {name: pa.Table.from_pylist(found, schema=SOURCES[name]) for name, found in rows.items()}
    return dataset(given, now=NOW)


def case(number, *, contacted=None, closed=None, due=8, opened=THEN, team="north", **more):
    """A case whose contact and end came so many hours after it was opened."""
    return {
        "case": str(number),
        "account": f"a{number}",
        "opened_at": opened,
        "due_at": opened + due * HOUR,
        "contacted_at": None if contacted is None else opened + contacted * HOUR + timedelta(microseconds=7),
        "closed_at": None if closed is None else opened + closed * HOUR,
        "team": team,
        "pauses": "[]",
        "merged": False,
        "attributes": "{}",
        **more,
    }


def freireich():
    """The 6-MP group and the placebo group of Freireich 1963, a week as an hour (+: still waits, here closed then)."""
    mp = [6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    rows = [case(n, contacted=hours, team="mp") for n, hours in enumerate(mp[0])]
    rows += [case(100 + n, closed=hours, team="mp") for n, hours in enumerate(mp[1])]
    return rows + [case(200 + n, contacted=hours, team="placebo") for n, hours in enumerate(placebo)]


def test_time_to_contact_is_the_textbooks_curve_and_log_rank():
    data = world(cases=freireich())
    found = follow_up_time(data)
    by_team = {row["value"]: row for row in found.table("by_value").rows}
    # Kleinbaum and Klein, Survival Analysis: medians 23 and 8 weeks, log-rank 16.79, p = 0.00004
    assert by_team["mp"]["median_hours"] == 23
    assert by_team["placebo"]["median_hours"] == 8
    assert found.figures["p"] == pytest.approx(4.17e-5, rel=1e-2)
    assert "It differs by team" in found.says
    mp = follow_up_time(world(cases=freireich()[:21]))
    assert mp.estimate is not None
    assert mp.estimate.value == pytest.approx(55.18, abs=0.01)  # 1 - 0.4482, at 23 weeks
    assert mp.figures["closed_without"] == 12
    curve = {row["hours"]: row["share"] for row in mp.table("curve").rows}
    assert max(curve) == 35, "nobody was followed for longer"
    assert curve[35] == mp.table("curve").rows[-1]["share"]
    by_then = {at: share.value for at, share in curve.items() if at in (0, 7, 22.17, 35)}
    assert by_then == pytest.approx({0: 0, 7: 19.33, 22.17: 46.22, 35: 55.18}, abs=0.01), "Freireich's 6-MP group"


def test_who_still_waits_counts_and_who_was_merged_or_answered_again_counts_once():
    rows = [case(n, contacted=2) for n in range(6)]
    rows += [case(10 + n, opened=NOW - 30 * HOUR) for n in range(6)]  # nobody called them yet
    rows += [case(20, contacted=1, merged=True)]
    rows += [case(30, contacted=2, response=str(r), heard_at=THEN + r * HOUR) for r in range(2)]
    found = follow_up_time(world(cases=rows))
    assert (found.figures["n"], found.figures["contacted"], found.figures["waiting"]) == (13, 7, 6)
    assert found.figures["within_24"] == pytest.approx(7 / 13)
    assert found.figures["within_48"] is None  # nobody was followed for so long
    assert "6 who still wait counted" in found.says


def test_promises_are_counted_by_hand_and_open_ones_that_are_late_are_broken():
    rows = [case(n, contacted=1) for n in range(6)]  # kept
    rows += [case(10 + n, contacted=9) for n in range(2)]  # too late
    rows += [case(20)]  # due long ago, open
    rows += [case(30, closed=20)]  # closed after it was due
    rows += [case(40, closed=2)]  # closed early: nobody reached them either
    rows += [case(50, opened=NOW - HOUR), case(60, opened=NOW - HOUR, closed=0.5)]  # not due yet
    found = follow_up_sla(world(cases=rows))
    assert (found.figures["kept"], found.figures["due"], found.figures["closed_unreached"]) == (6, 11, 2)
    assert found.says.endswith("2 cases closed without anybody reaching them count as not in time.")
    assert found.estimate is not None
    assert found.estimate.low < 100 * 6 / 11 < found.estimate.high
    [row] = found.table("by_value").rows
    assert (row["value"], row["kept"], row["unheard"], row["due"]) == ("north", 6, 2, 11)
    assert found.warnings[0].startswith("Few cases")


def test_waiting_for_the_customer_stops_a_clock_that_runs_and_none_that_has_run_out():
    def waits(number, after):
        return case(number, pauses=f'[["{(THEN + after * HOUR).isoformat()}", null]]')

    found = follow_up_sla(world(cases=[waits(1, 2), waits(2, 9), *(case(9 + n, contacted=1) for n in range(6))]))
    assert (found.figures["kept"], found.figures["due"]) == (6, 7)


def test_cases_of_one_account_are_worth_less():
    apart = follow_up_sla(world(cases=[case(n, contacted=1 if n % 2 else 9) for n in range(80)])).estimate
    rows = [case(n, contacted=1 if n % 8 < 4 else 9, account=f"a{n % 8}") for n in range(80)]
    alike = follow_up_sla(world(cases=rows)).estimate
    assert apart is not None
    assert alike is not None
    assert apart.value == alike.value == 50
    assert alike.high - alike.low > 1.5 * (apart.high - apart.low)


def test_a_segment_and_a_period_narrow_the_cases():
    rows = [case(n, contacted=1, attributes='{"tier": "gold"}') for n in range(7)]
    rows += [case(20 + n, contacted=9, attributes='{"tier": "iron"}', opened=THEN - 60 * 24 * HOUR) for n in range(9)]
    answers = [
        {"response": f"r{n}", "score": 3, "answered_at": THEN, "attributes": f'{{"tier": "{tier}"}}'}
        for n, tier in enumerate(("gold", "iron"))
    ]
    data = world(cases=rows, responses=answers)
    assert [row["value"] for row in follow_up_sla(data, by="tier").table("by_value").rows] == ["gold", "iron"]
    gold = data.narrowed(Filter(attributes=(("tier", ("gold",)),)))
    assert (follow_up_sla(gold).figures["kept"], follow_up_sla(gold).figures["due"]) == (7, 7)
    may = data.narrowed(Filter(window=Window(start=date(2026, 5, 1))))
    assert follow_up_time(may).figures["n"] == 7
    with pytest.raises(BadFilter):
        follow_up_time(data, by="nothing")
    few = data.narrowed(Filter(window=Window(start=date(2026, 6, 1))))
    assert follow_up_time(few).refused


def test_a_filter_that_few_pass_shows_nobody():
    data = world(cases=[case(n, contacted=1, touchpoint="t" if n < 3 else "u") for n in range(9)])
    few = data.narrowed(Filter(touchpoints=("t",)))
    assert "Fewer than 5" in follow_up_time(few).refusal
    assert "Fewer than 5" in follow_up_sla(few).refusal


def people(before, after, *, called=(), nudged=(), contacted=5):
    """Answers of as many people with scores before and a month later; the numbers of those who were followed up."""
    responses, cases, nudges = [], [], []
    for n, (first, second) in enumerate(zip(before, after, strict=True)):
        whose = {"contact": f"c{n}", "account": f"a{n}"}
        responses.append({"response": f"{n}", "score": int(first), "answered_at": THEN, **whose})
        later = THEN + timedelta(days=30)
        responses.append({"response": f"{n}-next", "score": int(second), "answered_at": later, **whose})
        if n in called:
            cases.append(case(n, contacted=contacted, response=f"{n}", heard_at=THEN, **whose))
        if n in nudged:
            nudges.append({"nudge": str(n), "response": f"{n}", "nudged_at": THEN + HOUR})
    return world(responses=responses, cases=cases, nudges=nudges)


def test_recovery_is_against_others_of_exactly_the_same_score():
    # of score 2: 4 called, of whom 3 came back; 5 others, of whom 1. Of score 6: 2 called and back; 10 others, 8 back.
    before = [2] * 4 + [2] * 5 + [6] * 2 + [6] * 10
    after = [9, 8, 7, 0] + [7, 1, 1, 1, 1] + [9, 9] + [7] * 8 + [5] * 2
    found = recovery(people(before, after, called={0, 1, 2, 3, 9, 10}))
    assert found.figures["compared"] == 6
    assert found.figures["observed"] == pytest.approx(100 * 5 / 6)
    assert found.figures["expected"] == pytest.approx(100 * (4 * 1 / 5 + 2 * 8 / 10) / 6)
    assert found.figures["lift"] == pytest.approx(100 * (5 - 2.4) / 6)
    assert found.evidence == "C"
    assert [row["outcome"] for row in found.table("outcomes").rows][1:] == ["NPS", "Mean score"]
    assert found.warnings[0].startswith("Few can be compared: 6")


def test_recovery_by_team_has_the_others_of_all_and_a_period_still_knows_the_next_answer():
    before, after = [3] * 30, [9] * 10 + [3] * 20
    data = people(before, after, called=set(range(12)))
    [row] = recovery(data, by="team").table("by_value").rows
    assert (row["value"], row["n"], row["observed"], row["expected"]) == ("north", 12, pytest.approx(1000 / 12), 0)
    may = data.narrowed(Filter(window=Window(start=date(2026, 5, 1), end=date(2026, 5, 20))))
    assert recovery(may).figures == recovery(data).figures
    assert recovery(data, within_days=20).refused


def test_passives_moved_are_counted_by_hand():
    found = passives_moved(people([7] * 20, [9] * 4 + [8] * 6 + [9] + [6] * 9, nudged=set(range(10))))
    assert found.figures["lift"] == pytest.approx(40 - 10)
    assert found.figures["score_lift"] == pytest.approx(8.4 - 6.3)
    assert (found.figures["n"], found.figures["others"]) == (10, 10)


def test_the_interval_of_recovery_covers_no_effect_where_there_is_none():
    """Seeded: 300 companies of people who only come back by themselves; the worst are called most."""
    dice, covered, naive = np.random.default_rng(11), 0, []
    for _ in range(300):
        loyal, bucket = dice.normal(5.5, 2, 400), dice.integers(0, BUCKETS, 400)
        before, after = (np.clip(np.round(loyal + dice.normal(0, 2, 400)), 0, 10).astype(int) for _ in range(2))
        called = dice.random(400) < (10 - before) / 14
        counts = np.zeros((2, BUCKETS, 11, 11))
        np.add.at(counts, (np.where(called, 0, 1), bucket, before, after), 1)
        found = lift(counts, before=DETRACTORS, outcome=Outcome.RECOVERED, confidence=0.95)
        covered += found is not None and found.lift.low <= 0 <= found.lift.high
        naive.append(found.observed)
    assert np.mean(naive) > 20  # so many come back by themselves: before and after would call it an effect
    assert 0.92 <= covered / 300 <= 0.985


def test_nothing_is_a_refusal_and_no_error():
    empty = world(cases=[], nudges=[])
    assert all(ask(empty).refused for ask in (follow_up_time, follow_up_sla, recovery, passives_moved))
    bare = world()
    assert all(ask(bare).refused for ask in (follow_up_time, follow_up_sla, recovery, passives_moved))


def test_before_its_time_has_come_no_case_counts_not_even_one_that_was_quick():
    soon = [case(n, opened=NOW - 2 * HOUR, due=8, contacted=1 if n < 6 else None) for n in range(60)]
    assert follow_up_sla(world(cases=soon)).refusal
    over = [case(100 + n, contacted=1 if n < 3 else None) for n in range(10)]
    assert follow_up_sla(world(cases=soon + over)).figures["due"] == 10


def test_while_the_customer_is_waited_for_no_promise_is_broken():
    still = f'[["{(THEN + HOUR).isoformat()}", null]]'
    over = f'[["{(THEN + HOUR).isoformat()}", "{(THEN + 2 * HOUR).isoformat()}"]]'
    rows = [case(n, pauses=still) for n in range(6)] + [case(10 + n, pauses=over) for n in range(5)]
    found = follow_up_sla(world(cases=[*rows, *(case(20 + n, contacted=1, pauses=still) for n in range(4))]))
    assert (found.figures["due"], found.figures["kept"]) == (9, 4)


def test_a_contact_before_the_answer_followed_up_nothing_of_it():
    given = {"before": [2] * 40, "after": [9] * 20 + [2] * 20, "called": range(20)}
    assert recovery(people(**given)).figures["n"] == 20
    assert recovery(people(**given, contacted=-600)).refusal  # in a case that this answer joined


def test_of_few_who_pass_a_filter_no_recovery_is_shown():
    some = people([2] * 24, [9] * 24, called=range(2), nudged=range(2))
    assert recovery(some).figures["compared"] == 2
    narrow = some.narrowed(Filter(window=Window(THEN.date() - timedelta(days=3000), NOW.date())))
    assert "Fewer than 5" in (recovery(narrow).refusal or "")
