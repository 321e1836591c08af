"""Webhooks: signed as Delighted signed, tried until taken, never into the inside of the network unless allowed."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.conf import settings

from nineplus.jobs.kinds import HANDLERS
from nineplus.stages.capture import record_response
from nineplus.stages.capture.answering.revising import revise
from nineplus.stages.capture.asking import contacts
from nineplus.stages.capture.people.erasing import erase
from nineplus.stages.capture.people.suppression import suppress
from nineplus.stages.errors import NotPossible
from nineplus.stages.share import telling, webhooks
from nineplus.store.models import Event, Survey, WebhookDelivery
from nineplus.store.models.hooks import DeliveryState

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class Receiver:
    """Another system. `answers` is what it says next, then 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def told(self) -> list[str]:
        return [json.loads(body)["event_type"] for _, body in self.calls]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    here = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.calls.append((dict(self.headers), body))
            self.send_response(here.answers.pop(0) if here.answers else 200)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    here.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    yield here
    server.shutdown()
    server.server_close()


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.NINEPLUS, "webhooks_inside", True)


def answered(score: int = 9, survey: str = "Shop", at: datetime = NOW) -> int:
    return record_response(
        score=score, survey=survey, email="ada@customer.example", comment="Größe", now=at
    ).response.pk


def handled() -> None:
    """What the worker does with the events that tell of these things; their mart is not wanted here."""
    for event in Event.objects.filter(kind__in=["response.scored", "response.changed", "contact.unsubscribed"]):
        for handler in HANDLERS[event.kind]:
            handler(event.data, now=NOW, stopping=lambda: False)


def deliver(at: datetime = NOW) -> int:
    return telling.deliver_due(clock=lambda: at)


def test_what_happens_is_told_signed_and_once(receiver: Receiver, inside: None):
    made = webhooks.add(url=receiver.url, secret="the old key", now=NOW)
    response = answered()
    revise(response_id=response, score=3, now=NOW)
    suppress(medium="email", address="ada@customer.example", reason="unsubscribed", now=NOW)
    handled()
    telling.answered(response=response, now=NOW)  # handlers may run twice
    deliver()
    assert sorted(receiver.told) == ["survey_response.created", "survey_response.updated", "unsubscribe.created"]
    for headers, body in receiver.calls:
        signed = hmac.new(b"the old key", body, hashlib.sha256).hexdigest()
        assert headers["X-Delighted-Webhook-Signature"] == f"sha256={signed}"
        assert headers["Content-Type"] == "application/json"
    said = {json.loads(body)["event_type"]: json.loads(body) for _, body in receiver.calls}
    data = said["survey_response.updated"]["event_data"]
    assert (data["id"], data["score"], data["comment"]) == (str(response), 3, "Größe")
    assert data["person"]["email"] == "ada@customer.example"
    assert said["unsubscribe.created"]["event_data"]["person"]["email"] == "ada@customer.example"
    assert len({one["event_id"] for one in said.values()}) == 3
    assert {row.state for row in webhooks.log_of(made.endpoint)} == {DeliveryState.DELIVERED}


def test_only_of_its_survey_and_only_what_it_wants(receiver: Receiver, inside: None):
    answered(survey="Other")
    mine = Survey.objects.get(name="Other")
    webhooks.add(url=receiver.url, survey=mine, events=["survey_response.created"], now=NOW)
    for survey in ("Shop", "Other"):
        response = answered(survey=survey)
        telling.answered(response=response, now=NOW)
        telling.answered(response=response, changed=True, now=NOW)
    deliver()
    assert receiver.told == ["survey_response.created"]


def test_it_is_tried_again_later_until_it_is_taken(receiver: Receiver, inside: None):
    receiver.answers = [500, 302]
    made = webhooks.add(url=receiver.url, now=NOW)
    telling.answered(response=answered(), now=NOW)
    at = NOW
    assert deliver(at) == 0
    assert deliver(at + timedelta(seconds=5)) == 0
    assert len(receiver.calls) == 1, "not before its time"
    at += timedelta(seconds=telling.PAUSES[0] * 2)
    assert deliver(at) == 0
    [row] = webhooks.log_of(made.endpoint)
    assert (row.state, row.status, row.attempts) == (DeliveryState.WAITING, 302, 2)
    assert "Redirects are not followed" in row.error
    assert deliver(at + timedelta(seconds=telling.PAUSES[1] * 2)) == 1
    ids = {json.loads(body)["event_id"] for _, body in receiver.calls}
    assert len(receiver.calls) == 3
    assert len(ids) == 1, "the receiver knows it again"


