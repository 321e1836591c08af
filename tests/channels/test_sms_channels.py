"""SMS channels: what is handed over, what answers mean, and no calls into the house's own network."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from nineplus.channels import Call, Forged, GiveUp, Outgoing, Reconnect, Retry, Unknown, _web, http_sms, twilio
from tests.fixtures.web_server import WebServer, web_server

TEXT = Outgoing(key="k-1", address="+4915112345678", text="Wie läuft es?", sender_address="+4930123456")


@pytest.fixture
def api() -> Iterator[WebServer]:
    with web_server() as server:
        yield server


def by_twilio(api: WebServer, **more: str):
    return twilio.CHANNEL.open({"account_sid": "AC1", "auth_token": "t", "api_url": api.url, "inside": "yes", **more})


def by_gateway(api: WebServer, **more: str):
    return http_sms.CHANNEL.open({"url": f"{api.url}/sms", "inside": "yes", **more})


def test_twilio_gets_the_text(api: WebServer):
    api.status, api.answer = 201, {"sid": "SM1", "num_segments": "2"}
    sent = by_twilio(api, hook_url="https://nps.acme.example/hooks/x/").send(TEXT)
    assert (sent.provider_id, sent.parts) == ("SM1", 2)
    (request,) = api.came
    assert request.path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert parse_qs(request.body.decode()) == {
        "To": [TEXT.address],
        "From": [TEXT.sender_address],
        "Body": [TEXT.text],
        "StatusCallback": ["https://nps.acme.example/hooks/x/"],
    }


@pytest.mark.parametrize(
    ("status", "code", "means", "suppress"),
    [
        (401, 20003, Reconnect, False),
        (400, 21211, GiveUp, True),
        (400, 21610, GiveUp, True),
        (400, 21606, Reconnect, False),
        (400, 30007, GiveUp, False),
        (429, 20429, Retry, False),
        (500, 20500, Unknown, False),
    ],
)
def test_what_twilio_answers(api: WebServer, status: int, code: int, means: type[Exception], suppress: bool):
    api.status, api.answer = status, {"code": code, "message": "no"}
    with pytest.raises(means) as failure:
        by_twilio(api).send(TEXT)
    assert getattr(failure.value, "suppress", False) == suppress


def test_a_gateway_gets_the_fields_it_wants(api: WebServer):
    api.answer = {"messages": [{"id": 17}]}
    more = {"to_field": "recipient", "id_field": "messages.0.id", "header_value": "Bearer x"}
    assert by_gateway(api, **more).send(TEXT).provider_id == "17"
    (request,) = api.came
    assert request.json == {
        "recipient": TEXT.address,
        "text": TEXT.text,
        "from": TEXT.sender_address,
        "reference": "k-1",
    }
    assert request.headers["authorization"] == "Bearer x"
    assert request.headers["idempotency-key"] == "k-1"


def test_a_gateway_that_wants_a_form(api: WebServer):
    by_gateway(api, format="form").send(TEXT)
    assert parse_qs(api.came[0].body.decode())["to"] == [TEXT.address]


@pytest.mark.parametrize(
    ("status", "means"),
    [(401, Reconnect), (302, Reconnect), (400, GiveUp), (429, Retry), (503, Retry), (500, Unknown)],
)
def test_what_a_gateway_answers(api: WebServer, status: int, means: type[Exception]):
    api.status, api.headers = status, {"Location": "http://169.254.169.254/"}
    with pytest.raises(means):
        by_gateway(api).send(TEXT)
    assert len(api.came) == 1  # a redirect is never followed


def test_no_answer_is_unknown(api: WebServer):
    api.hang_up = True
    with pytest.raises(Unknown):
        by_gateway(api).send(TEXT)


def test_the_inside_of_the_network_is_not_called_unless_allowed(api: WebServer):
    with pytest.raises(Reconnect):
        by_gateway(api, inside="no").send(TEXT)
    https = api.url.replace("http://", "https://")
    with pytest.raises(Reconnect, match="inside of the network"):
        by_gateway(api, inside="no", url=f"{https}/sms").send(TEXT)
    assert api.came == []


@pytest.mark.parametrize("rest", [":99999/", "/with space", "/kün", "/?text=é"])
def test_an_address_that_cannot_be_called_says_so_before_anything_is_sent(rest: str):
    with pytest.raises(Reconnect):
        _web.call(f"https://127.0.0.1{rest}", headers={}, private=True)


def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: found)
    with pytest.raises(Reconnect, match="inside of the network"):
        _web.call("https://gateway.example.com/", headers={}, private=False)


def signed(body: bytes, secret: str = "s") -> Call:
    proof = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-signature": f"sha256={proof}"}
    return Call("https://nps.acme.example/hooks/x/", "POST", headers, body)


def test_a_gateways_calls_are_read_when_signed():
    settings = {"hook_secret": "s"}
    answer = json.dumps({"id": "9", "from": "+4915112345678", "text": "10"}).encode()
    (heard,) = http_sms.CHANNEL.hear(settings, signed(answer))
    assert (heard.kind, heard.text, heard.id) == ("replied", "10", "in:9")
    report = json.dumps({"id": "9", "reference": "k-1", "status": "failed", "permanent": True}).encode()
    (heard,) = http_sms.CHANNEL.hear(settings, signed(report))
    assert (heard.kind, heard.key, heard.permanent) == ("bounced", "k-1", True)
    for bad in (signed(answer, "other"), Call("", "POST", {}, answer)):
        with pytest.raises(Forged):
            http_sms.CHANNEL.hear(settings, bad)
    with pytest.raises(Forged):
        http_sms.CHANNEL.hear({}, signed(answer, ""))
    with pytest.raises(ValueError, match="no event"):
        http_sms.CHANNEL.hear(settings, signed(b"[]"))


@pytest.mark.parametrize("drips", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"])
def test_a_server_that_drips_is_not_waited_for(drips: bytes):
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as client:
            client.recv(1000)
            client.sendall(drips)
            with contextlib.suppress(OSError):
                while True:
                    client.sendall(b"x")
                    time.sleep(0.02)

    thread = threading.Thread(target=serve)
    thread.start()
    with pytest.raises(Unknown, match="not within"):
        _web.call(f"http://127.0.0.1:{listener.getsockname()[1]}/", headers={}, private=True, timeout=0.2)
    thread.join()
