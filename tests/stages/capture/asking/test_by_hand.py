"""Asking by hand."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from nineplus.jobs.worker import Worker
from nineplus.model.survey import Content, Plan, Policy
from nineplus.stages.capture.asking import audience, by_hand
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Contact, Invitation

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def made(plan: Plan):
    survey = surveys.create(name="By hand", touchpoint="custom", content=Content(), plan=plan, now=NOW)
    surveys.publish(survey, now=NOW)
    return surveys.switch(survey, state="active", now=NOW)


def test_the_worker_asks_each_of_the_audience_once_however_often_it_is_ordered():
    survey = made(Plan(policy=Policy(quiet_from="00:00", quiet_to="00:00", contact_gap_days=0, survey_gap_days=0)))
    for number in range(3):
        Contact.objects.create(external_id=str(number), email=f"p{number}@company.test", revision=1, created_at=NOW)
    worker = Worker(clock=lambda: NOW)
    for _ in range(2):
        by_hand.order(survey, occasion="2026-11-20", now=NOW)
        worker.once()
    assert list(Invitation.objects.values_list("fate", flat=True)) == ["planned"] * 3


def test_what_cannot_ask_says_so():
    with pytest.raises(NotPossible, match="no way to write"):
        by_hand.order(made(Plan(channels=())), occasion="x", now=NOW)
    survey = surveys.create(name="Draft", touchpoint="custom", content=Content(), plan=Plan(), now=NOW)
    with pytest.raises(NotPossible, match="switched on"):
        by_hand.order(survey, occasion="x", now=NOW)


@pytest.mark.django_db(transaction=True)
def test_reading_everyone_leaves_no_query_open_that_would_keep_sqlite_from_writing():
    more = 6_000  # than are fetched at once
    Contact.objects.bulk_create(Contact(external_id=str(number), revision=1) for number in range(more))
    survey = made(Plan())
    dues = audience.everyone(audience.Asking.of(survey), occasion="x", now=NOW)
    first = next(dues)

    def elsewhere() -> None:
        Contact.objects.update(name="changed by another")
        connection.close()

    other = threading.Thread(target=elsewhere)
    other.start()
    other.join()
    assert Contact.objects.update(name="changed here") == more
    assert len({first.contact, *(due.contact for due in dues)}) == more
