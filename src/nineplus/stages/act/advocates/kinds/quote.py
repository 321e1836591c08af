"""Quote: one kind of programme."""

from __future__ import annotations

NAME = "quote"
TITLE = "Quote"
SAYS = "We may quote what they wrote, with their name."
MAY_CHOOSE_BY_SCORE = True
MAY_REWARD = True
