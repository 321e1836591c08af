"""Answers and numbers over the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from nineplus.stages.capture import record_response
from nineplus.store.models import Event, Response
from tests.api.delighted.conftest import Caller

pytestmark = pytest.mark.django_db
DAY = 86_400


@pytest.fixture
def person(call: Caller) -> str:
    return call("POST", "people", {"email": "ada@customer.example", "send": False})["id"]


def seconds(**ago: int) -> int:
    return int((timezone.now() - timedelta(**ago)).timestamp())


def add(call: Caller, person: str, score: int, **more: object) -> dict[str, object]:
    return call("POST", "survey_responses", {"person": person, "score": score, **more}, status=201)


def test_an_answer_in_and_out(call: Caller, person: str):
    at = seconds(days=2)
    made = add(call, person, 7, comment="n/a", created_at=at, person_properties={"Store": "Berlin"})
    assert call("GET", f"survey_responses/{made['id']}.json") == made
    assert (made["score"], made["comment"], made["created_at"], made["survey_type"]) == (7, "n/a", at, "nps")
    assert made["person"] == person
    assert made["person_properties"] == {"Delighted Source": "API", "Store": "Berlin"}
    row = Response.objects.get()
    assert (row.comment, row.survey_id) == ("", call.survey.pk)
    assert Event.objects.filter(kind="response.scored").count() == 1
    whole = call("GET", f"survey_responses/{made['id']}?expand[]=person")
    assert whole["person"]["email"] == "ada@customer.example"


def test_a_changed_score_keeps_the_earlier_one(call: Caller, person: str):
    made = add(call, person, 9)
    said = call("PUT", f"survey_responses/{made['id']}", {**made, "score": 2, "tags": ["slow", "slow"]})
    assert (said["score"], said["tags"]) == (2, ["slow"])
    assert said["updated_at"] >= made["updated_at"]
    row = Response.objects.get()
    assert [one["score"] for one in row.signals["earlier"]] == [9]
    assert "delighted_source" not in row.attributes


def test_the_same_object_again_changes_nothing(call: Caller, person: str):
    made = add(call, person, 9, comment="Fine", person_properties={"Store": "Berlin"})
    before = Response.objects.get()
    assert call("PUT", "survey_responses", made) == made
    after = Response.objects.get()
    assert (after.revision, after.changed_at) == (before.revision, before.changed_at)


def test_notes(call: Caller, person: str):
    made = add(call, person, 9)
    notes = [{"id": "7", "text": "Called her", "user_email": "cs@example.org"}]
    assert call("PUT", f"survey_responses/{made['id']}", {"notes": notes})["notes"] == ["7"]
    [note] = call("GET", f"survey_responses/{made['id']}?expand=notes")["notes"]
    assert (note["text"], note["user_email"]) == ("Called her", "cs@example.org")
    assert call("PUT", f"survey_responses/{made['id']}", {"notes": ["7"], "score": 8})["notes"] == ["7"]


def test_only_the_answers_of_the_key_s_survey(call: Caller, person: str):
    other = record_response(score=1, survey="Another", email="ada@customer.example", now=timezone.now()).response
    assert call("GET", "survey_responses") == []
    call("GET", f"survey_responses/{other.pk}", status=404)
    call("PUT", f"survey_responses/{other.pk}", {"score": 10}, status=404)
    assert call("GET", "metrics")["response_count"] == 0


def test_order_windows_and_pages(call: Caller, person: str):
    made = [add(call, person, score, created_at=seconds(days=10 - score)) for score in range(5)]
    ids = [one["id"] for one in made]
    assert [one["id"] for one in call("GET", "survey_responses")] == ids
    assert [one["id"] for one in call("GET", "survey_responses?order=desc&per_page=2&page=2")] == [ids[2], ids[1]]
    since = made[2]["created_at"]
    assert [one["id"] for one in call("GET", f"survey_responses?since={since}&until={since}")] == [ids[2]]
    call("PUT", f"survey_responses/{ids[0]}", {"comment": "later"})
    assert [one["id"] for one in call("GET", "survey_responses?order=asc:updated_at")][-1] == ids[0]
    assert [one["id"] for one in call("GET", f"survey_responses?updated_since={seconds(hours=1)}")] == [ids[0]]
    assert call("GET", "survey_responses?page=9") == []
    assert "order" in call("GET", "survey_responses?order=up", status=422)["errors"]


def test_the_numbers(call: Caller, person: str):
    for score in (10, 9, 9, 8, 7, 6):
        add(call, person, score)
    assert call("GET", "metrics") == {
        "nps": 33,
        "promoter_count": 3,
        "promoter_percent": 50,
        "passive_count": 2,
        "passive_percent": 33,
        "detractor_count": 1,
        "detractor_percent": 17,
        "response_count": 6,
    }


def test_the_window_ends_at_the_latest_answer(call: Caller, person: str):
    add(call, person, 0, created_at=seconds(days=141))
    add(call, person, 10, created_at=seconds(days=110))
    add(call, person, 10, created_at=seconds(days=100))
    assert call("GET", "metrics")["response_count"] == 2
    assert call("GET", "metrics?since=0")["response_count"] == 3
    assert call("GET", f"metrics?until={seconds(days=105)}")["response_count"] == 2


def test_no_answers_have_no_nps(call: Caller):
    said = call("GET", "metrics")
    assert said["nps"] is None
    assert said["response_count"] == 0


def test_groups_and_trends(call: Caller, person: str):
    add(call, person, 10, person_properties={"State": "CA"})
    row = Response.objects.get()
    now = datetime.now(UTC)
    kiosk = record_response(score=0, survey="x", survey_row=call.survey.pk, channel="kiosk", now=now).response
    assert kiosk.survey_id == row.survey_id
    assert call("GET", "metrics?groups[]=core")["nps"] == 100
    assert call("GET", "metrics?groups[]=kiosk&groups[]=link")["nps"] == -100
    assert call("GET", "metrics?groups=core&groups=kiosk")["response_count"] == 2
    assert call("GET", "metrics?trend=State:CA")["response_count"] == 1
    assert len(call("GET", "survey_responses?trend=State:CA")) == 1
    assert "trend" in call("GET", "metrics?trend=70", status=422)["errors"]
    for more in ("regex:C", "contains:C", "in:CA", "isnull:x"):
        assert call("GET", f"survey_responses?trend=state__{more}") == []
    assert "groups" in call("GET", "metrics?groups[]=all", status=422)["errors"]


@pytest.mark.parametrize("score", [11, -1, "ten", 7.5, None, True, "NaN", [], 10**30])
def test_scores_that_are_none(call: Caller, person: str, score: object):
    said = call("POST", "survey_responses", {"person": person, "score": score}, status=422)
    assert "score" in said["errors"]
    assert not Response.objects.exists()


def test_a_person_who_is_not_there(call: Caller):
    call("POST", "survey_responses", {"person": "987654", "score": 9}, status=404)
    assert "person" in call("POST", "survey_responses", {"person": "me", "score": 9}, status=422)["errors"]
    future = int(timezone.now().timestamp()) + DAY
    call("GET", f"survey_responses?since={future}", status=200)


def test_an_answer_from_the_future_is_refused(call: Caller, person: str):
    future = int(timezone.now().timestamp()) + DAY
    call("POST", "survey_responses", {"person": person, "score": 9, "created_at": future}, status=422)
