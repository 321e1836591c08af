"""What the web server runs: `granian --interface wsgi nineplus.wsgi:application`."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nineplus.settings")

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

application = get_wsgi_application()

# Loaded here, by one thread: Ibis cannot be imported by two at once, and the first two pages would do just that.
import nineplus.mart.folder
from nineplus.plugs import Analysis, find

find("nineplus.analyses", Analysis)
assert get_resolver().url_patterns
