"""Which IP addresses are of the open network: nothing that somebody typed in may lead to the inside of ours."""

from __future__ import annotations

import ipaddress

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # a gateway makes IPv4 addresses of these (RFC 6052)


def is_public(number: str) -> bool:
    """Is that IP address one of the open network? Addresses that stand for another are judged by that one."""
    address = ipaddress.ip_address(number.partition("%")[0])
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if address in _TRANSLATED:
        inner = ipaddress.ip_address(int(address) & 0xFFFF_FFFF)
    return bool((inner or address).is_global and not address.is_multicast and not (inner and inner.is_multicast))