def test_an_endpoint_that_never_takes_anything_is_switched_off(receiver: Receiver, inside: None):
    receiver.answers = [503] * (len(telling.PAUSES) + 1)
    made = webhooks.add(url=receiver.url, now=NOW)
    telling.answered(response=answered(), now=NOW)
    at = NOW
    for pause in (0, *telling.PAUSES):
        at += timedelta(seconds=pause * 1.2)
        deliver(at)
    [row] = webhooks.log_of(made.endpoint)
    assert (row.state, row.attempts) == (DeliveryState.FAILED, len(telling.PAUSES) + 1)
    assert webhooks.find(made.endpoint.pk).is_active is False
    assert "503" in webhooks.find(made.endpoint.pk).error
    webhooks.switch(made.endpoint.pk, on=True)
    assert webhooks.send_again(made.endpoint, now=at) == 1
    assert deliver(at) == 1


def test_gone_is_for_good(receiver: Receiver, inside: None):
    receiver.answers = [410]
    made = webhooks.add(url=receiver.url, now=NOW)
    telling.answered(response=answered(), now=NOW)
    deliver()
    assert webhooks.find(made.endpoint.pk).is_active is False
    telling.answered(response=answered(), now=NOW)
    assert deliver() == 0


def test_one_that_is_down_does_not_keep_others_waiting(receiver: Receiver, inside: None):
    webhooks.add(url="http://127.0.0.1:9/nobody", now=NOW)
    webhooks.add(url=receiver.url, now=NOW)
    for _ in range(5):
        telling.answered(response=answered(), now=NOW)
    assert deliver() == 5
    waiting = WebhookDelivery.objects.filter(state=DeliveryState.WAITING)
    assert sorted(waiting.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1], "it was called once, not five times"


def test_the_inside_of_the_network_is_not_called(receiver: Receiver, inside: None, monkeypatch: pytest.MonkeyPatch):
    made = webhooks.add(url=receiver.url.replace("http:", "https:"), now=NOW)
    monkeypatch.setattr(settings.NINEPLUS, "webhooks_inside", False)
    tried = telling.test(made.endpoint, now=NOW)
    assert not tried.taken
    assert "NINEPLUS_WEBHOOKS_INSIDE" in tried.error
    assert receiver.calls == []


@pytest.mark.parametrize(
    "url", ["ftp://example.org/", "http://example.org/", "https://", "https://a b/", "https://u:p@x.org/", "https://[/"]
)
def test_addresses_that_will_not_do(url: str):
    with pytest.raises(NotPossible):
        webhooks.add(url=url, now=NOW)


def test_what_is_gone_is_not_told(receiver: Receiver, inside: None):
    """Somebody was erased between unsubscribing and the call."""
    made = webhooks.add(url=receiver.url, now=NOW)
    answered()
    suppress(medium="email", address="ada@customer.example", reason="unsubscribed", now=NOW)
    handled()
    erase(contact=contacts.contact_of(email="ada@customer.example").pk, now=NOW)
    deliver()
    assert "unsubscribe.created" not in receiver.told
    assert DeliveryState.FAILED in {row.state for row in webhooks.log_of(made.endpoint)}
    assert webhooks.find(made.endpoint.pk).is_active


def test_an_example(receiver: Receiver, inside: None):
    made = webhooks.add(url=receiver.url, now=NOW)
    assert telling.test(made.endpoint, now=NOW).taken
    assert receiver.told == ["test"]


def test_a_slow_one_lets_others_have_their_turn(receiver: Receiver, inside: None, monkeypatch: pytest.MonkeyPatch):
    webhooks.add(url=receiver.url, now=NOW)
    for _ in range(3):
        telling.answered(response=answered(), now=NOW)
    monkeypatch.setattr(telling, "_TURN", -1.0)
    assert deliver() == 0, "its turn was over before it began"
    assert set(WebhookDelivery.objects.values_list("state", "attempts")) == {("waiting", 0)}


def test_what_is_old_is_forgotten(receiver: Receiver, inside: None):
    made = webhooks.add(url=receiver.url, now=NOW)
    telling.answered(response=answered(), now=NOW)
    webhooks.switch(made.endpoint.pk, on=False)
    assert telling.prune(now=NOW + telling.KEPT) == 0
    assert telling.prune(now=NOW + telling.KEPT + timedelta(seconds=1)) == 1


def test_no_more_are_taken_than_can_be_told_within_the_lease(receiver: Receiver, inside: None):
    for _ in range(telling._AT_ONCE + 2):
        webhooks.add(url=receiver.url, now=NOW)
    telling.answered(response=answered(), now=NOW)
    first = telling._claimed(NOW)
    assert len({row.endpoint_id for row in first}) == telling._AT_ONCE
    assert len(telling._claimed(NOW)) == 2
    late = telling._claimed(NOW + telling._LEASE)  # the lease lapsed: another worker has them now
    assert telling._kept(first[:1], [telling.Tried(200)], now=NOW) == 0
    assert telling._kept(late[:1], [telling.Tried(200)], now=NOW) == 1
