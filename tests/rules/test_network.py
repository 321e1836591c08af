"""What is called and what is not, for every address that somebody typed in."""

from __future__ import annotations

import pytest

from nineplus.rules.network import Inside, NotCalled, is_public, open_numbers, target_of

NOT = ("http://api.vendor.example", "ftp://a.example", "https://", "a.example", "https://[", "https://a.example:x")
INSIDE = (
    *("127.0.0.1", "10.0.0.8", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "0.0.0.0"),
    *("::1", "fe80::1%eth0", "fc00::1", "64:ff9b::7f00:1", "::ffff:192.168.0.1", "2002:7f00:1::"),
)


def test_host_and_port_of_what_may_be_called():
    found = target_of("https://api.vendor.example/v1?a=1", private=False)
    assert (found.host, found.port, found.tls, found.parts.path) == ("api.vendor.example", 443, True, "/v1")
    inside = target_of("http://crm.lan:8080", private=True)
    assert (inside.host, inside.port, inside.tls) == ("crm.lan", 8080, False)


@pytest.mark.parametrize("url", NOT)
def test_what_is_not_called(url):
    with pytest.raises(NotCalled):
        target_of(url, private=False)


@pytest.mark.parametrize("number", INSIDE)
def test_one_address_inside_is_enough(number):
    assert not is_public(number)
    with pytest.raises(Inside, match=r"crm\.example is inside of the network"):
        open_numbers(_found("93.184.216.34", number), host="crm.example", private=False)
    assert open_numbers(_found(number, number), host="crm.example", private=True) == [number]


@pytest.mark.parametrize("number", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_what_is_of_the_open_network(number):
    assert is_public(number)


def test_each_address_once_in_its_order():
    numbers = _found("93.184.216.34", "2606:2800:220:1::1", "93.184.216.34")
    assert open_numbers(numbers, host="a.example", private=False) == ["93.184.216.34", "2606:2800:220:1::1"]


def _found(*numbers: str) -> list[tuple[object, ...]]:
    """As a look-up answers."""
    return [(2, 1, 6, "", (number, 443)) for number in numbers]
