"""What a stage raises when it cannot do what a person or program asked: the message is the sentence to show."""

from __future__ import annotations

import errno


class NotPossible(Exception):
    """It cannot be done; the message says why and how to mend it."""


class NotFound(NotPossible):
    """There is no such thing."""


class Conflict(NotPossible):
    """It contradicts what is already there."""


def outside(problem: BaseException) -> str:
    """What to say when it is neither the person's doing nor ours: the disk is full or the database is held by another.

    Empty for everything else. Recognised by number or words: the disk speaks through Python, two databases, Delta.
    """
    words = str(problem).casefold()
    full = ("disk is full", "no space left", "disk quota exceeded")
    if getattr(problem, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or any(said in words for said in full):
        return "The disk is full. Make room and try again; what was written before is whole."
    if type(problem).__name__ == "OperationalError" and "locked" in words:
        return "Another program, perhaps a backup, holds the database. Try again in a moment; nothing is half written."
    return ""
