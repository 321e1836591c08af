"""Laws are tried on fewer examples than Hypothesis would, without a clock: the machine may be busy."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("nineplus", deadline=None, max_examples=25)
settings.load_profile("nineplus")
