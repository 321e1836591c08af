"""Every test run has a home of its own; nothing is read from or written to the user's."""

from __future__ import annotations

import os
import tempfile

_HOME = tempfile.TemporaryDirectory(prefix="nineplus-tests-")
os.environ["NINEPLUS_HOME"] = _HOME.name
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nineplus.settings")
