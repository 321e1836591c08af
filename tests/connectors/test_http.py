"""A line of a connector leads to the addresses that were looked at, and to no others."""

from __future__ import annotations

import socket

import httpx
import pytest

from nineplus.connectors import Reconnect, Retry
from nineplus.connectors import _http as http

BASE = "https://api.vendor.example/base"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch):
    """What the name leads to, look by look."""
    looks: list[list[str]] = []

    def look(host, port, **_more):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port)) for number in looks.pop(0)]

    monkeypatch.setattr(http.socket, "getaddrinfo", look)
    monkeypatch.setattr(http, "getproxies", dict)
    return looks


def line(answers=None, **more) -> tuple[http.Line, list[httpx.Request]]:
    made, seen = http.Line(BASE, headers={"Authorization": "Bearer x"}, **more), []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(httpx.Request(request.method, request.url, headers=request.headers, extensions=request.extensions))
        if (answers or {}).get(request.url.host) == "away":
            raise httpx.ConnectError("away")
        return httpx.Response(200, json={"a": 1})

    made._client._transport = httpx.MockTransport(handle)
    return made, seen


def test_the_address_that_was_looked_at_is_called_under_its_name(names):
    names += [["93.184.216.34"], ["127.0.0.1"]]  # a name that leads inside when it is looked up again
    made, seen = line()
    assert made.call("GET", "/things", query={"q": "a b"}).body == {"a": 1}
    [asked] = seen
    assert str(asked.url) == "https://93.184.216.34/base/things?q=a+b"
    assert (asked.headers["host"], asked.extensions["sni_hostname"]) == ("api.vendor.example", "api.vendor.example")
    assert names == [["127.0.0.1"]], "it was looked up once"


def test_an_address_that_is_away_leaves_the_others(names):
    names.append(["2606:2800:220:1::1", "93.184.216.34"])
    made, seen = line({"2606:2800:220:1::1": "away"})
    assert made.call("POST", "/things", send={"a": 2}).status == 200
    assert [asked.url.host for asked in seen] == ["2606:2800:220:1::1", "93.184.216.34"]


def test_all_of_them_away_is_told(names):
    names.append(["93.184.216.34"])
    made, _ = line({"93.184.216.34": "away"})
    with pytest.raises(Retry, match=r"api.vendor.example did not answer \(ConnectError\)"):
        made.call("GET", "/things")


@pytest.mark.parametrize(
    "number", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "64:ff9b::a00:1", "::ffff:10.0.0.1"]
)
def test_one_address_inside_is_enough_to_refuse(names, number):
    names.append(["93.184.216.34", number])
    with pytest.raises(Reconnect, match="inside of the network"):
        http.Line(BASE, headers={})


def test_what_is_meant_to_be_inside_is_not_looked_at(names):
    made, seen = line(private=True)
    made.call("GET", "/things")
    assert [asked.url.host for asked in seen] == ["api.vendor.example"]


def test_a_proxy_looks_names_up_itself(names, monkeypatch):
    monkeypatch.setattr(http, "getproxies", lambda: {"https": "http://proxy.example:3128"})
    monkeypatch.setattr(http, "proxy_bypass", lambda host: False)
    assert http.Line(BASE, headers={})._numbers == []
