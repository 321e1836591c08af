"""What is planted in the sample company, and what follows from it in NPS points.

A customer's satisfaction is a sum of the effects below plus normal noise, cut into scores 0..10. Whether the
customer answers depends on that score. So the true effect of any fact, in NPS points and among those who
answer, is an integral over the noise: `among_answers` computes it exactly, no simulation.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from nineplus.stats.scale import DETRACTOR_TO, PROMOTER_FROM

# Effects on satisfaction, in units where the noise of one answer has standard deviation NOISE.
NOISE = 0.85
BETWEEN_ACCOUNTS = 0.40
BETWEEN_CONTACTS = 0.40

FIRST_RESPONSE = {"under 1 h": 0.0, "1 to 4 h": 0.0, "4 to 24 h": -0.18, "over 24 h": -0.38}
FIRST_RESPONSE_EDGES = (1.0, 4.0, 24.0)  # hours
BREACH = -0.42
REOPENED = -0.40
ESCALATED = -0.35
INVOICE_TROUBLE = -0.60
"""The theme that hurts: wrong invoices, met by INVOICE_SHARE of those asked, whatever else happened."""
INVOICE_SHARE = 0.10
PLAN = {"Starter": 0.30, "Growth": 0.05, "Enterprise": -0.45}
IMPROVEMENT = 0.16
"""How much better everyone is served at the end of the 24 months than at the start (straight line)."""
CHANGED_TEAM = "Billing"
CHANGE_MONTH = 15
CHANGE = 0.40
"""From that month on, what the changed team's tickets gain: one named contact per case, as fast as before."""
SOON_HOURS = 24.0
REACHED_SOON, REACHED_LATE = 0.60, 0.20
"""What a call adds to the later answers of somebody unhappy: within SOON_HOURS of the answer, and later."""
REACHED_ANSWERS = 1.7
"""How many times as likely those who were reached are to answer when they are asked again."""
NUDGED = 0.30
"""What a letter ("what would make it a 9?") adds to the later answers of a passive."""
CATEGORY = {"Billing": -0.05, "Access": 0.05, "How-to": 0.15, "Bug": -0.15, "Performance": -0.10, "Integration": -0.10}
PRIORITY = {"low": 0.05, "normal": 0.0, "high": -0.05, "urgent": -0.10}
# No effect of the survey's channel, the ticket's channel, the contact's role, the industry or the region.

_CUMULATIVE = (0.015, 0.025, 0.04, 0.065, 0.095, 0.145, 0.21, 0.33, 0.51, 0.71)
SPREAD = float(np.sqrt(NOISE**2 + BETWEEN_ACCOUNTS**2 + BETWEEN_CONTACTS**2))
CUTS = ndtri(np.array(_CUMULATIVE)) * SPREAD
"""Satisfaction below CUTS[k] gives a score of at most k."""

ANSWERS = np.array([0.34, 0.32, 0.30, 0.28, 0.27, 0.27, 0.28, 0.31, 0.37, 0.44, 0.50])
"""Chance that someone with score k answers a relationship survey; after a ticket it is AFTER_TICKET times that."""
AFTER_TICKET = 1.45

_POINTS = np.array(
    [-100.0] * (DETRACTOR_TO + 1) + [0.0] * (PROMOTER_FROM - DETRACTOR_TO - 1) + [100.0] * (11 - PROMOTER_FROM)
)


def score_of(satisfaction: np.ndarray) -> np.ndarray:
    """Scores 0..10 of satisfactions, int8."""
    return np.searchsorted(CUTS, satisfaction, side="right").astype(np.int8)


def first_response_effect(hours: np.ndarray) -> np.ndarray:
    """The effect of waiting that long for the first reply."""
    return np.array(list(FIRST_RESPONSE.values()))[np.searchsorted(FIRST_RESPONSE_EDGES, hours, side="right")]


def chances(expected: np.ndarray) -> np.ndarray:
    """Probabilities of scores 0..10 (last axis) for expected satisfactions, noise integrated out."""
    below = ndtr((CUTS - np.asarray(expected)[..., None]) / NOISE)
    edges = np.concatenate([np.zeros_like(below[..., :1]), below, np.ones_like(below[..., :1])], axis=-1)
    return np.diff(edges, axis=-1)


def among_everyone(expected: np.ndarray) -> float:
    """NPS, in points, if everyone with these expected satisfactions answered."""
    return float((chances(expected) @ _POINTS).mean())


def among_answers(expected: np.ndarray, weights: np.ndarray | None = None) -> float:
    """NPS, in points, among those who answer. `weights` counts each row (all 1 unless given).

    Rows are people who did answer, so each counts fully whatever its chance of answering was: for each the
    expectation is taken over the scores with which it would have answered.
    """
    answered = chances(expected) * ANSWERS
    points = (answered @ _POINTS) / answered.sum(axis=-1)
    return float(np.average(points, weights=weights))


def effect(expected: np.ndarray, present: np.ndarray, size: float) -> float:
    """NPS points that a fact costs or gives among answers: all with it minus all without it.

    `expected` are the satisfactions as they are, `present` says where the fact (of effect `size`) is in them.
    """
    without = expected - np.where(present, size, 0.0)
    return among_answers(without + size) - among_answers(without)
