"""JSON over HTTPS for connectors: a line to one host that ends in time, and says what went wrong.

Timeouts count for the whole answer: a server that sends a byte a second is not waited for.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import logging
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from nineplus.connectors import Reconnect, Retry
from nineplus.version import __version__

_MOST = 64_000_000

logging.getLogger("httpx").setLevel(logging.WARNING)  # it would tell of every call


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` is None when it is no JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Line:
    """Calls to one host with the same headers; connections are kept. May be used by several threads at once.

    `timeout`: seconds by `ticks` for a whole answer. `private`: plain HTTP and addresses inside of the network are
    allowed. Raises Reconnect when the address will not do, Retry when nobody answers.
    """

    def __init__(
        self,
        base: str,
        *,
        headers: Mapping[str, str],
        private: bool = False,
        timeout: float = 60,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host = _looked_at(base, private=private)
        self._timeout, self._ticks = timeout, ticks
        self._client = httpx.Client(
            base_url=base.rstrip("/"),
            headers={"User-Agent": f"nineplus/{__version__}", "Accept": "application/json", **headers},
            timeout=httpx.Timeout(min(timeout, 30), connect=min(timeout, 10)),
            follow_redirects=False,
            trust_env=True,
        )

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int | Sequence[str]] | None = None,
        send: Any = None,
    ) -> Answer:
        """One call. Any status is an answer; an answer that is cut, too slow or too long is a Retry."""
        ends = self._ticks() + self._timeout
        content = None if send is None else json.dumps(send, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {} if content is None else {"Content-Type": "application/json"}
        try:
            with self._client.stream(method, path, params=query, content=content, headers=headers) as got:
                body = bytearray()
                for piece in got.iter_bytes():
                    body += piece
                    if self._ticks() > ends or len(body) > _MOST:
                        raise Retry(f"{self._host} is too slow or sends too much.")
                return Answer(got.status_code, {n.lower(): v for n, v in got.headers.items()}, _json(bytes(body)))
        except httpx.HTTPError as problem:
            raise Retry(f"{self._host} did not answer ({type(problem).__name__}).") from None

    def close(self) -> None:
        self._client.close()


def _json(body: bytes) -> Any:
    with contextlib.suppress(ValueError):
        return json.loads(body)
    return None


def _looked_at(base: str, *, private: bool) -> str:
    try:
        parts = urlsplit(base)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Reconnect("The API address is no web address.") from None
    host = parts.hostname or ""
    if not host or parts.scheme not in ("https", "http") or (parts.scheme == "http" and not private):
        raise Reconnect("The API address must begin with https://: what is sent is personal.")
    if private:
        return host
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise Retry(f"{host} cannot be found.") from None
    if not all(_is_public(str(entry[4][0])) for entry in found):
        raise Reconnect(f"{host} is inside of the network. If that is meant, say so in the settings.")
    return host


def _is_public(number: str) -> bool:
    address = ipaddress.ip_address(number.partition("%")[0])
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
    return inner.is_global and not inner.is_multicast
