"""Whom the sample company called back, how soon, and what that did to what they answered next.

It follows up a part of its unhappy answers of the last year, drawn by lot, so that those left alone are like those
followed up. Answers are gone through in the order of time: following up one changes the same person's later ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from nineplus.sample import truth
from nineplus.sample.days import DAY
from nineplus.sample.service import HOUR
from nineplus.stats.scale import DETRACTOR_TO, PROMOTER_FROM

YEAR = 365 * DAY
_LATELY = 18 * DAY
_SHARE, _SHARE_LATELY = 0.10, 0.55
_NUDGED = 0.10
_NEVER, _NEVER_LATELY = 0.07, 0.35
"""Nobody is ever reached: closed without a contact, or open still, as more of the last week's are."""
_OUTCOMES = ("solved", "explained", "promised", "no_answer", "not_wanted", "mistake")
_OUTCOME_SHARES = (0.46, 0.24, 0.14, 0.08, 0.05, 0.03)
_WEEKDAY_OF_1970 = 3  # 1970-01-01 was a Thursday


@dataclass(slots=True)
class FollowUp:
    """One case. Answers by their position among those asked, the one that opened it first; instants are microseconds.

    `reached` None: nobody was reached yet. `promised_for`: by when what was promised is due.
    """

    answers: list[int]
    opened: int
    reached: int | None
    closed: int | None
    reopened: int | None
    waits: bool
    outcome: str
    promised_for: int | None
    way: str


@dataclass(slots=True)
class Said:
    """What came of asking, one entry each: drawn before, and drawn again where following up changed it."""

    expected: np.ndarray
    noise: np.ndarray
    score: np.ndarray
    willing: np.ndarray  # chance of answering for its score, times that of the touchpoint
    draw: np.ndarray
    in_time: np.ndarray  # the answer would come before the last day ends
    answered: np.ndarray
    lifted: np.ndarray = field(default_factory=lambda: np.zeros(0))  # what following up added to the satisfaction

    @property
    def positions(self) -> np.ndarray:
        return np.flatnonzero(self.answered)


def follow_up(
    *, contact: np.ndarray, account: np.ndarray, sent: np.ndarray, at: np.ndarray, said: Said, stop: int, random
) -> tuple[list[FollowUp], list[int]]:
    """The cases, the oldest first, and the positions of the answers whose passives were nudged. `said` is changed.

    `contact`, `account` (of the one asked), `sent` and `at` (when they answer) have one entry per invitation.
    """
    said.lifted = np.zeros(len(sent))
    lot, life = random.random(len(sent)), random.spawn(1)[0]
    late = at >= stop - _LATELY
    drawn = lot < np.where(late, _SHARE_LATELY, _SHARE)
    year = np.flatnonzero((at >= stop - YEAR) & (drawn | (lot > 1 - _NUDGED)))
    cases: list[FollowUp] = []
    open_of: dict[int, FollowUp] = {}
    nudged: list[int] = []
    for place in year[np.argsort(at[year], kind="stable")]:
        score, now = int(said.score[place]), int(at[place])
        if not said.answered[place]:
            continue
        if score <= DETRACTOR_TO and drawn[place]:
            known = open_of.get(int(account[place]))
            if known is not None and (known.closed is None or known.closed > now):
                known.answers.append(int(place))
                continue
            made = _life(int(place), now, stop=stop, random=life)
            cases.append(made)
            open_of[int(account[place])] = made
            if made.reached is not None:
                soon = made.reached - now <= truth.SOON_HOURS * HOUR
                size = truth.REACHED_SOON if soon else truth.REACHED_LATE
                later = np.flatnonzero((contact == contact[place]) & (sent > made.reached))
                _answer_again(said, later, size, truth.REACHED_ANSWERS)
        elif DETRACTOR_TO < score < PROMOTER_FROM and not drawn[place] and now + DAY < stop:
            nudged.append(int(place))
            _answer_again(said, np.flatnonzero((contact == contact[place]) & (sent > now + DAY)), truth.NUDGED, 1.0)
    return cases, nudged


def _answer_again(said: Said, later: np.ndarray, size: float, times: float) -> None:
    """Those later answers, with that much more satisfaction and so many times the chance of being given."""
    before = said.expected[later] + said.noise[later]
    after = said.willing[later] / truth.ANSWERS[truth.score_of(before)]
    said.expected[later] += size
    said.lifted[later] += size
    score = truth.score_of(before + size)
    said.score[later] = score
    said.willing[later] = np.minimum(0.95, after * truth.ANSWERS[score] * times)
    said.answered[later] = (said.draw[later] < said.willing[later]) & said.in_time[later]


def _life(place: int, opened: int, *, stop: int, random: np.random.Generator) -> FollowUp:
    """What becomes of a case, as far as it has come by `stop`. Every life takes as many draws as any other."""
    wait = float(np.exp(np.log(6.0) + 1.1 * random.standard_normal())) * HOUR
    work = float(np.exp(np.log(130.0) + 0.9 * random.standard_normal())) * HOUR
    lots = random.random(5)
    way = str(random.choice(("call", "email", "meeting", "chat"), p=(0.55, 0.30, 0.08, 0.07)))
    outcome = str(random.choice(_OUTCOMES, p=_OUTCOME_SHARES))
    reached: int | None = _at_work(opened + int(wait) + HOUR // 4)
    if lots[0] < (_NEVER if opened < stop - 7 * DAY else _NEVER_LATELY):
        reached, closed, outcome = None, _at_work(opened + 12 * DAY), "no_answer"
    else:
        closed = _at_work(reached + int(work) + HOUR)
    promise = _at_work(closed + int((0.5 + 4 * lots[1]) * DAY)) if outcome in ("promised", "solved") else None
    made = FollowUp(
        answers=[place],
        opened=opened,
        reached=reached if reached is not None and reached < stop else None,
        closed=closed if closed < stop else None,
        reopened=None,
        waits=lots[2] < 0.35,
        outcome=outcome,
        promised_for=promise if lots[3] < 0.6 else None,
        way=way,
    )
    again = _at_work(closed + 6 * DAY)
    if lots[4] < 0.05 and made.closed is not None and again + 3 * DAY < stop:
        made.reopened, made.closed = made.closed, _at_work(again + 2 * DAY)
    return made


def _at_work(at: int) -> int:
    """That instant, or a later one at which somebody works: Monday to Friday, 8 to 17 UTC."""
    day, hour = divmod(at, DAY)
    free = hour < 8 * HOUR or hour >= 17 * HOUR
    day += hour >= 17 * HOUR
    while (day + _WEEKDAY_OF_1970) % 7 >= 5:
        day, free = day + 1, True
    return int(day * DAY + (8 * HOUR + hour % (8 * HOUR) if free else hour))
