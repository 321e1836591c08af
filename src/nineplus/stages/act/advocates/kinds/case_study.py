"""Case study: one kind of programme."""

from __future__ import annotations

NAME = "case_study"
TITLE = "Case study"
SAYS = "They tell their story, and we may publish it."
MAY_CHOOSE_BY_SCORE = True
MAY_REWARD = True
SUBJECT = "May we tell your story?"
TEXT = "\n\n".join(
    (
        "Hello {name},",
        "we would like to write about how you work with us: one talk of half an hour, we write, and nothing "
        "is published before you have read it and agreed.",
        "{company}",
    )
)
