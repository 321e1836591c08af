"""Surveys as they are drawn up, while answers to them come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nineplus.model.survey import Content, Plan
from nineplus.stages.capture.drawing import surveys
from nineplus.store.models import Survey

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: surveys.save(one, plan=Plan(), now=NOW),
        lambda one: surveys.publish(one, now=NOW),
        lambda one: surveys.switch(one, state="paused", now=NOW),
    ],
)
def test_a_change_waits_for_answers_before_it_locks_the_survey(change: Callable[[Survey], object]):
    """Answers hold the revision and then look at the survey: the other way round each would wait for the other."""
    made = surveys.create(name="Ours", touchpoint="custom", content=Content(), plan=Plan(), now=NOW)
    surveys.publish(made, now=NOW)
    with CaptureQueriesContext(connection) as seen:
        change(made)
    told = [query["sql"] for query in seen.captured_queries]
    revision = next(at for at, sql in enumerate(told) if "UPDATE nineplus_revision" in sql)
    survey = next(at for at, sql in enumerate(told) if 'FROM "nineplus_survey"' in sql)
    assert revision < survey
