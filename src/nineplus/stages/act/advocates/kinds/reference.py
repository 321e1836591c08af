"""Reference call: one kind of programme."""

from __future__ import annotations

NAME = "reference"
TITLE = "Reference call"
SAYS = "They talk with somebody who thinks of buying."
MAY_CHOOSE_BY_SCORE = True
MAY_REWARD = True
SUBJECT = "May somebody ask you about us?"
TEXT = "\n\n".join(
    (
        "Hello {name},",
        "now and then somebody who thinks of working with us would like to talk with a customer for half an "
        "hour. May we ask you when it fits? You decide each time, and we never pass your number on without "
        "asking.",
        "{company}",
    )
)
