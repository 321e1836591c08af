"""Advisory board: one kind of programme."""

from __future__ import annotations

NAME = "board"
TITLE = "Advisory board"
SAYS = "They tell us what to build next, some times a year."
MAY_CHOOSE_BY_SCORE = True
MAY_REWARD = True
SUBJECT = "Would you tell us what to build next?"
TEXT = "\n\n".join(
    (
        "Hello {name},",
        "a few customers meet with us some times a year, see what we plan, and tell us where we are wrong. We"
        " would like to have you among them.",
        "{company}",
    )
)
