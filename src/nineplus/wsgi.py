"""What the web server runs: `granian --interface wsgi nineplus.wsgi:application`."""

from __future__ import annotations

import os
import threading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nineplus.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()


def _load_engine() -> None:
    """The first page with figures should not wait for what it needs to be loaded; the start should not either."""
    import nineplus.mart.folder  # noqa: F401
    from nineplus.plugs import Analysis, find

    find("nineplus.analyses", Analysis)


_later = threading.Timer(1.0, _load_engine)
_later.daemon = True
_later.start()
