"""Which addresses that somebody typed in are called: encrypted ones, and none that leads to the inside of our network.

The one owner of that rule. Whoever calls looks a name up once, has its addresses judged here, and calls one of those
very addresses: a name may lead elsewhere the next time it is looked up.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # a gateway makes IPv4 addresses of these (RFC 6052)


class NotCalled(ValueError):
    """Such an address is not called; the text says why."""


class Inside(NotCalled):
    """It leads to the inside of the network, and nobody said that it may."""


@dataclass(frozen=True, slots=True)
class Target:
    """Host and port that an address names, and the address in its parts."""

    host: str
    port: int
    parts: SplitResult

    @property
    def tls(self) -> bool:
        return self.parts.scheme == "https"


def target_of(url: str, *, private: bool) -> Target:
    """What the address names. `private`: plain HTTP is allowed too. Raises NotCalled."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise NotCalled("This is no web address.") from None
    if not parts.hostname or parts.scheme not in (("https", "http") if private else ("https",)):
        raise NotCalled("The address must begin with https://: what is sent is personal.")
    return Target(parts.hostname, port, parts)


def open_numbers(found: Iterable[Any], *, host: str, private: bool) -> list[str]:
    """The IP addresses of a look-up (as `socket.getaddrinfo` gives it), each once, in its order.

    Raises Inside when one of them is not of the open network, unless `private`: whoever names the host decides which
    of its addresses is tried first.
    """
    numbers = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not private and not all(is_public(number) for number in numbers):
        raise Inside(f"{host} is inside of the network.")
    return numbers


def is_public(number: str) -> bool:
    """Is that IP address one of the open network? Addresses that stand for another are judged by that one."""
    address = ipaddress.ip_address(number.partition("%")[0])
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if address in _TRANSLATED:
        inner = ipaddress.ip_address(int(address) & 0xFFFF_FFFF)
    return bool((inner or address).is_global and not address.is_multicast and not (inner and inner.is_multicast))
