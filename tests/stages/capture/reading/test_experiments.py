"""An experiment's result: arms, shares who answered, scores."""

from __future__ import annotations

from itertools import count

import pytest

from nineplus.stages.capture.reading.experiments import experiment_result
from nineplus.store.models import Experiment, Invitation, Response
from tests.stages.capture import asking_world as world
from tests.stages.capture.asking_world import DAY, NOW

pytestmark = pytest.mark.django_db
_ids = count(1)


def running(shares=(1, 1)):
    survey = world.survey()
    arms = [{"name": name, "share": share, "change": {}} for name, share in zip("abc", shares, strict=False)]
    experiment = Experiment.objects.create(
        survey=survey, name="Subject", kind="subject", arms=arms, seed="s", created_at=NOW, started_at=NOW
    )
    return experiment


def fill(experiment, arm, *, accounts, each=2, answered, score=9, sent=NOW + DAY):
    """Accounts in that arm with so many asks each; the first `answered` accounts answer all of theirs."""
    for number in range(accounts):
        company = world.account()
        for _ in range(each):
            person = world.contact(account=company)
            row = Invitation.objects.create(
                source="nineplus",
                external_id=f"e{next(_ids)}",
                survey=experiment.survey,
                contact=person,
                account=company,
                arm=arm,
                fate="sent",
                due_at=sent,
                sent_at=sent,
                revision=0,
            )
            if number < answered:
                Response.objects.create(
                    survey=experiment.survey,
                    invitation=row,
                    account=company,
                    score=score,
                    answered_at=sent,
                    external_id=f"er{row.pk}",
                    revision=0,
                )


def test_the_shares_who_answered_are_compared_before_the_scores():
    experiment = running()
    fill(experiment, "a", accounts=60, answered=10)
    fill(experiment, "b", accounts=60, answered=40, score=5)
    found = experiment_result(experiment, now=NOW + 40 * DAY)
    first, second = found.table("rates").rows
    assert (first["accounts"], first["asked"], first["answered"]) == (60, 120, 20)
    assert second["difference"].value == pytest.approx(50)
    assert 25 < second["difference"].low < second["difference"].high < 70
    # Colleagues answer alike here, so that two of them are worth little more than one.
    assert first["rate"].n_eff < 90
    assert found.evidence == "A"
    assert any("only by who answered" in warning for warning in found.warnings)
    assert [table.name for table in found.tables] == ["rates", "scores"]
    scores = {row["arm"]: row for row in found.table("scores").rows}
    assert (scores["a"]["nps"].value, scores["b"]["nps"].value) == (100, -100)
    assert scores["b"]["gap"].value == -200
    assert "more" in found.says


def test_arms_of_another_size_than_meant_are_told():
    experiment = running()
    fill(experiment, "a", accounts=40, each=1, answered=5)
    fill(experiment, "b", accounts=90, each=1, answered=5)
    found = experiment_result(experiment, now=NOW + 40 * DAY)
    assert "not filled" in found.warnings[0]
    assert found.evidence is None
    meant = running_again(experiment, shares=(4, 9))
    assert not any("not filled" in warning for warning in experiment_result(meant, now=NOW + 40 * DAY).warnings)


def running_again(experiment, *, shares):
    experiment.arms = [{**arm, "share": share} for arm, share in zip(experiment.arms, shares, strict=True)]
    experiment.save()
    return experiment


def test_nothing_is_said_before_answers_could_come():
    experiment = running()
    fill(experiment, "a", accounts=6, answered=3)
    fill(experiment, "b", accounts=6, answered=3)
    assert experiment_result(experiment, now=NOW + 10 * DAY).refused
    assert not experiment_result(experiment, now=NOW + 16 * DAY).refused


def test_more_arms_are_compared_with_wider_intervals():
    two, three = running((1, 1)), None
    for arm in "ab":
        fill(two, arm, accounts=30, answered=10)
    narrow = experiment_result(two, now=NOW + 40 * DAY).table("rates").rows[1]["difference"]
    two.ended_at = NOW + 39 * DAY
    two.save()
    two.arms = [*two.arms, {"name": "c", "share": 1, "change": {}}]
    fill(two, "c", accounts=30, answered=10)
    three = experiment_result(two, now=NOW + 40 * DAY).table("rates").rows[1]["difference"]
    assert three.high - three.low > narrow.high - narrow.low


def test_arms_that_ask_at_other_times_are_compared_over_the_same_occasions():
    experiment = running()
    experiment.kind = "timing"
    experiment.arms[1]["change"] = {"delay_hours": 72}
    experiment.ended_at = NOW + 10 * DAY
    experiment.save()
    for sent, arms in ((NOW + 2 * DAY, "a"), (NOW + 5 * DAY, "ab"), (NOW + 8 * DAY, "a"), (NOW + 9 * DAY, "b")):
        for arm in arms:
            fill(experiment, arm, accounts=3, each=1, answered=1, sent=sent)

    def asked(days):
        rows = experiment_result(experiment, now=NOW + days * DAY).table("rates").rows
        return [row["asked"] for row in rows]

    # The last occasion that both arms had is three days before the end: what the quick arm asked later has no twin.
    assert asked(60) == [6, 6]
    # By day 21 the slow arm's asks of day 5 are old enough; of the quick arm those about what happened by then.
    assert asked(21) == [3, 3]


def test_an_ask_drawn_before_the_end_counts_though_its_message_went_later():
    experiment = running()
    experiment.ended_at = NOW + 2 * DAY
    experiment.save()
    for arm in "ab":
        fill(experiment, arm, accounts=3, each=1, answered=1, sent=NOW + 4 * DAY)
    rows = experiment_result(experiment, now=NOW + 40 * DAY).table("rates").rows
    assert [row["asked"] for row in rows] == [3, 3]
