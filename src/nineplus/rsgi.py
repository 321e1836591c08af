"""What the web server runs: `granian --interface rsgi nineplus.rsgi:application` (docs/decisions/0016).

Plain scores are answered on the event loop (`web.answering`), everything else by Django in threads. A server that
speaks WSGI only runs `nineplus.wsgi:application`: Django's views take the scores then, one commit each.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from typing import Any

from nineplus import wsgi

# One thread commits answers and one reads them: at Python's 5 ms each would wait for its turn longer than for the disk.
sys.setswitchinterval(0.0005)
# Answers that wait make thousands of objects that all go within milliseconds: at Python's 700 each would be looked at.
gc.set_threshold(20_000, 10, 10)

from django.conf import settings  # noqa: E402 - wsgi has set them up

from nineplus.web import answering  # noqa: E402
from nineplus.web.in_threads import InThreads  # noqa: E402

_LOOK_EVERY = 1.0  # seconds


class _Application:
    """RSGI's way in, and what happens when its loop begins."""

    def __init__(self) -> None:
        self._django = InThreads(wsgi.application, threads=settings.NINEPLUS.web_threads)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        def look() -> None:
            answering.INTAKE.look()
            loop.call_later(_LOOK_EVERY, look)

        loop.call_soon(look)
        gc.freeze()  # what is loaded stays, and need not be looked at again

    async def __rsgi__(self, scope: Any, request: Any) -> None:
        if scope.proto == "http" and not await answering.answer(scope, request):
            await self._django(scope, request)


application = _Application()
