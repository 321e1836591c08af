"""Answers at links: the score, what is added to it, "no thanks". No log-in: the token is what opens.

Every function returns an `Outcome`; none raises for what a customer sent. What is taken is committed.
"""

from __future__ import annotations

import hmac
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction

from nineplus.rules import outcomes
from nineplus.rules.links import Purpose, seal, unseal
from nineplus.rules.outcomes import TAKEN, Asked, State
from nineplus.rules.signals import agent_class, read_signals, with_visit
from nineplus.stages.capture.answering import codes
from nineplus.stages.capture.answering.keeping import Answer, Invited, Kept, Passer, keep
from nineplus.stats import scale
from nineplus.store.models import Event, Invitation, Response, Revision, Survey

CHANNELS = ("link", "kiosk", "widget")
_MOST_ATTRIBUTES, _LONGEST_VALUE = 20, 200
_PUBLIC_ID = re.compile(r"[0-9A-Za-z_-]{1,32}\Z")
_SLUG = re.compile(r"[A-Za-z0-9_-]{1,60}\Z")


class Outcome(NamedTuple):
    """What became of what a customer sent.

    `score` and `group` are those kept now (None and "" without an answer), `response` its id, `amend` the token with
    which that answer may be added to, `code` the thank-you code it got, `faults` what could not be taken: a slug
    (`score`, `comment`, or that of an extra question) and a sentence in English.
    """

    state: State
    response: int | None = None
    score: int | None = None
    amend: str = ""
    code: str = ""
    faults: Mapping[str, str] = MappingProxyType({})

    @property
    def group(self) -> str:
        return "" if self.score is None else scale.group_of(self.score).value

    @property
    def taken(self) -> bool:
        """Is the answer kept as it was sent?"""
        return self.state in TAKEN


@dataclass(frozen=True, slots=True)
class Standing:
    """How a link stands, for its page. `survey` is None when it leads nowhere; `response` what was answered so far."""

    state: State
    survey: Survey | None = None
    invitation: Invitation | None = None
    response: Response | None = None
    code: str = ""


@cache
def _key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"survey links", "sha256")


def links_key() -> bytes:
    """The key that survey links are sealed with, made from the installation's secret."""
    return _key(settings.SECRET_KEY)


def score_by_link(*, token: str, score: object, now: datetime, **more: Any) -> Outcome:
    """Take the score at a personal link, alone: `personal_answer` read, kept and told."""
    return taken(personal_answer(token=token, score=score, now=now, **more))


def score_anonymous(*, public_id: str, score: object, now: datetime, **more: Any) -> Outcome:
    """Take an anonymous score, alone: `anonymous_answer` read, kept and told."""
    return taken(anonymous_answer(public_id=public_id, score=score, now=now, **more))


def taken(read: Answer | Outcome) -> Outcome:
    """What became of an answer that was read, kept alone; an outcome is what became of one that is none."""
    return read if isinstance(read, Outcome) else told(keep([read])[0])


def personal_answer(
    *,
    token: str,
    score: object,
    now: datetime,
    language: str = "",
    signals: object = None,
    agent: str = "",
    anyway: bool = False,
    age_ms: object = None,
) -> Answer | Outcome:
    """The answer that a score at a personal link is, yet to be kept; or why it is none (FORGED, WRONG).

    `score` is what came (9 or "9"), `signals` what the page's script measured (rules.signals), `agent` a class
    of user agent; `anyway` is a press after "no thanks"; `age_ms` how long ago the press was, by the page's clock
    (it waited for the network): pressed before the link expired, it is taken. Nothing else is after that.
    """
    number = _number(token, "answer")
    if number is None:
        return Outcome(State.FORGED)
    given = outcomes.read_score(score)
    if given is None:
        return _no_score()
    return Answer(
        to=Invited(number, anyway=anyway),
        score=given,
        now=now,
        at=outcomes.pressed_at(age_ms, now=now),
        language=_language(language),
        signals=_signals(signals, agent),
    )


