"""Review: one kind of programme."""

from __future__ import annotations

NAME = "review"
TITLE = "Review"
SAYS = "A review at a site of your choice. Everyone is asked, whatever they said, and nothing is given for it."
MAY_CHOOSE_BY_SCORE = False
MAY_REWARD = False
