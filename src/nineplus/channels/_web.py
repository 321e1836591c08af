"""HTTP calls to addresses that somebody typed in. Refuses to be sent to the inside of the network.

A call ends at its deadline however slowly the other side drips: a timeout for each read alone would never end it.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from nineplus.channels import Reconnect, Retry, Unknown
from nineplus.rules.network import Inside, NotCalled, open_numbers, target_of

_MOST = 64_000


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

    `private`: addresses inside of the network are allowed. `timeout`: seconds for all of it, but for looking up the
    name. Raises Reconnect (the address will not do), Retry (nothing was sent), Unknown (it may have been taken).
    """
    try:
        target = target_of(url, private=private)
    except NotCalled as problem:
        raise Reconnect(str(problem)) from None
    host, parts = target.host, target.parts
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii() or not path.isprintable() or " " in path:
        raise Reconnect("Write spaces and letters with accents in the address as %20 and so on.")
    number = _number_of(host, target.port, private=private)
    with _within(timeout) as clock:
        line = _connected(host, number, target.port, tls=target.tls, clock=clock)
        try:
            line.request(method, path, body=body or None, headers=dict(headers))
            found = line.getresponse()
            body = found.read(_MOST)
            if clock.over:
                raise TimeoutError
            return Answer(found.status, {n.lower(): v for n, v in found.getheaders()}, body)
        except (OSError, http.client.HTTPException) as problem:
            why = f"not within {timeout:g} s" if clock.over else type(problem).__name__
            raise Unknown(f"{host} did not answer ({why}).") from None
        finally:
            line.close()


class _Clock:
    """Cuts a line when its time is over."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.over, self.line = seconds, False, None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    line: socket.socket | None

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        self.over = True
        if self.line is not None:
            try:
                socket.socket.shutdown(self.line, socket.SHUT_RDWR)  # not TLS's, which would wait for the other side
            except OSError:
                return  # it is closed already


@contextmanager
def _within(seconds: float) -> Iterator[_Clock]:
    clock = _Clock(seconds)
    clock.start()
    try:
        yield clock
    finally:
        clock.stop()


def _number_of(host: str, port: int, *, private: bool) -> str:
    """The IP address that is called: the first that the name has, all of them looked at."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise Retry(f"{host} cannot be found.", away=True) from None
    try:
        return open_numbers(found, host=host, private=private)[0]
    except Inside as problem:
        raise Reconnect(f"{problem} The setting NINEPLUS_GATEWAYS_INSIDE allows that.") from None


def _connected(host: str, number: str, port: int, *, tls: bool, clock: _Clock) -> http.client.HTTPConnection:
    line = http.client.HTTPConnection(host, port, timeout=clock.seconds)
    try:
        sock = clock.line = socket.create_connection((number, port), timeout=clock.seconds)
        if tls:
            context = ssl.create_default_context()
            sock = clock.line = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
            sock.do_handshake()
    except ssl.SSLError as problem:
        if clock.over:
            raise Retry(f"{host} cannot be reached (not within {clock.seconds:g} s).", away=True) from None
        raise Reconnect(f"No encrypted connection to {host}: {problem.reason or 'no TLS'}.") from None
    except OSError as problem:
        raise Retry(f"{host} cannot be reached ({type(problem).__name__}).", away=True) from None
    line.sock = sock
    return line
