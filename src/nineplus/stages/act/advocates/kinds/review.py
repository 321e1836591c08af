"""Review: one kind of programme."""

from __future__ import annotations

NAME = "review"
TITLE = "Review"
SAYS = "A review at a site of your choice. Everyone is asked, whatever they said, and nothing is given for it."
MAY_CHOOSE_BY_SCORE = False
MAY_REWARD = False
SUBJECT = "Would you write what you think of us?"
TEXT = "\n\n".join(
    (
        "Hello {name},",
        "would you write down in public how you find working with us, the good and the bad? It takes about "
        "ten minutes, and it helps others to decide.",
        "We ask everyone, and we give nothing for it.",
        "{company}",
    )
)
