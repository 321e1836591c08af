"""Quote: one kind of programme."""

from __future__ import annotations

NAME = "quote"
TITLE = "Quote"
SAYS = "We may quote what they wrote, with their name."
MAY_CHOOSE_BY_SCORE = True
MAY_REWARD = True
SUBJECT = "May we quote you?"
TEXT = "\n\n".join(
    (
        "Hello {name},",
        "what you wrote to us would help others to decide. May we quote it, with your name and your company? "
        "You can change the words first, and take them back at any time.",
        "{company}",
    )
)
