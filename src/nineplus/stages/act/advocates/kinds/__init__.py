"""The kinds of programmes: each file says what it is, whether it may look at scores, and whether it may be rewarded.

Review sites demand that everyone may be asked and that nothing is given for praise, so a review may do neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nineplus.stages.act.advocates.kinds import board, case_study, quote, reference, referral, review


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    title: str
    says: str
    may_choose_by_score: bool
    may_reward: bool
    subject: str
    text: str
    """A letter to begin with; {name} and {company} are filled in."""


KINDS: Mapping[str, Kind] = {
    one.NAME: Kind(one.NAME, one.TITLE, one.SAYS, one.MAY_CHOOSE_BY_SCORE, one.MAY_REWARD, one.SUBJECT, one.TEXT)
    for one in (referral, review, reference, case_study, quote, board)
}
