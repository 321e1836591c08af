"""Django as a WSGI application, for `nineplus.rsgi` and for other servers.

The engines take seconds to load. The server answers before that, and they are loaded behind its first answer, or
soon when nobody asks. From then on the first page of new data is worked out before somebody asks for it, as long as
somebody looks (a start counts as a look, since somebody is about to) and no answers stream in: they come first.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.urls import get_resolver
from django.utils import timezone

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nineplus.settings")
_django = get_wsgi_application()
assert get_resolver().url_patterns  # loaded before the first request, not by it

_answered = threading.Event()
_asked_at = time.monotonic()
_MACHINES = ("/health", "/ready", "/metrics")
LOOK_EVERY, LOOKED_WITHIN = 2.0, 900.0
"""Seconds between two looks for new data, and since the last request until nobody is there to prepare for."""
STREAM = 20.0
"""Answers a second from which on nothing is worked out beforehand: they would wait for the processor meanwhile."""
UNASKED = 3.0
"""Seconds after which a process that nobody has asked anything begins too: it is one of several."""


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """One request. The first answer lets the thread begin that loads what analyses need."""
    global _asked_at
    if environ.get("PATH_INFO") not in _MACHINES:
        _asked_at = time.monotonic()
    try:
        return _django(environ, start_response)
    finally:
        _answered.set()


def _warm() -> None:
    _answered.wait(UNASKED)
    from nineplus import mart
    from nineplus.stages import analyze
    from nineplus.stages.analyze.overview import prepare
    from nineplus.stages.capture.answering.intake import Pace
    from nineplus.web.answering import INTAKE

    mart.warm()
    analyze.catalogue()
    log = logging.getLogger(__name__)
    prepared, told = None, ""
    pace = Pace(INTAKE)
    while True:
        began = time.monotonic()
        if pace.since_last() < STREAM and began - _asked_at < LOOKED_WITHIN:
            try:
                now = timezone.now()
                snapshot = analyze.dataset(now=now).snapshot
                if snapshot != prepared:
                    prepare(now=now)
                    prepared = snapshot
                told = ""
            except Exception as problem:  # a page that asks says it in words; here it must not end the thread
                reason = type(problem).__name__
                if reason != told:
                    log.warning("not_prepared", extra={"reason": reason})
                told = reason
            finally:
                connections.close_all()
        time.sleep(max(LOOK_EVERY, 3 * (time.monotonic() - began)))  # at most a quarter of one processor


threading.Thread(target=_warm, name="warm", daemon=True).start()
