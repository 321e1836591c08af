"""Case study: one kind of programme."""

from __future__ import annotations

NAME = "case_study"
TITLE = "Case study"
SAYS = "They tell their story, and we may publish it."
MAY_CHOOSE_BY_SCORE = True
MAY_REWARD = True
