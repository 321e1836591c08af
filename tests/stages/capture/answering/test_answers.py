"""An answer is kept once, with its event, its revision and its attributes as they stood."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from nineplus.stages import capture
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.models import Account, Attribute, Contact, Event, Response, Revision, Survey

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def record(**more: object) -> capture.Recorded:
    return capture.record_response(**{"score": 9, "survey": "Relationship", "now": NOW, **more})


def test_an_answer_brings_its_event_and_its_revision():
    made = record(comment=" Fast! ")
    row = Response.objects.get()
    assert made.created
    assert (row.score, row.comment, row.comment_raw, row.answered_at) == (9, "Fast!", " Fast! ", NOW)
    assert row.revision == Revision.last()
    assert [(event.kind, event.data) for event in Event.objects.all()] == [("response.scored", {"response": row.pk})]


def test_the_same_key_again_is_the_same_answer():
    first = record(key="k1")
    again = record(key="k1")
    assert (again.created, again.response.pk) == (False, first.response.pk)
    assert Response.objects.count() == Event.objects.count() == 1


def test_a_key_is_not_for_another_answer():
    record(key="k1")
    with pytest.raises(Conflict):
        record(key="k1", score=0)


def test_without_a_key_the_same_answer_twice_is_two():
    record()
    record()
    assert Response.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_the_same_moment_is_one_answer():
    outcomes: list[bool] = []

    def send() -> None:
        try:
            outcomes.append(record(key="k1", account="acme", email="a@example.org").created)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 5 + [True]
    assert (Response.objects.count(), Account.objects.count(), Contact.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("score", [-1, 11, 9.5, "9", True, None])
def test_what_is_no_score_is_refused(score: object):
    with pytest.raises(NotPossible, match="0 to 10"):
        record(score=score)
    assert not Response.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"survey": " "},
        {"touchpoint": "whenever"},
        {"answered_at": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"answered_at": NOW + timedelta(days=1)},
        {"attributes": {"!": "x"}},
    ],
)
def test_what_cannot_be_an_answer_leaves_nothing(wrong: dict[str, object]):
    with pytest.raises(NotPossible):
        record(**wrong)
    assert not Response.objects.exists()
    assert not Event.objects.exists()
    assert not Survey.objects.exists()


def test_unknown_parties_are_added_once_and_known_ones_used():
    account = Account.objects.create(source="crm", external_id="acme", name="Acme", revision=1)
    record(account="acme", email="Ada@Example.org")
    made = record(email="ada@example.org").response
    assert made.account == account  # the contact's
    assert Contact.objects.get().email == "ada@example.org"
    assert Survey.objects.count() == 1


def test_attributes_are_frozen_as_they_stand():
    account = Account.objects.create(
        external_id="acme", attributes={"plan": "Pro", "region": "EMEA", "seats": 5, "note": ""}, revision=1
    )
    Contact.objects.create(
        external_id="a", email="a@example.org", account=account, attributes={"region": "APAC"}, revision=1
    )
    made = record(account="acme", email="a@example.org", attributes={"First Touch": "Web"}).response
    account.attributes = {"plan": "Free"}
    account.save()
    made.refresh_from_db()
    assert made.attributes == {"plan": "Pro", "region": "APAC", "seats": "5", "first_touch": "Web"}
    assert Attribute.objects.get().label == "First Touch"


def test_the_comment_comes_later():
    made = record(comment="").response
    before = made.revision
    changed = capture.add_comment(response_id=made.pk, comment="Slow.", now=NOW)
    assert (changed.comment, changed.score) == ("Slow.", 9)
    assert changed.revision > before
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == ["response.scored", "response.changed"]
    with pytest.raises(NotFound):
        capture.add_comment(response_id=4711, comment="x", now=NOW)


@pytest.mark.parametrize("comment", ["STOP", "n/a", " nil ", "-", "No comment."])
def test_a_comment_that_says_nothing_is_kept_raw_only(comment: str):
    row = record(comment=comment).response
    assert (row.comment, row.comment_raw) == ("", comment)
