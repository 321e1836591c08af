"""What the sample company does with its answers is believable, and its planted effects are found by their sign."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from itertools import pairwise

import numpy as np
import pytest

from nineplus.sample import telling, truth
from nineplus.sample.company import company
from nineplus.sample.days import DAY
from nineplus.stats.recovery import Outcome, recovery

UNTIL = date(2026, 7, 1)
STOP = int(datetime(2026, 7, 1, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.fixture(scope="module")
def made():
    return company(until=UNTIL)


@pytest.fixture(scope="module")
def answers(made):
    rows = made.sources["responses"].select(["response", "account", "contact", "score", "answered_at"]).to_pylist()
    return {int(row["response"][2:]): row for row in rows}


def test_cases_are_of_unhappy_answers_of_the_last_year(made, answers):
    cases = made.loop.cases
    assert 60 <= len(cases) <= 100
    for case in cases:
        assert all(answers[one]["score"] <= 6 for one in case.answers)
        assert len({answers[one]["account"] for one in case.answers}) == 1
        times = [case.opened, case.reached or case.opened, case.closed or STOP]
        assert times == sorted(times)
        assert case.opened >= STOP - 366 * DAY


def test_every_state_of_a_case_is_there(made):
    cases = made.loop.cases
    waits = [(case.reached or case.closed or STOP) - case.opened for case in cases]
    assert sum(wait <= DAY for wait in waits) / len(cases) > 0.4
    assert any(wait > 2 * DAY for wait in waits)
    assert any(case.closed is None and case.reached is None for case in cases)
    assert any(case.closed is None and case.reached for case in cases)
    assert any(case.reopened for case in cases)
    assert len({case.outcome for case in cases if case.closed}) >= 4


def test_one_case_of_an_account_is_open_at_a_time(made, answers):
    open_ = Counter(answers[case.answers[0]]["account"] for case in made.loop.cases if case.closed is None)
    assert max(open_.values()) == 1


def _lift(answers, followed, *, before, outcome):
    """The lift of those answers (number -> when somebody reached them) over others of exactly the same score."""
    tables = np.zeros((2, 64, 11, 11))
    ordered = sorted(answers.items(), key=lambda row: (row[1]["contact"], row[1]["answered_at"]))
    for (number, first), (_, then) in pairwise(ordered):
        if first["contact"] == then["contact"] and first["score"] in before:
            at = followed.get(number)
            yes = at is not None and at < then["answered_at"].timestamp() * 1e6
            tables[0 if yes else 1, int(first["account"][2:]) % 64, first["score"], then["score"]] += 1
    return recovery(followed=tables[0], alone=tables[1], before=before, outcome=outcome).lift


def test_whom_somebody_reached_comes_back_more_often_than_expected(made, answers):
    assert truth.REACHED_SOON > truth.REACHED_LATE > 0
    reached = {case.answers[0]: case.reached for case in made.loop.cases if case.reached}
    lift = _lift(answers, reached, before=range(7), outcome=Outcome.RECOVERED)
    assert lift.value > 0
    assert made.truth["reached or nudged before"] > 0


def test_nudged_passives_become_promoters_more_often_than_expected(made, answers):
    assert all(answers[number]["score"] in (7, 8) for number, _ in made.loop.nudged)
    assert _lift(answers, dict(made.loop.nudged), before=(7, 8), outcome=Outcome.PROMOTER).value > 0


def test_contracts_renew_all_through_the_year(made):
    days = sorted((at - datetime(2026, 7, 1, tzinfo=UTC)).days for at in made.renewals.values())
    assert 0 <= days[0] < 30
    assert sum(day < 90 for day in days) >= 30
    assert days[-1] < 400
    left = {row["subscription"] for row in made.sources["movements"].to_pylist() if row["kind"] == "churn"}
    assert not left & set(made.renewals)


def test_some_tickets_are_open(made):
    assert 30 < made.sources["tickets"]["resolved_at"].null_count < 150


def test_acts_stand_in_every_stage_and_one_referral_was_won(made):
    loop = made.loop
    assert {deed.stage for deed in loop.deeds} == {"asked", "agreed", "doing", "done", "declined"}
    assert Counter(deed.kind for deed in loop.deeds) == {"referral": 9, "review": 6}
    assert [one.state for one in loop.referred].count("won") == 1
    assert {one.helped for one in loop.news} == {"", "yes", "partly", "no"}


def test_what_was_complained_of_is_the_cause():
    assert telling.cause("Fine. We were billed twice for the same seats.", number=1) == "billing"
    assert telling.cause("", number=0) == "service.first_response"
    assert telling.said("called", "") == telling.words()["called"]["otherwise"]
