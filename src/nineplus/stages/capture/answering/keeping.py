"""Keeping answers: the one place where a score becomes a row, however it came. Many at once, in one transaction.

A batch takes the revision's lock first, so batches follow each other on every database and what is read after it
stays true until the commit: that is why fifty answers at one link give one response.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db import transaction

from nineplus.rules.outcomes import TAKEN, State, anonymous, personal, settle
from nineplus.stages.capture.answering import codes, rows
from nineplus.store.bulk import as_json, stored

_EARLIER = 50
"""Scores remembered of an answer that is changed on and on: the first and the newest."""


_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Invited(NamedTuple):
    """To a personal link. `anyway`: the customer had declined and pressed again."""

    invitation: int
    anyway: bool = False


class Passer(NamedTuple):
    """To a survey's anonymous link, kiosk or widget. `key` is what the page calls this answer."""

    public_id: str
    key: str


@dataclass(frozen=True, slots=True)
class Parties:
    """Rows of an answer that a program brings, found or made in the answer's transaction."""

    survey: int
    account: int | None = None
    contact: int | None = None
    ticket: int | None = None
    version: int | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Program:
    """From a program. `parties(revision)` finds or makes whom it names; the same `key` again changes nothing.

    An answer that has no key of its own brings a fresh one, so that a repeated commit cannot double it.
    """

    parties: Callable[[int], Parties]
    source: str
    key: str


class Answer(NamedTuple):
    """One answer as it came in. `at` is when it was given, `now` when it reached us; both aware."""

    to: Invited | Passer | Program
    score: int
    now: datetime
    at: datetime | None = None
    channel: str = ""
    language: str = ""
    comment: str = ""
    comment_raw: str = ""
    attributes: Mapping[str, str] = _NOTHING
    signals: Mapping[str, Any] = _NOTHING
    raw: Any = None


class Kept(NamedTuple):
    """What became of it. `response` and `score` are those that are kept now; `code` was given for it."""

    state: State
    response: int | None = None
    score: int | None = None
    code: str = ""


def keep(answers: Sequence[Answer], *, pools: dict[int, int | None] | None = None) -> list[Kept]:
    """Keep these answers with their events in one transaction; what became of each, in their order.

    The outcome of an answer is the one it would have had alone: they count in their order. When this returns, what
    was taken is committed. Raises what the database raises; then nothing of the batch is kept. `pools` spares a
    caller of many batches to look up code pools again (codes.pool_of).
    """
    with transaction.atomic():
        revision, ids = rows.begin(len(answers))
        return _Batch(answers, revision=revision, ids=ids, pools={} if pools is None else pools).kept()


