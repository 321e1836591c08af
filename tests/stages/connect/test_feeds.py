"""Answers that a survey tool sends: signed, kept once, never lost silently."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from nineplus.stages.capture.people.erasing import erase
from nineplus.stages.connect import feeds, imports
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import Contact, Event, Feed, FeedCall, Response
from tests.connectors.surveys import exports
from tests.connectors.surveys.typeform_calls import body, scale, signed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def made() -> feeds.NewFeed:
    return feeds.add(kind="typeform", name="Loyalty form", now=NOW)


def hear(made: feeds.NewFeed, call: bytes, **headers: str) -> str:
    told = headers or signed(call, made.secret)
    return feeds.hear(hook_key=made.feed.hook_key, headers=told, body=call, now=NOW)


def test_an_answer_is_kept_once_however_often_it_comes(made):
    assert [hear(made, body()) for _ in range(3)] == ["taken", "same", "same"]
    answer = Response.objects.select_related("survey", "contact", "account").get()
    assert (answer.score, answer.comment, answer.survey.name) == (9, "Fast answers", "Loyalty")
    assert (answer.external_id, answer.contact.external_id) == ("typeform:tok1", "u7")
    assert (answer.contact.email, answer.account.external_id) == ("ada@customer.example", "A1")
    assert answer.attributes == {"plan": "pro", "which_team": "Sales"}
    assert answer.raw["payload"]["form_response"]["hidden"]["plan"] == "pro"
    assert Event.objects.filter(kind="response.scored").count() == 1
    assert Feed.objects.get().taken == 1


def test_the_person_is_found_by_their_id_or_their_address(made):
    known = Contact.objects.create(external_id="crm-1", email="ada@customer.example", created_at=NOW, revision=1)
    hear(made, body())
    hear(made, body(token="tok2", hidden={"email": "Ada@Customer.example"}))
    assert set(Response.objects.values_list("contact", flat=True)) == {known.pk}
    hear(made, body(token="tok3", hidden={}))
    assert Response.objects.get(external_id="typeform:tok3").contact is None


def test_a_call_that_is_not_signed_is_refused_and_leaves_nothing(made):
    call = body()
    for headers in (
        {"typeform-signature": ""},
        {"x": "y"},
        signed(call, "another secret"),
        signed(b"other", made.secret),
    ):
        with pytest.raises(feeds.Forged):
            hear(made, call, **headers)
    with pytest.raises(feeds.Forged):
        hear(made, b" " * (feeds.LARGEST + 1))
    assert not Response.objects.exists()
    assert not FeedCall.objects.exists()
    assert made.secret not in Feed.objects.get().secrets


def test_a_feed_that_is_off_or_gone_takes_nothing(made):
    feeds.change(made.feed.pk, on=False)
    with pytest.raises(NotFound):
        hear(made, body())
    feeds.remove(made.feed.pk)
    with pytest.raises(NotFound):
        hear(made, body())


def test_what_cannot_be_used_is_kept_with_its_reason_and_tried_again(made):
    call = body(answers=[scale(3, "one"), scale(8, "two")])
    assert [hear(made, call), hear(made, call), hear(made, b"no json")] == ["unusable"] * 3
    assert [one.code for one in feeds.unusable(made.feed)] == ["no_json", "which_question"]
    feeds.change(made.feed.pk, settings={"question": "two", "nonsense": "x"})
    assert feeds.again(feeds.find(made.feed.pk), now=NOW) == 1
    assert Response.objects.get().score == 8
    assert [one.code for one in feeds.unusable(made.feed)] == ["no_json"]


def test_only_so_many_unusable_calls_are_kept(made, monkeypatch):
    monkeypatch.setattr(feeds, "_MOST_CALLS", 3)
    for number in range(5):
        hear(made, body(token=f"t{number}", answers=[]))
    assert [one.key for one in feeds.unusable(made.feed)] == ["t4", "t3", "t2"]


def test_an_answer_in_the_future_or_of_a_broken_clock_counts_from_now(made):
    hear(made, body(submitted_at="2031-01-01T00:00:00Z"))
    assert Response.objects.get().answered_at == NOW


def test_the_same_answer_in_an_exported_file_is_the_same_answer(made, tmp_path):
    hear(made, body(token=f"tok{0:029}", hidden={"email": "ada0@customer.example"}))
    path = tmp_path / "responses.csv"
    path.write_text(exports.typeform([9, 10]), encoding="utf-8")
    one = imports.receive(path, now=NOW)
    imports.confirm(one.pk, imports.propose(one.pk), now=NOW, hand_on=False)
    done = imports.run(one.pk, now=NOW)
    assert (done.state, done.rows_added) == ("done", 1)
    assert Response.objects.count() == 2


def test_whoever_is_erased_leaves_no_payload_behind(made):
    hear(made, body())
    hear(made, body(token="tok2", answers=[]))
    erase(contact=Contact.objects.get().pk, now=NOW)
    assert Response.objects.get().raw is None
    assert not FeedCall.objects.exists()


@pytest.mark.parametrize("hidden", [{"email": "ada@customer.example"}, {"contact_id": "C1"}])
def test_nothing_more_is_kept_of_whoever_was_erased(made, hidden: dict[str, str]):
    hear(made, body(hidden=hidden))
    erase(contact=Contact.objects.get().pk, now=NOW)
    assert hear(made, body(token="tok2", hidden=hidden)) == "same"
    assert (Contact.objects.count(), Response.objects.count()) == (1, 1)
    Contact.objects.create(source="crm", external_id=hidden.get("contact_id", "C2"), revision=1)
    assert hear(made, body(token="tok3", hidden=hidden)) == ("taken" if "contact_id" in hidden else "same")


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"kind": "nobody"}, "typeform"),
        ({"secret": "short"}, "12 to 500"),
        ({"touchpoint": "nowhere"}, "post-resolution"),
    ],
)
def test_what_cannot_be_a_feed_is_said_in_words(told, says):
    with pytest.raises(NotPossible, match=says):
        feeds.add(**{"kind": "typeform", "name": "x", "now": NOW} | told)


def test_over_http(made, client: Client):
    call, address = body(), f"/hooks/{made.feed.hook_key}/"

    def post(call: bytes, **headers: str) -> int:
        return client.post(address, call, content_type="application/json", headers=headers).status_code

    good = signed(call, made.secret)["typeform-signature"]
    assert post(call) == 403
    assert post(call, **{"Typeform-Signature": good}) == 204
    assert post(call, **{"Typeform-Signature": good}) == 204
    assert Response.objects.count() == 1
    assert client.get(address).status_code == 200
    assert client.post("/hooks/nobody/", b"{}", content_type="application/json").status_code == 404
