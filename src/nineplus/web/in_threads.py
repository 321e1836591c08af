"""A WSGI application behind an RSGI server: each request in a thread of its own, with its body and answer streamed.

Django waits for the database, so it runs in threads; the event loop carries bytes between them and the server.
RSGI is what granian speaks (granian's documentation, "RSGI specification" 1.5); WSGI is PEP 3333.
"""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

log = logging.getLogger(__name__)

WHOLE = 65_536
"""Bytes of a body that is waited for before a thread is taken; longer ones are read by the thread as they come."""
_TOGETHER = 1_000_000
"""Bytes of a streamed answer that is sent in one piece, when it says that it has no more."""
_T = TypeVar("_T")


class InThreads:
    """Serves a WSGI application with so many requests at once; others wait."""

    def __init__(self, application: Callable[..., Iterable[bytes]], *, threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")

    async def __call__(self, scope: Any, request: Any) -> None:
        """Answer this request."""
        loop = asyncio.get_running_loop()
        environ = environ_of(scope)
        length = environ.get("CONTENT_LENGTH", "")
        if not length or (length.isdigit() and int(length) <= WHOLE):
            environ["wsgi.input"] = io.BytesIO(await request() if length not in ("", "0") else b"")
        else:
            environ["wsgi.input"] = io.BufferedReader(_Body(request, loop), WHOLE)
        await loop.run_in_executor(self._threads, self._answer, environ, request, loop)

    def _answer(self, environ: dict[str, Any], request: Any, loop: asyncio.AbstractEventLoop) -> None:
        begun = _Begun()
        parts = self._application(environ, begun)
        try:
            length = begun.length
            if getattr(parts, "streaming", True) and (length is None or length > _TOGETHER):
                if environ["REQUEST_METHOD"] == "HEAD":
                    request.response_empty(begun.status, begun.headers)
                else:
                    _stream(parts, request.response_stream(begun.status, begun.headers), loop)
            else:
                request.response_bytes(begun.status, begun.headers, b"".join(parts))
        finally:
            if close := getattr(parts, "close", None):
                close()


def environ_of(scope: Any) -> dict[str, Any]:
    """What WSGI says of this request, but for its body. Headers whose names hold "_" could be taken for others."""
    address, _, port = scope.client.rpartition(":")
    name, _, own = scope.server.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": name.strip("[]") or "localhost",
        "SERVER_PORT": own or "0",
        "REMOTE_ADDR": address.strip("[]"),
        "REMOTE_PORT": port,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    _add_headers(environ, scope.headers)
    return environ


def _add_headers(environ: dict[str, Any], headers: Any) -> None:
    for name, value in headers.items():
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        known = environ.get(key)
        environ[key] = value if known is None else f"{known}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"


class _Begun:
    """`start_response`: what the application said before its first byte."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[str, str]] = []

    def __call__(self, status: str, headers: list[tuple[str, str]], _problem: object = None) -> None:
        self.status, self.headers = int(status[:3]), headers

    @property
    def length(self) -> int | None:
        found = [value for name, value in self.headers if name.lower() == "content-length"]
        return int(found[0]) if found and found[0].isdigit() else None


class _Body(io.RawIOBase):
    """A long body, read in a thread while it comes."""

    def __init__(self, request: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._parts: AsyncIterator[bytes] = aiter(request)
        self._loop = loop
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        if not self._left:
            try:
                self._left = _wait(self._next(), self._loop)
            except Exception as problem:  # the server has classes of its own for it; Django knows this one
                raise ConnectionResetError("The body ended too early.") from problem
        some = self._left[: len(into)]
        into[: len(some)] = some
        self._left = self._left[len(some) :]
        return len(some)

    async def _next(self) -> bytes:
        part = b""
        with suppress(StopAsyncIteration):
            while not part:
                part = await anext(self._parts)  # `async for` would begin anew, which the server refuses
        return part


def _stream(parts: Iterable[bytes], way: Any, loop: asyncio.AbstractEventLoop) -> None:
    """Send part after part, until the end or until nobody listens."""

    async def send(part: bytes) -> None:
        await way.send_bytes(part)

    for part in parts:
        if not part:
            continue
        try:
            _wait(send(part), loop)
        except Exception as problem:  # the server has classes of its own for it
            log.info("nobody_listens", extra={"reason": type(problem).__name__})
            return


def _wait(work: Coroutine[Any, Any, _T], loop: asyncio.AbstractEventLoop) -> _T:
    return asyncio.run_coroutine_threadsafe(work, loop).result()
