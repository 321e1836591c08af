"""How often one visitor may send: enough for an office or a hall behind one address, too little to drown a survey.

Counts are of this process and of one minute of the clock. They lie in a table of numbers without names: what is
counted is hashed to a place by a key that the process makes anew, so neither addresses nor links are kept. Two that
share a place share their count, which the size of the table makes harmless: a mailing that is answered by 300,000
people in one minute puts one or two into each place.
"""

from __future__ import annotations

import secrets
from array import array
from datetime import datetime
from ipaddress import ip_address, ip_network

WINDOW = 60
"""Seconds."""
_PLACES = 2**18


class Visitors:
    """One minute's counts. Threads may lose a count to each other, which is as well."""

    def __init__(self) -> None:
        self._key = secrets.randbits(62)
        self._number = -1
        self._counts = array("H")

    def wait(self, *what: str, limit: int, now: datetime) -> int:
        """Seconds until this may be sent again (0: now, and it is counted). `what` is all that is counted together."""
        seconds = int(now.timestamp())
        if seconds // WINDOW != self._number:
            self._number, self._counts = seconds // WINDOW, array("H", bytes(2 * _PLACES))
        place, counts = hash((self._key, what)) % _PLACES, self._counts
        count = counts[place]
        if count >= limit:
            return WINDOW - seconds % WINDOW
        counts[place] = count + 1
        return 0

    def forget(self) -> None:
        """As if nobody had sent anything."""
        self._number = -1


def neighbourhood(address: str) -> str:
    """What one line of a provider is told apart by: an IPv4 address, the first half of an IPv6 one; "" for neither."""
    try:
        known = ip_address(address)
    except ValueError:
        return ""
    if known.version == 4:
        return address
    inner = known.ipv4_mapped
    return str(inner or ip_network((known, 64), strict=False).network_address)