class _Batch:
    """One transaction's reading, deciding and writing."""

    def __init__(
        self, answers: Sequence[Answer], *, revision: int, ids: Sequence[int], pools: dict[int, int | None]
    ) -> None:
        self.answers = answers
        self.revision = revision
        self.pools = pools
        self.invited = rows.invited({a.to.invitation for a in answers if type(a.to) is Invited})
        self.surveys = rows.surveys({a.to.public_id for a in answers if type(a.to) is Passer})
        self.attributes = rows.known_attributes({s for a in answers if type(a.to) is Passer for s in a.attributes})
        self.before = rows.named({name for a in answers if (name := self._name(a))})
        self.ids = iter(ids)
        self.new: list[rows.NewResponse] = []
        self.changed: dict[int, rows.Earlier] = {}
        self.events: list[tuple[str, int, str]] = []
        self.answered: list[int] = []
        self.thanks: dict[int, int] = {}

    def kept(self) -> list[Kept]:
        kept = [self._one(answer) for answer in self.answers]
        if self.new:
            rows.insert(self.new)
        if self.changed:
            rows.change(self.changed.values(), revision=self.revision)
        if self.answered:
            rows.mark_answered(self.answered, revision=self.revision)
        if self.events:
            rows.publish(self.events)
        if self.thanks:
            given = codes.give(self.thanks, now=self.answers[-1].now)
            kept = [one._replace(code=given.get(one.response or 0, "")) for one in kept]
        return kept

    def _name(self, answer: Answer) -> tuple[str, str] | None:
        """Source and external id by which the same answer is known when it comes again."""
        to = answer.to
        if type(to) is Passer:
            survey = self.surveys.get(to.public_id)
            return survey and (answer.channel, f"{survey.id}/{to.key}")
        return (to.source, to.key) if type(to) is Program else None

    def _one(self, answer: Answer) -> Kept:
        if type(answer.to) is Invited:
            return self._invited(answer, self.invited.get(answer.to.invitation), anyway=answer.to.anyway)
        if type(answer.to) is Passer:
            return self._passer(answer, self.surveys.get(answer.to.public_id))
        return self._program(answer, answer.to)

    def _invited(self, answer: Answer, invitee: rows.Invitee | None, *, anyway: bool) -> Kept:
        earlier = invitee.response if invitee else None
        stands = personal(invitee and invitee.asked, now=answer.now, pressed=answer.at)
        state = settle(stands, earlier=earlier and earlier.score, score=answer.score, anyway=anyway)
        if invitee is None or state not in TAKEN:
            return Kept(state, earlier and earlier.id, earlier and earlier.score)
        if earlier is None:
            earlier = invitee.response = self._add(
                answer,
                source="nineplus",
                external_id=f"{invitee.id}",
                survey=invitee.survey,
                account=invitee.account,
                contact=invitee.contact,
                ticket=invitee.ticket,
                invitation=invitee.id,
                version=invitee.version,
                channel=answer.channel or invitee.channel,
                language=answer.language or invitee.language,
                attributes=_frozen(*invitee.attributes),
                signals={**invitee.signals, **answer.signals} if invitee.signals else answer.signals,
            )
            invitee.asked = invitee.asked.answered(answer.score)
            self.answered.append(invitee.id)
        elif state is State.CHANGED:
            self._change(earlier, answer)
            invitee.asked = invitee.asked.answered(answer.score)
        pool = codes.pool_of(version=invitee.version, survey=invitee.survey, arm=invitee.arm, known=self.pools)
        if pool is not None:
            self.thanks[earlier.id] = pool
        return Kept(state, earlier.id, earlier.score)

    def _passer(self, answer: Answer, survey: rows.OpenTo | None) -> Kept:
        name = self._name(answer)
        earlier = self.before.get(name) if name else None
        stands = anonymous(survey.state if survey else None)
        state = settle(stands, earlier=earlier and earlier.score, score=answer.score)
        if survey is None or name is None or state not in TAKEN:
            return Kept(state)
        if earlier is None:
            earlier = self.before[name] = self._add(
                answer,
                source=name[0],
                external_id=name[1],
                survey=survey.id,
                version=survey.version,
                channel=answer.channel,
                language=answer.language,
                attributes=as_json({s: text for s, text in answer.attributes.items() if s in self.attributes}) or "{}",
                signals=answer.signals,
                anonymous=True,
            )
        elif state is State.CHANGED:
            self._change(earlier, answer)
        return Kept(state, earlier.id, earlier.score)

    def _program(self, answer: Answer, to: Program) -> Kept:
        name = self._name(answer)
        if name and (earlier := self.before.get(name)):
            return Kept(State.SAME, earlier.id, earlier.score)
        whose = to.parties(self.revision)
        made = self._add(
            answer,
            source=to.source,
            external_id=to.key,
            survey=whose.survey,
            account=whose.account,
            contact=whose.contact,
            ticket=whose.ticket,
            version=whose.version,
            channel=answer.channel,
            language=answer.language,
            attributes=as_json(dict(whose.attributes)) or "{}",
            signals=answer.signals,
        )
        if name:
            self.before[name] = made
        return Kept(State.SAVED, made.id, made.score)

    def _add(
        self,
        answer: Answer,
        *,
        source: str,
        external_id: str,
        survey: int,
        channel: str,
        language: str,
        attributes: str,
        version: int | None,
        account: int | None = None,
        contact: int | None = None,
        ticket: int | None = None,
        invitation: int | None = None,
        anonymous: bool = False,
        signals: Mapping[str, Any],
    ) -> rows.Earlier:
        came, number = stored(answer.now), next(self.ids)
        new = rows.NewResponse(
            number,
            self.revision,
            source,
            external_id,
            survey,
            answer.score,
            came if answer.at is None else stored(answer.at),
            answer.comment,
            answer.comment_raw,
            channel,
            language,
            attributes,
            as_json(answer.raw),
            account,
            contact,
            ticket,
            invitation,
            version,
            anonymous,
            as_json(dict(signals)) or "{}",
        )
        self.new.append(new)
        self.events.append(("response.scored", number, came))
        return rows.Earlier(number, answer.score, signals)

    def _change(self, response: rows.Earlier, answer: Answer) -> None:
        """Another score while the link is open: the earlier one is kept among the signals."""
        response.signals = {**with_earlier(response.signals, score=response.score, now=answer.now), **answer.signals}
        response.score = answer.score
        response.changed_at = answer.now
        self.changed[response.id] = response
        self.events.append(("response.changed", response.id, stored(answer.now)))


def with_earlier(signals: Mapping[str, Any], *, score: int, now: datetime) -> dict[str, Any]:
    """The signals of a response whose score was `score` until now."""
    told = [*signals.get("earlier", ()), {"score": score, "until": now.astimezone(UTC).isoformat()}]
    return {**signals, "earlier": told[:1] + told[1:][-_EARLIER:]}


@lru_cache(4_096)
def _frozen(account: str | None, contact: str | None, own: str | None) -> str:
    """The same from and to JSON's text: many customers of a company are described in the same words."""
    parts = [json.loads(text) if text else {} for text in (account, contact, own)]
    return as_json(frozen_attributes(account=parts[0], contact=parts[1], own=parts[2])) or "{}"


def frozen_attributes(
    *, account: Mapping[str, Any], contact: Mapping[str, Any], own: Mapping[str, Any]
) -> dict[str, str]:
    """The attributes of a response as they stand now: its own over the contact's over the account's, as text."""
    merged = {**account, **contact, **own}
    return {slug: str(value) for slug, value in merged.items() if value is not None and str(value) != ""}
