"""What is drawn on every time axis."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from nineplus.model import Marker
from nineplus.model.survey import Brand, Content, Plan, Texts
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.govern import markers

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_other_words_are_marked_and_other_looks_are_not():
    survey = surveys.create(name="Quarterly", touchpoint="relationship", content=Content(), plan=Plan(), now=NOW)
    surveys.publish(survey, now=NOW)
    reworded = Content(texts={"en": Texts(question="Would you recommend us?")})
    repainted = reworded.model_copy(update={"brand": Brand(colour="#112233")})
    for days, content in ((1, reworded), (2, repainted)):
        surveys.save(survey, content=content, now=NOW)
        surveys.publish(survey, now=NOW + timedelta(days=days))
    assert survey.versions.count() == 3
    assert markers.markers() == (Marker(at=date(2026, 11, 21), label="Quarterly: version 2"),)


def test_notes_stand_among_them_in_order():
    markers.add(at=date(2026, 11, 1), label="New prices")
    assert markers.markers() == (Marker(at=date(2026, 11, 1), label="New prices"),)