def anonymous_answer(
    *,
    public_id: str,
    score: object,
    now: datetime,
    key: str = "",
    channel: str = "link",
    language: str = "",
    attributes: Mapping[str, object] | None = None,
    signals: object = None,
    agent: str = "",
    age_ms: object = None,
) -> Answer | Outcome:
    """The answer that a score at a survey's link, kiosk or widget is, yet to be kept and never joined to a person.

    `key` is what the page calls this answer (16–64 of A–Z a–z 0–9 _ -): the same key again is the same answer, with
    another score it is a change. Without one every call is another answer. Of `attributes` those are kept that are
    known here and hold no address.
    """
    if not _PUBLIC_ID.match(public_id):  # a strange letter would cost the whole batch
        return Outcome(State.UNKNOWN)
    given = outcomes.read_score(score)
    if given is None:
        return _no_score()
    if key and not outcomes.good_client_key(key):
        return Outcome(State.WRONG, faults={"key": "A key has 16 to 64 letters, digits, - or _."})
    if channel not in CHANNELS:
        return Outcome(State.WRONG, faults={"channel": f"A channel is one of {', '.join(CHANNELS)}."})
    return Answer(
        to=Passer(public_id, key or uuid.uuid4().hex),
        score=given,
        now=now,
        at=outcomes.pressed_at(age_ms, now=now),
        channel=channel,
        language=_language(language),
        attributes=_shown(attributes or {}),
        signals=_signals(signals, agent),
    )


def told(kept: Kept) -> Outcome:
    """What a customer is told of it."""
    amend = seal(number=kept.response, purpose="amend", key=links_key()) if kept.response else ""
    return Outcome(kept.state, response=kept.response, score=kept.score, amend=amend, code=kept.code)


def _number(token: str, purpose: Purpose) -> int | None:
    """The row that this token opens, 0 (there is none) for numbers that no row can have; None: forged."""
    link = unseal(token, purpose=purpose, key=links_key())
    return None if link is None else link.number if link.number < 2**63 else 0


def _no_score() -> Outcome:
    words = f"A score is a whole number from {scale.LOWEST} to {scale.HIGHEST}."
    return Outcome(State.WRONG, faults={"score": words})


def _signals(given: object, agent: str) -> dict[str, Any]:
    signals = read_signals(given)
    if agent:
        signals["agent"] = agent
    return signals


def _language(given: object) -> str:
    return given if isinstance(given, str) and len(given) <= 12 and _is_language(given) else ""


@lru_cache(1_000)
def _is_language(text: str) -> bool:
    return text.replace("-", "").isalnum() and text.isascii()


def _shown(attributes: Mapping[str, object]) -> dict[str, str]:
    """What may be kept of a link's attributes: short texts that hold no address."""
    some = list(attributes.items())[:_MOST_ATTRIBUTES]
    return {
        slug: outcomes.storable(value)[:_LONGEST_VALUE]
        for slug, value in some
        if isinstance(value, str) and value.strip() and "@" not in value and _SLUG.match(slug)
    }


def standing(*, token: str, now: datetime, pressed: datetime | None = None) -> Standing:
    """How the personal link stands: OPEN, ANSWERED, DECLINED, EXPIRED, CLOSED, UNKNOWN or FORGED. Writes nothing.

    `pressed`: for something that waited for the network since then (rules.outcomes.personal).
    """
    number = _number(token, "answer")
    return Standing(State.FORGED) if number is None else _personal(number, now=now, pressed=pressed)


def standing_anonymous(*, public_id: str) -> Standing:
    """How a survey's anonymous link stands: OPEN, PAUSED, CLOSED or UNKNOWN. Writes nothing."""
    named = _PUBLIC_ID.match(public_id)
    survey = Survey.objects.select_related("current").filter(public_id=public_id).first() if named else None
    state = outcomes.anonymous(survey.state if survey else None)
    return Standing(state, survey=None if state is State.UNKNOWN else survey)


def standing_amend(*, token: str, now: datetime, pressed: datetime | None = None) -> Standing:
    """How the answer stands that this amend token was given for. ANSWERED: it may be added to. Writes nothing."""
    number = _number(token, "amend")
    if number is None:
        return Standing(State.FORGED)
    response = Response.objects.select_related("survey__current", "version", "account").filter(pk=number).first()
    if response is None:
        return Standing(State.UNKNOWN)
    if response.invitation_id is not None:
        return _personal(response.invitation_id, now=now, pressed=pressed)
    state = State.ANSWERED
    if response.survey.state == "closed":
        state = State.CLOSED
    elif (pressed or now) >= response.answered_at + outcomes.ANONYMOUS_OPEN:
        state = State.EXPIRED
    return Standing(state, survey=response.survey, response=response)


