"""HubSpot's webhooks: only what is signed, fresh and ours is believed. The signer is HubSpot's own client."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field

import pytest
from hubspot.utils.signature import Signature

from nineplus.connectors import Forged
from nineplus.connectors.hubspot.hooks import hear

SECRET = "client-secret"
URL = "https://nps.acme.example/hooks/hubspot/k?to=a%2Cb"
EVENTS = json.dumps(
    [
        {"eventId": 1, "subscriptionType": "object.propertyChange", "objectTypeId": "0-5", "objectId": 9},
        {"eventId": 1, "subscriptionType": "object.propertyChange", "objectTypeId": "0-5", "objectId": 9},
        {"eventId": 2, "subscriptionType": "contact.merge", "objectId": 7},
        {"eventId": 3, "subscriptionType": "conversation.creation"},
        "strange",
    ]
).encode()


@dataclass
class Call:
    url: str = URL
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = EVENTS


def signed(*, age: float = 0.0, uri: str = "https://nps.acme.example/hooks/hubspot/k?to=a,b", **more: bytes) -> Call:
    call = Call(**more)
    stamp = str(int((time.time() - age) * 1000))
    made = Signature.get_signature(SECRET, call.body.decode(), "v3", http_uri=uri, timestamp=stamp)
    call.headers = {"x-hubspot-signature-v3": made, "x-hubspot-request-timestamp": stamp}
    return call


def test_news_name_their_streams_once():
    assert hear({"client_secret": SECRET}, signed()) == ["tickets", "contacts"]


@pytest.mark.parametrize("age", [301, -301, 10**9])
def test_what_is_old_or_from_the_future_is_refused(age):
    with pytest.raises(Forged):
        hear({"client_secret": SECRET}, signed(age=age))


def test_what_was_changed_on_the_way_is_refused():
    for change in ({"body": b"[]"}, {"url": URL + "&x=1"}, {"method": "PUT"}):
        call = signed()
        for name, value in change.items():
            setattr(call, name, value)
        with pytest.raises(Forged):
            hear({"client_secret": SECRET}, call)
    for wrong in ({"x-hubspot-signature-v3": "é"}, {"x-hubspot-request-timestamp": "soon"}, {}):
        call = signed()
        call.headers = {**call.headers, **wrong} if wrong else {}
        with pytest.raises(Forged):
            hear({"client_secret": SECRET}, call)


def test_without_a_secret_nothing_is_believed():
    with pytest.raises(Forged):
        hear({}, signed())


def test_what_is_signed_and_no_list_of_events_is_no_news():
    assert hear({"client_secret": SECRET}, signed(body=b"null")) == []
    assert hear({"client_secret": SECRET}, signed(body=b"{")) == []
