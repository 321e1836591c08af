"""Reference call: one kind of programme."""

from __future__ import annotations

NAME = "reference"
TITLE = "Reference call"
SAYS = "They talk with somebody who thinks of buying."
MAY_CHOOSE_BY_SCORE = True
MAY_REWARD = True
