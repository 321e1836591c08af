"""What becomes of one answer by a link: taken, taken as a change, or politely not."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from nineplus.stats import scale

LONGEST_COMMENT = 20_000
"""Characters of a comment or of any other text that a customer writes."""
ANONYMOUS_OPEN = timedelta(days=8)
"""How long after the press an anonymous answer may be added to: it has no invitation that would say so. A page without
network keeps score and comment for a week; then there is a day left for the comment."""

_AT_ONCE_MS, _LONGEST_WAIT_MS = 60_000, 7 * 86_400_000
_CLIENT_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}\Z")
_SCORES = {form(score): score for score in range(scale.LOWEST, scale.HIGHEST + 1) for form in (int, str)}


class State(StrEnum):
    """What the page and the script are told. Only the first two wrote something."""

    SAVED = "saved"
    CHANGED = "changed"  # the earlier score is kept beside the new one
    SAME = "same"  # it was kept before
    OPEN = "open"  # the link takes an answer, none came yet
    ANSWERED = "answered"  # has an answer, which may still be changed
    DECLINED = "declined"
    EXPIRED = "expired"
    CLOSED = "closed"  # the survey ended, or the person asked to be forgotten
    PAUSED = "paused"  # anonymous links rest while the survey does
    UNKNOWN = "unknown"  # genuine, but what it stood for is gone or was never published
    FORGED = "forged"
    UNSCORED = "unscored"  # a comment came before any score
    WRONG = "wrong"  # what was sent is no answer; `faults` says what
    TOO_LONG = "too_long"
    TOO_OFTEN = "too_often"  # not read at all; later it would be


WRITTEN = frozenset((State.SAVED, State.CHANGED))
TAKEN = frozenset((State.SAVED, State.CHANGED, State.SAME))


class Asked(NamedTuple):
    """What is known of an invitation when its link is used. `score` is the one kept so far."""

    fate: str
    survey_state: str
    expires_at: datetime | None = None
    score: int | None = None
    erased: bool = False

    def answered(self, score: int) -> Asked:
        """The same once this score was taken."""
        return Asked("answered", self.survey_state, self.expires_at, score, self.erased)


def personal(asked: Asked | None, *, now: datetime, pressed: datetime | None = None) -> State:
    """How does a personal link stand? OPEN and ANSWERED take answers, nothing else does.

    A paused survey's links stay open: those people were asked. `pressed` is when an answer was given that waited for
    the network (`pressed_at`): whether the link had expired is asked of that moment. Times are aware.
    """
    if asked is None or asked.fate == "skipped" or asked.survey_state in ("draft", "history"):
        return State.UNKNOWN
    if asked.erased or asked.survey_state == "closed":
        return State.CLOSED
    in_time = pressed is not None and asked.expires_at is not None and pressed < asked.expires_at
    if not in_time and (asked.fate == "expired" or (asked.expires_at is not None and now >= asked.expires_at)):
        return State.EXPIRED
    if asked.score is not None:
        return State.ANSWERED
    return State.DECLINED if asked.fate == "declined" else State.OPEN


def anonymous(survey_state: str | None) -> State:
    """How does a survey's anonymous link stand? Only OPEN takes answers."""
    known = {"active": State.OPEN, "paused": State.PAUSED, "closed": State.CLOSED}
    return known.get(survey_state or "", State.UNKNOWN)


def settle(state: State, *, earlier: int | None, score: int, anyway: bool = False) -> State:
    """What becomes of this score at a link that stands so: SAVED, CHANGED, SAME, or the reason why it is not taken.

    `anyway`: the customer had declined and pressed again.
    """
    if state is State.DECLINED and anyway:
        state = State.OPEN
    if state not in (State.OPEN, State.ANSWERED):
        return state
    if earlier is None:
        return State.SAVED
    return State.SAME if earlier == score else State.CHANGED


def pressed_at(age_ms: object, *, now: datetime) -> datetime | None:
    """When something was pressed that waited for the network, by its page's word; None when it came at once.

    A page keeps what it could not send for a week (front/survey/outbox.ts): what claims to be older came just now.
    """
    if isinstance(age_ms, int) and not isinstance(age_ms, bool) and _AT_ONCE_MS < age_ms <= _LONGEST_WAIT_MS:
        return now - timedelta(milliseconds=age_ms)
    return None


def read_score(given: object) -> int | None:
    """A score as a form or JSON brings it: 9 or "9". None for anything else (11, 9.5, true, "9 ", "ten", NaN)."""
    # bool is an int and 1.0 == 1: told apart by type, not by value.
    return _SCORES.get(given) if type(given) is int or type(given) is str else None


def good_client_key(key: str) -> bool:
    """Is this what a page may call its answer? Long enough that nobody guesses another's."""
    return bool(_CLIENT_KEY.match(key))


def storable(text: str) -> str:
    """The text as it came, but for what a database cannot hold: NUL and halves of characters become U+FFFD."""
    if text.isascii():
        return text.replace("\x00", "\ufffd") if "\x00" in text else text
    return text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
