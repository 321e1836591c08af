"""Requests over kept-open connections, each sent when the one before is answered: the load of the benchmarks.

One thread and one selector: a request costs about 20 µs here, so that the server under test has the processors.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class Load:
    """What came of it: status and seconds of each answered request by its number, and those never answered."""

    seconds: float = 0.0
    status: dict[int, int] = field(default_factory=dict)
    took: dict[int, float] = field(default_factory=dict)
    broken: int = 0

    @property
    def rate(self) -> float:
        return len(self.status) / self.seconds

    def slowest(self, share: float) -> float:
        """Seconds that this share of the requests stayed below."""
        ordered = sorted(self.took.values())
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class _Line:
    """One connection with the request that is out on it."""

    def __init__(self) -> None:
        self.socket: socket.socket | None = None
        self.number = -1
        self.request = b""
        self.sent_at = 0.0
        self.got = b""


def post(path: str, body: bytes, *, host: str = "127.0.0.1") -> bytes:
    """The bytes of one JSON request."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nUser-Agent: Mozilla/5.0\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def run(
    requests: Iterable[bytes],
    *,
    port: int,
    connections: int,
    rate: float | None = None,
    seconds: float | None = None,
    insist: bool = False,
    tick: Callable[[], None] | None = None,
) -> Load:
    """Send all requests, or as many as fit in `seconds`; `rate` a second when given, measured from when each was due.

    `insist`: a request whose connection broke or that was answered 5xx is sent again until it is answered; otherwise
    it counts as broken. `tick` is called every hundredth of a second.
    """
    load, supply = Load(), enumerate(requests)
    again: list[tuple[int, bytes]] = []
    selector = selectors.DefaultSelector()
    idle = [_Line() for _ in range(connections)]
    busy: set[_Line] = set()
    began, due, ended, last_tick = time.perf_counter(), 0, False, 0.0

    def lost(line: _Line) -> None:
        if line.socket is not None:
            with suppress(KeyError, ValueError):
                selector.unregister(line.socket)
            line.socket.close()
        line.socket = None
        busy.discard(line)
        idle.append(line)
        if insist:
            again.append((line.number, line.request))
        else:
            load.broken += 1

    def send(line: _Line, number: int, request: bytes, at: float) -> None:
        line.number, line.request, line.sent_at, line.got = number, request, at, b""
        busy.add(line)
        try:
            if line.socket is None:
                line.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
                line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(line.socket, selectors.EVENT_READ, line)
            line.socket.sendall(request)
        except OSError:
            lost(line)
            time.sleep(0.005)

    while True:
        now = time.perf_counter()
        if tick is not None and now - last_tick > 0.01:
            last_tick = now
            tick()
        ended = ended or (seconds is not None and now - began > seconds)
        while idle and not (ended and not again):
            if rate is not None and not again and due > (now - began) * rate:
                break
            found = again.pop() if again else next(supply, None)
            if found is None:
                ended = True
                break
            at = now if rate is None else began + due / rate
            due += 1
            send(idle.pop(), *found, at)
        if not busy and ended and not again:
            break
        for key, _ in selector.select(0.001 if rate else 0.01):
            line = key.data
            try:
                chunk = line.socket.recv(65536)
            except OSError:
                chunk = b""
            if not chunk:
                lost(line)
                continue
            line.got = line.got + chunk if line.got else chunk
            if (status := _whole(line.got)) is None:
                continue
            if insist and status >= 500:
                lost(line)
                continue
            busy.discard(line)
            idle.append(line)
            load.status[line.number] = status
            load.took[line.number] = time.perf_counter() - line.sent_at
    load.seconds = time.perf_counter() - began
    for line in idle:
        if line.socket is not None:
            line.socket.close()
    selector.close()
    return load


def _whole(got: bytes) -> int | None:
    """The status, once the whole answer is here."""
    head, found, body = got.partition(b"\r\n\r\n")
    if not found:
        return None
    at = head.find(b"content-length:")
    if at < 0:
        at = head.lower().find(b"content-length:")
    end = head.find(b"\r\n", at)
    length = int(head[at + 15 : end if end > 0 else None]) if at >= 0 else 0
    return int(head[9:12]) if len(body) >= length else None


def numbered(make: Callable[[int], bytes], count: int) -> Iterator[bytes]:
    return (make(number) for number in range(count))
