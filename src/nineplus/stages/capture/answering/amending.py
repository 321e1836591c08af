"""What follows the score: comment, extra questions, consents. May be sent again and again until the link closes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import transaction

from nineplus import plugs
from nineplus.connectors.files import comments
from nineplus.model.survey import Content
from nineplus.rules.links import seal
from nineplus.rules.outcomes import LONGEST_COMMENT, State, pressed_at, storable
from nineplus.stages.capture.answering import codes
from nineplus.stages.capture.answering.links import Outcome, Standing, links_key, standing, standing_amend
from nineplus.stats import scale
from nineplus.store.models import Event, Response, Revision

_MOST_EXTRAS = 100


def amend(
    *,
    token: str,
    now: datetime,
    comment: str | None = None,
    extras: Mapping[str, Any] | None = None,
    consent_contact: bool | None = None,
    consent_quote: bool | None = None,
    age_ms: object = None,
) -> Outcome:
    """Add to the answer of this personal or amend token. None leaves a part as it is; "" empties the comment.

    `age_ms` as for a score: written before the link expired, it is taken though it waited for the network.

    CHANGED, SAME (nothing new in it), UNSCORED (no score yet), or why the link takes nothing. What is wrong with one
    part (TOO_LONG a comment, WRONG an extra) stands in `faults` under "comment" or the extra's slug; when other
    parts were good they are kept, and the state is CHANGED.
    """
    pressed = pressed_at(age_ms, now=now)
    with transaction.atomic():
        revision = Revision.next()  # before anything is read: answers to one link wait for each other
        stands = standing(token=token, now=now, pressed=pressed)
        if stands.state is State.FORGED:
            stands = standing_amend(token=token, now=now, pressed=pressed)
        response = stands.response
        if stands.state is not State.ANSWERED or response is None:
            state = State.UNSCORED if stands.state in (State.OPEN, State.DECLINED) else stands.state
            return _outcome(state, response)
        before = _parts(response)
        faults = _apply(
            response,
            content=_content(stands),
            comment=comment,
            extras=extras or {},
            consent_contact=consent_contact,
            consent_quote=consent_quote,
        )
        if _parts(response) == before:
            state = State.SAME
            if faults:
                state = State.TOO_LONG if set(faults) == {"comment"} else State.WRONG
            return _outcome(state, response, faults)
        response.revision = revision
        response.changed_at = now
        response.save(update_fields=[*_PARTS, "revision", "changed_at"])
        Event.publish(kind="response.changed", data={"response": response.pk}, now=now)
    return _outcome(State.CHANGED, response, faults)


_PARTS = ("comment", "comment_raw", "extras", "consent_contact", "consent_quote")


def said(comment: str) -> str:
    """The comment, or nothing when it only says STOP, n/a, -: the same rule as for files."""
    if not comment.strip():
        return ""
    text, _silent = comments.split(pa.array([comment], pa.string()))
    return text[0].as_py() or ""


def _parts(response: Response) -> tuple[Any, ...]:
    return tuple(dict(value) if isinstance(value, dict) else value for value in _values(response))


def _values(response: Response) -> list[Any]:
    return [getattr(response, name) for name in _PARTS]


def _content(stands: Standing) -> Content:
    assert stands.response is not None
    version = stands.response.version or (stands.survey and stands.survey.current)
    return Content.model_validate(version.content if version else {})


def _apply(
    response: Response,
    *,
    content: Content,
    comment: str | None,
    extras: Mapping[str, Any],
    consent_contact: bool | None,
    consent_quote: bool | None,
) -> dict[str, str]:
    """Put the good parts on the response; what is wrong with the others."""
    faults: dict[str, str] = {}
    if comment is not None:
        if len(comment) > LONGEST_COMMENT:
            faults["comment"] = f"A comment has at most {LONGEST_COMMENT:,} characters; this one has {len(comment):,}."
        else:
            response.comment_raw = storable(comment)
            response.comment = said(response.comment_raw)
    taken, wrong = read_extras(extras, content=content, group=scale.group_of(response.score).value)
    response.extras = {slug: value for slug, value in {**response.extras, **taken}.items() if value is not None}
    if consent_contact is not None and content.consent_contact:
        response.consent_contact = consent_contact
    if consent_quote is not None and content.consent_quote:
        response.consent_quote = consent_quote
    return faults | wrong


def read_extras(given: Mapping[str, Any], *, content: Content, group: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What was answered to the questions of this group (None: left empty), and what is wrong with the rest."""
    if not given:
        return {}, {}
    kinds = plugs.find("nineplus.questions", plugs.Question)
    taken: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for extra in content.extras:
        if extra.slug not in given or group not in extra.groups or extra.kind not in kinds:
            continue
        try:
            kind = kinds[extra.kind]
            value = kind.read(kind.settle(extra.settings), given[extra.slug])
        except ValueError as problem:
            wrong[extra.slug] = str(problem)
            continue
        if value is None and extra.required:
            wrong[extra.slug] = "This question needs an answer."
        else:
            taken[extra.slug] = storable(value) if isinstance(value, str) else value
    for slug in list(given)[:_MOST_EXTRAS]:
        if not any(extra.slug == slug for extra in content.extras):
            wrong[slug[:60]] = "The survey has no such question."
    return taken, wrong


def _outcome(state: State, response: Response | None, faults: Mapping[str, str] | None = None) -> Outcome:
    if response is None:
        return Outcome(state, faults=faults or {})
    return Outcome(
        state,
        response=response.pk,
        score=response.score,
        amend=seal(number=response.pk, purpose="amend", key=links_key()),
        code=codes.given_to(response.pk),
        faults=faults or {},
    )
