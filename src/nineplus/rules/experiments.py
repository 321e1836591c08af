"""Which arm of an experiment does an account get? Whole accounts, so that colleagues see the same thing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

Shares = Sequence[tuple[str, float]]
"""Arms with their shares, in the experiment's order. Shares are relative: 1 and 1 are halves."""


def arm_of(*, seed: str, account: str, arms: Shares) -> str:
    """The arm of that account: the same whenever and wherever it is asked, in proportion to the shares.

    `account` is any stable name (of who has no account, the contact's own). Raises ValueError without a share.
    """
    total = sum(share for _name, share in arms)
    if total <= 0 or any(share < 0 for _name, share in arms):
        raise ValueError("The arms of an experiment need shares above 0.")
    drawn = hashlib.blake2b(f"{seed}/{account}".encode(), digest_size=8).digest()
    place = int.from_bytes(drawn, "big") / 2**64 * total
    reached = 0.0
    for name, share in arms:
        reached += share
        if place < reached:
            return name
    return next(name for name, share in reversed(arms) if share > 0)
