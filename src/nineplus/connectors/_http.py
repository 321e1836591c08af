"""JSON over HTTPS for connectors: a line to one host that ends in time, and says what went wrong.

Timeouts count for the whole answer: a server that sends a byte a second is not waited for.
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx

from nineplus.connectors import Reconnect, Retry
from nineplus.rules.network import Inside, NotCalled, open_numbers, target_of
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
        try:
            target = target_of(base, private=private)
        except NotCalled as problem:
            raise Reconnect(f"The API address will not do. {problem}") from None
        self._host, port = target.host, target.port
        self._timeout, self._ticks = timeout, ticks
        # A name may lead elsewhere the next time it is looked up: the very addresses that were looked at are called.
        self._numbers = [] if private else _numbers(self._host, port)
        self._client = httpx.Client(
            base_url=base.rstrip("/"),
            headers={"User-Agent": f"nineplus/{__version__}", "Accept": "application/json", **headers},
            timeout=httpx.Timeout(min(timeout, 30), connect=min(timeout, 10)),
            follow_redirects=False,
            verify=_trusted(),
            trust_env=True,
            mounts={"https://": None} if self._numbers else None,  # no proxy: it would not know the number's name
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
            asked = self._client.build_request(method, path, params=query, content=content, headers=headers)
            with self._answer(asked) as got:
                body = bytearray()
                for piece in got.iter_bytes():
                    body += piece
                    if self._ticks() > ends or len(body) > _MOST:
                        raise Retry(f"{self._host} is too slow or sends too much.")
                return Answer(got.status_code, {n.lower(): v for n, v in got.headers.items()}, _json(bytes(body)))
        except httpx.HTTPError as problem:
            raise Retry(f"{self._host} did not answer ({type(problem).__name__}).") from None

    @contextlib.contextmanager
    def _answer(self, asked: httpx.Request) -> Iterator[httpx.Response]:
        """The answer's beginning, from the first of the addresses that can be reached."""
        asked.extensions = {**asked.extensions, "sni_hostname": self._host}
        tried = self._numbers or [self._host]
        for number in tried:
            asked.url = asked.url.copy_with(host=number)  # the header names the host all the same
            try:
                got = self._client.send(asked, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if number == tried[-1]:
                    raise
                continue
            with contextlib.closing(got):
                yield got
            return

    def close(self) -> None:
        self._client.close()


@cache
def _trusted() -> ssl.SSLContext:
    """Whom a line trusts. Read once: reading every authority's certificate takes longer than many a call."""
    return httpx.create_ssl_context()


def _json(body: bytes) -> Any:
    with contextlib.suppress(ValueError):
        return json.loads(body)
    return None


def _numbers(host: str, port: int) -> list[str]:
    """The IP addresses that are called, all of them looked at. Empty behind a proxy: that looks the name up itself."""
    if {"https", "all"} & getproxies().keys() and not proxy_bypass(host):
        return []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise Retry(f"{host} cannot be found.") from None
    try:
        return open_numbers(found, host=host, private=False)
    except Inside as problem:
        raise Reconnect(f"{problem} If that is meant, say so in the settings.") from None
