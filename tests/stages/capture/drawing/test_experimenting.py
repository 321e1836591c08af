"""Experiments: drawn up, begun, ended."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nineplus.model.survey import Content, Plan
from nineplus.stages.capture.drawing import experimenting, surveys
from nineplus.stages.capture.drawing.arms import content_in
from nineplus.stages.errors import Conflict, NotPossible

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
AS_IS = {"name": "as it is", "share": 50, "change": {}}


@pytest.fixture
def survey():
    return surveys.create(name="Quarterly", touchpoint="relationship", content=Content(), plan=Plan(), now=NOW)


def drawn(survey, kind="subject", change=None, **more):
    other = {"name": "other", "share": 50, "change": change or {"texts": {"en": {"subject": "A minute?"}}}}
    return experimenting.create(survey, name="Subject", kind=kind, arms=[AS_IS, other | more], now=NOW)


def test_one_runs_at_a_time_and_what_began_is_kept(survey):
    first, second = drawn(survey), drawn(survey)
    experimenting.start(first, now=NOW)
    with pytest.raises(Conflict, match="Another experiment"):
        experimenting.start(second, now=NOW)
    with pytest.raises(Conflict, match="kept"):
        experimenting.remove(first, now=NOW)
    experimenting.end(first, now=NOW)
    with pytest.raises(Conflict, match="does not run"):
        experimenting.end(first, now=NOW)
    experimenting.start(second, now=NOW)
    assert survey.experiments.filter(started_at__isnull=False, ended_at=None).get() == second


def test_another_experiment_does_not_change_what_an_arm_of_the_first_reads(survey):
    first = drawn(survey)
    second = drawn(survey, change={"texts": {"en": {"subject": "Two minutes?"}}})
    assert [arm["name"] for arm in second.arms] == ["as it is 2", "other 2"]
    read = {arm: content_in(Content(), survey=survey.pk, arm=arm).texts["en"].subject for arm in ("other", "other 2")}
    assert read == {"other": "A minute?", "other 2": "Two minutes?"}
    experimenting.remove(second, now=NOW)
    assert [arm["name"] for arm in drawn(survey).arms] == ["as it is 2", "other 2"]
    assert first.arms[0] == AS_IS
    long = [{"name": letter + "x" * 59, "share": 1, "change": {}} for letter in "ab"]
    two = [experimenting.create(survey, name="Long", kind="subject", arms=long, now=NOW) for _ in range(2)]
    assert {len(arm["name"]) for one in two for arm in one.arms} == {60}
    alike = [{"name": "x" * 59 + letter, "share": 1, "change": {}} for letter in "ab"]
    experimenting.create(survey, name="Alike", kind="subject", arms=alike, now=NOW)
    with pytest.raises(NotPossible, match="Choose others"):
        experimenting.create(survey, name="Alike", kind="subject", arms=alike, now=NOW)


@pytest.mark.parametrize(
    ("kind", "change", "more", "said"),
    [
        ("subject", {"texts": {"en": {"question": "Other?"}}}, {}, "changes subject, not question"),
        ("subject", {"texts": {"en": {"subject": "Hello\r\nBcc: x"}}}, {}, "cannot be used"),
        ("timing", {"delay_hours": "soon"}, {}, "number of hours"),
        ("incentive", {"code_pool": 999}, {}, "no such pool"),
        ("colour", {}, {}, "no experiment with"),
        ("subject", {}, {"name": "as it is"}, "name of its own"),
        ("subject", {}, {"share": 0}, "above 0"),
    ],
)
def test_what_cannot_be_tried_is_said(survey, kind, change, more, said):
    with pytest.raises(NotPossible, match=said):
        drawn(survey, kind, change, **more)
    assert not survey.experiments.exists()
