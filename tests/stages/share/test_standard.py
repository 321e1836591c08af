"""The Standard Webhooks form, checked by its own reference library."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from nineplus.channels._web import Answer
from nineplus.jobs.kinds import HANDLERS
from nineplus.stages.act.cases import opening
from nineplus.stages.capture import record_response
from nineplus.stages.capture.people.suppression import suppress
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.share import telling, webhooks
from nineplus.store.models import Contact, Event, WebhookDelivery
from nineplus.store.models.hooks import DeliveryState

pytestmark = pytest.mark.django_db


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, str], bytes]]:
    """What the other side heard."""
    heard: list[tuple[dict[str, str], bytes]] = []

    def call(_url: str, *, headers, body, **_: object) -> Answer:  # type: ignore[no-untyped-def]
        heard.append((dict(headers), body))
        return Answer(204, {}, b"")

    monkeypatch.setattr(telling, "call", call)
    return heard


def happened(now: datetime) -> None:
    """An answer, an unsubscribing and a case, told by the worker's handlers; twice, as after a crash."""
    record_response(score=2, survey="Shop", email="ada@customer.example", comment="Größe", now=now)
    suppress(medium="email", address="ada@customer.example", reason="unsubscribed", now=now)
    opening.open_case(account=None, contact=Contact.objects.get(), reason=opening.BY_HAND, now=now)
    for event in Event.objects.filter(kind__in=["response.scored", "contact.unsubscribed", "case.opened"]):
        for handler in HANDLERS[event.kind]:
            if handler.__module__.endswith(".share"):
                handler(event.data, now=now, stopping=lambda: False)
                handler(event.data, now=now, stopping=lambda: False)


def test_its_own_library_takes_what_is_told(calls: list[tuple[dict[str, str], bytes]]):
    now = datetime.now(UTC)  # the library compares with the clock
    made = webhooks.add(url="https://hooks.example.com/", format="standard", now=now)
    happened(now)
    assert telling.deliver_due(clock=lambda: now) == len(calls)
    said = {}
    for headers, body in calls:
        Webhook(made.secret).verify(body, headers)
        told = json.loads(body)
        assert set(told) == {"type", "timestamp", "data"}
        said[told["type"]] = told["data"]
    assert len(said) == len(calls) == 3
    assert (said["response.scored"]["score"], said["response.scored"]["comment"]) == (2, "Größe")
    assert said["contact.unsubscribed"]["address"] == "ada@customer.example"
    assert said["case.opened"]["reason"] == opening.BY_HAND
    with pytest.raises(WebhookVerificationError):
        Webhook(made.secret).verify(calls[0][1] + b" ", calls[0][0])


def test_a_new_secret_is_brought_in_while_the_old_one_still_signs(calls: list[tuple[dict[str, str], bytes]]):
    now = datetime.now(UTC)
    made = webhooks.add(url="https://hooks.example.com/", format="standard", now=now - webhooks.OVERLAP)
    old, new = made.secret, webhooks.rotate(made.endpoint.pk, now=now - timedelta(hours=1)).secret
    telling.test(webhooks.find(made.endpoint.pk), now=now)
    for secret in (old, new):
        Webhook(secret).verify(calls[-1][1], calls[-1][0])
    webhooks.rotate(made.endpoint.pk, now=now - webhooks.OVERLAP)  # as if that were a day ago
    telling.test(webhooks.find(made.endpoint.pk), now=now + timedelta(seconds=1))
    for secret in (old, new):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(calls[-1][1], calls[-1][0])


def test_what_was_told_is_told_again_with_its_id(calls: list[tuple[dict[str, str], bytes]]):
    now = datetime.now(UTC)
    endpoint = webhooks.add(url="https://hooks.example.com/", format="standard", now=now).endpoint
    happened(now)
    telling.deliver_due(clock=lambda: now)
    first = [headers["webhook-id"] for headers, _ in calls]
    calls.clear()
    assert webhooks.replay(endpoint, since=now, until=now + timedelta(seconds=1), now=now) == 3
    telling.deliver_due(clock=lambda: now)
    assert sorted(headers["webhook-id"] for headers, _ in calls) == sorted(first)
    assert webhooks.replay(endpoint, since=now + timedelta(seconds=1), until=now + timedelta(hours=1), now=now) == 0
    row = WebhookDelivery.objects.first()
    assert row is not None
    webhooks.replay(endpoint, delivery=row.pk, now=now)
    assert WebhookDelivery.objects.filter(state=DeliveryState.WAITING).count() == 1
    with pytest.raises(NotFound):
        webhooks.replay(endpoint, delivery=row.pk, now=now)  # it waits already


@pytest.mark.parametrize(
    "secret", ["the old key", "whsec_", "whsec_!!", "whsec_" + base64.b64encode(b"x" * 23).decode()]
)
def test_secrets_that_the_specification_does_not_know_are_refused(secret: str):
    with pytest.raises(NotPossible):
        webhooks.add(url="https://hooks.example.com/", format="standard", secret=secret, now=datetime.now(UTC))