def amend_token(*, public_id: str, channel: str, key: str) -> str:
    """With which the anonymous answer may be added to that a page called `key`; empty when there is none.

    For a page that was left before it was told the token. The key is as hard to guess.
    """
    if not _PUBLIC_ID.match(public_id) or not outcomes.good_client_key(key):
        return ""
    survey = Survey.objects.filter(public_id=public_id).values_list("pk", flat=True).first()
    rows = Response.objects.filter(source=channel, external_id=f"{survey}/{key}", anonymous=True)
    found = rows.values_list("pk", flat=True).first()
    return seal(number=found, purpose="amend", key=links_key()) if found else ""


def _personal(number: int, *, now: datetime, pressed: datetime | None = None) -> Standing:
    invitation = (
        Invitation.objects.select_related("survey__current", "version", "contact", "account", "ticket", "response")
        .filter(pk=number)
        .first()
    )
    if invitation is None:
        return Standing(State.UNKNOWN)
    response = getattr(invitation, "response", None)
    asked = Asked(
        fate=invitation.fate,
        survey_state=invitation.survey.state,
        expires_at=invitation.expires_at,
        score=response.score if response else None,
        erased=bool(invitation.contact and invitation.contact.erased_at),
    )
    return Standing(
        outcomes.personal(asked, now=now, pressed=pressed),
        survey=invitation.survey,
        invitation=invitation,
        response=response,
        code=codes.given_to(response.pk) if response else "",
    )


def visited(
    *,
    token: str,
    now: datetime,
    head: bool = False,
    agent: str = "",
    score: int | None = None,
    hidden: bool = False,
    opens: bool = True,
) -> None:
    """Remember that the page of a personal link was asked for: never a score, only what tells machines from people.

    `agent` is the User-Agent as it came, `score` the one in the link, `hidden` that the link is the one nobody sees.
    `opens`: a browser's visit counts as opened. The page says no, since scanners name themselves as browsers do, and
    has its script say when it was looked at (`looked_at`).
    """
    number = _number(token, "answer")
    if number is None:
        return
    with transaction.atomic():
        fate = Invitation.objects.filter(pk=number).values_list("fate", flat=True).first()
        person = opens and not head and not hidden and agent_class(agent) in ("browser", "mail")
        opens = person and fate in _UNOPENED
        revision = Revision.next() if opens else 0  # before the row is locked, in the order in which answers lock
        invitation = Invitation.objects.select_for_update().filter(pk=number).first()
        if invitation is None:
            return
        fields = ["signals"]
        invitation.signals = with_visit(invitation.signals, head=head, agent=agent, link=score, hidden=hidden)
        if opens and invitation.fate == fate:
            invitation.fate, invitation.opened_at = Invitation.Fate.OPENED, invitation.opened_at or now
            invitation.revision = revision
            fields += ["fate", "opened_at", "revision"]
        invitation.save(update_fields=fields)


def looked_at(*, token: str, now: datetime) -> None:
    """Remember that somebody saw the page: its script ran in a window that was visible for a while."""
    link = unseal(token, purpose="answer", key=links_key())
    if link is None or link.number >= 2**63:
        return
    silent = Invitation.objects.filter(pk=link.number, fate__in=_UNOPENED)
    if not silent.exists():  # nobody waits for the revision to say again what is known
        return
    with transaction.atomic():
        silent.update(fate=Invitation.Fate.OPENED, opened_at=now, revision=Revision.next())


_UNOPENED = (Invitation.Fate.PLANNED, Invitation.Fate.SENT, Invitation.Fate.DELIVERED)


def decline(*, token: str, now: datetime) -> Outcome:
    """Keep that the customer does not want to answer. An answer that is there stays (ANSWERED)."""
    number = _number(token, "answer")
    if number is None:
        return Outcome(State.FORGED)
    with transaction.atomic():
        revision = Revision.next()
        stands = _personal(number, now=now)
        if stands.state is not State.OPEN or stands.invitation is None:
            kept = stands.response
            return Outcome(stands.state, response=kept and kept.pk, score=kept and kept.score)
        Invitation.objects.filter(pk=number).update(fate=Invitation.Fate.DECLINED, declined_at=now, revision=revision)
        Event.publish(kind="mart.stale", now=now)
    return Outcome(State.DECLINED)
