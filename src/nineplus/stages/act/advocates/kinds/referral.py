"""Referral: one kind of programme."""

from __future__ import annotations

NAME = "referral"
TITLE = "Referral"
SAYS = "Somebody they know hears of us by their own link; what comes of it is followed to the deal."
MAY_CHOOSE_BY_SCORE = True
MAY_REWARD = True
