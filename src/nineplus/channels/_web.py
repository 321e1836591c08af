"""HTTP calls to addresses that somebody typed in. Refuses to be sent to the inside of the network."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from nineplus.channels import Reconnect, Retry, Unknown

_MOST = 64_000
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # a gateway makes IPv4 addresses of these (RFC 6052)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: at most 64 kB of its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


def call(
    url: str, *, method: str = "POST", headers: Mapping[str, str], body: bytes = b"", private: bool, timeout: float = 30
) -> Answer:
    """One request, never redirected, to the very address that was looked at (a name may change between two looks).

    `private`: addresses inside of the network are allowed. Raises Reconnect (the address will not do), Retry (nothing
    was sent), Unknown (it may have been taken).
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Reconnect("This is no web address.") from None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise Reconnect("The address must begin with https://.")
    if not path.isascii() or not path.isprintable() or " " in path:
        raise Reconnect("Write spaces and letters with accents in the address as %20 and so on.")
    if parts.scheme == "http" and not private:
        raise Reconnect("The address must begin with https://: what is sent is personal.")
    line = _connected(parts.hostname, port, tls=parts.scheme == "https", private=private, timeout=timeout)
    try:
        try:
            line.request(method, path, body=body or None, headers=dict(headers))
            found = line.getresponse()
            return Answer(found.status, {n.lower(): v for n, v in found.getheaders()}, found.read(_MOST))
        except (OSError, http.client.HTTPException) as problem:
            raise Unknown(f"{parts.hostname} did not answer ({type(problem).__name__}).") from None
    finally:
        line.close()


def _connected(host: str, port: int, *, tls: bool, private: bool, timeout: float) -> http.client.HTTPConnection:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise Retry(f"{host} cannot be found.", away=True) from None
    numbers = [entry[4][0] for entry in found]
    if not private and not all(is_public(str(number)) for number in numbers):
        raise Reconnect(f"{host} is inside of the network. If that is meant, say so in the settings of the sender.")
    line = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        sock = socket.create_connection((str(numbers[0]), port), timeout=timeout)
        if tls:
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
    except ssl.SSLError as problem:
        raise Reconnect(f"No encrypted connection to {host}: {problem.reason or 'no TLS'}.") from None
    except OSError as problem:
        raise Retry(f"{host} cannot be reached ({type(problem).__name__}).", away=True) from None
    line.sock = sock
    return line


def is_public(number: str) -> bool:
    """Is that IP address one of the open network?"""
    address = ipaddress.ip_address(number.partition("%")[0])
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if address in _TRANSLATED:
        inner = ipaddress.ip_address(int(address) & 0xFFFF_FFFF)
    return (inner or address).is_global and not address.is_multicast
