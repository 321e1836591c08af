"""What the web server runs: `granian --interface wsgi nineplus.wsgi:application`.

The engines take seconds to load. The server answers before that, and they are loaded behind its first answer.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nineplus.settings")
_django = get_wsgi_application()
assert get_resolver().url_patterns  # loaded before the first request, not by it

_behind = threading.Lock()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """One request; after the first one, one thread loads what analyses need."""
    try:
        return _django(environ, start_response)
    finally:
        if _behind.acquire(blocking=False):  # never released: once
            threading.Thread(target=_warm, name="warm", daemon=True).start()


def _warm() -> None:
    from nineplus import mart
    from nineplus.stages import analyze

    mart.warm()
    analyze.catalogue()
