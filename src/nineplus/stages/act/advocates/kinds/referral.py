"""Referral: one kind of programme."""

from __future__ import annotations

NAME = "referral"
TITLE = "Referral"
SAYS = "Somebody they know hears of us by their own link; what comes of it is followed to the deal."
MAY_CHOOSE_BY_SCORE = True
MAY_REWARD = True
SUBJECT = "Do you know somebody who should know us?"
TEXT = "\n\n".join(
    (
        "Hello {name},",
        "you told us that you would recommend us. Thank you.",
        "Do you know somebody with the problem that we solve for you? On your page there is a link of your "
        "own: whoever leaves their address there hears from us, and you see what came of it.",
        "{company}",
    )
)
