"""Advisory board: one kind of programme."""

from __future__ import annotations

NAME = "board"
TITLE = "Advisory board"
SAYS = "They tell us what to build next, some times a year."
MAY_CHOOSE_BY_SCORE = True
MAY_REWARD = True
