"""What the web server runs: `granian --interface wsgi nineplus.wsgi:application`."""

from __future__ import annotations

import importlib
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nineplus.settings")
application = get_wsgi_application()

# Loaded here, by one thread: Ibis cannot be imported by two at once, and the first two requests would do just that.
importlib.import_module("nineplus.mart.folder")
assert get_resolver().url_patterns
