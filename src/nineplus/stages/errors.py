"""What a stage raises when it cannot do what a person or program asked: the message is the sentence to show."""

from __future__ import annotations


class NotPossible(Exception):
    """It cannot be done; the message says why and how to mend it."""


class NotFound(NotPossible):
    """There is no such thing."""


class Conflict(NotPossible):
    """It contradicts what is already there."""
