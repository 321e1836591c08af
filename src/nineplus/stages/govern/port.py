"""Can nineplus listen where it is told to, or does it already?"""

from __future__ import annotations

import errno
import http.client
import json
import socket
from typing import Any


def obstacle(host: str, port: int) -> str:
    """Why nobody can listen there, as a sentence; empty when the port is free.

    To be asked before the web server starts: it would share a taken port silently and answer only some requests.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        return f"There is no address {host!r} on this machine."
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            return f"Port {port} is taken: is nineplus running already? Choose another with PORT={port + 1}."
        if problem.errno == errno.EACCES:
            return f"Port {port} may not be opened by this user. Choose one above 1023, such as PORT=8000."
        return f"Cannot listen on {host}, port {port}: {problem.strerror}."
    return ""


def ask(host: str, port: int, path: str, *, patience: float = 5.0) -> tuple[int, dict[str, Any]]:
    """Status and JSON of a nineplus that answers there; 0 when nothing does, or something else."""
    try:
        connection = http.client.HTTPConnection(shown(host).strip("[]"), port, timeout=patience)
        try:
            connection.request("GET", path, headers={"Host": "127.0.0.1"})
            answer = connection.getresponse()
            body = json.loads(answer.read(4000))
            return (answer.status, body) if isinstance(body, dict) and "status" in body else (0, {})
        finally:
            connection.close()
    except (OSError, ValueError, http.client.HTTPException):
        return 0, {}


def shown(host: str) -> str:
    """That host as it stands in an address that this machine can open."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - only compared
        return "127.0.0.1" if host != "::" else "[::1]"
    return f"[{host}]" if ":" in host else host
