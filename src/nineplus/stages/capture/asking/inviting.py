"""Asking at a program's word: these people now, if the rules allow, and what became of each.

A program may also take the link and hand it over in a channel of its own: then nothing is sent from here, and the
rules hold all the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from nineplus.rules.asking import REASONS, Yes
from nineplus.stages.capture.answering.answers import defined
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.capture.asking import asks, audience, planning
from nineplus.stages.capture.asking.audience import SOURCE, Asking
from nineplus.stages.capture.asking.deciding import Decision, Desk
from nineplus.stages.capture.asking.turns import TurnLost, turn
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.capture.people import addresses
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import Event, Invitation, Revision, Survey
from nineplus.store.models.capture import Fate, SurveyState

OUTSIDE = "outside"
MEDIUM = "api"
"""The channel of invitations whose link a program hands over."""
_SAYS = {**REASONS, OUTSIDE: "They are not in the survey's audience."}
_TRIES = 3
_PORTION = 500


@dataclass(frozen=True, slots=True)
class Became:
    """What became of asking one contact. `invitation` is None only for those outside of the audience.

    `at`: when the message goes; None when there is a `reason` against it, which `says` tells in words. `made` False:
    the occasion had been decided before.
    """

    contact: int
    invitation: int | None
    reason: str = ""
    at: datetime | None = None
    made: bool = True

    @property
    def says(self) -> str:
        return _SAYS.get(self.reason, "")


@dataclass(frozen=True, slots=True)
class Link:
    """A personal link to be handed over, or the reason against it. `address` and `unsubscribe` are empty then."""

    became: Became
    address: str = ""
    unsubscribe: str = ""
    expires_at: datetime | None = None


def occasion_of(*, occasion: str = "", asker: str = "", key: str = "") -> str:
    """What makes two asks the same one: the occasion a program names, else its idempotency key, else nothing."""
    if occasion:
        return f"api:{occasion}"
    return f"key:{asker}:{key}" if key else f"api:{uuid.uuid4().hex}"


def invite(
    survey: Survey,
    *,
    contacts: Sequence[int],
    occasion: str,
    attributes: Mapping[int, Mapping[str, str]] | None = None,
    at: datetime | None = None,
    now: datetime,
) -> list[Became]:
    """Ask these contacts now or at `at`; what became of each, in their order. Nobody is asked twice for one occasion.

    `attributes` by contact are frozen on the answer, over those of the person. Raises NotPossible.
    """
    survey = _switched_on(survey)
    names = {contact: audience.external_id(survey.pk, f"{occasion}:{contact}") for contact in contacts}
    known = _known(names.values())
    asked = planning.ask(survey, contacts=list(names), occasion=occasion, now=now, at=at, attributes=attributes)
    found = {one.contact: one for one in asked}
    became = []
    for contact in contacts:
        one = found.get(contact)
        if one is None:
            became.append(Became(contact, None, OUTSIDE))
        else:
            became.append(Became(contact, one.invitation, one.reason, one.at, made=names[contact] not in known))
    return became


def link(
    survey: Survey,
    *,
    contact: int,
    occasion: str,
    attributes: Mapping[str, str] | None = None,
    now: datetime,
) -> Link:
    """The personal link of this contact for a channel of one's own; nothing is sent. The same rules hold.

    The same occasion again is the same link. Raises NotPossible, Busy.
    """
    survey = _switched_on(survey)
    addresses.base()  # says what is missing before anything is decided
    desk = Desk(Asking.of(survey, content=surveys.asked(survey.current)), now=now, media=(MEDIUM,))
    dues = list(audience.everyone(desk.asking, occasion=occasion, now=now, only=[contact]))
    if not dues:
        raise NotFound("There is no such person.")
    made = False
    for attempt in range(_TRIES):
        try:
            with turn() as mine:
                decisions = desk.decide(dues)
                if desk.outside:
                    return Link(Became(contact, None, OUTSIDE))
                with transaction.atomic():
                    mine.end()
                    for decision in decisions:
                        _handed_over(desk.asking, decision, attributes=attributes or {}, now=now)
                        made = True
        except (TurnLost, IntegrityError):
            if attempt == _TRIES - 1:
                raise
        else:
            break
    row = Invitation.objects.get(source=SOURCE, external_id=audience.external_id(survey.pk, dues[0].occasion))
    became = Became(contact, row.pk, row.reason if row.fate == Fate.SKIPPED else "", row.sent_at, made=made)
    return _link(row, became)


def links_of(invitation: Invitation) -> Link:
    """The links of an invitation that reached or is to reach somebody."""
    return _link(invitation, Became(invitation.contact_id or 0, invitation.pk, made=False))


def _link(row: Invitation, became: Became) -> Link:
    if row.fate == Fate.SKIPPED:
        return Link(became)
    key = links_key()
    return Link(
        became,
        address=addresses.answer_address(row.pk, key=key),
        unsubscribe=addresses.unsubscribe_address(row.pk, key=key),
        expires_at=row.expires_at,
    )


def _switched_on(survey: Survey) -> Survey:
    if survey.state != SurveyState.ACTIVE or survey.current is None:
        raise NotPossible("Only a survey that is switched on can ask. Publish it and switch it on.")
    return survey


def _handed_over(asking: Asking, decision: Decision, *, attributes: Mapping[str, str], now: datetime) -> None:
    """Keep the decision: a skip with its reason, or an invitation that counts as sent."""
    revision = Revision.next()
    if not isinstance(decision.verdict, Yes):
        asks.write(asking, [decision], revision=revision, now=now)
    else:
        Invitation.objects.create(
            source=SOURCE,
            external_id=audience.external_id(asking.survey.pk, decision.due.occasion),
            revision=revision,
            survey=asking.survey,
            account_id=decision.due.account,
            contact_id=decision.due.contact,
            channel=MEDIUM,
            fate=Fate.SENT,
            attributes=defined(attributes, now=now),
            version_id=asking.survey.current_id,
            language=decision.language,
            arm=decision.arm,
            due_at=now,
            sent_at=now,
            expires_at=now + timedelta(days=asking.plan.open_days),
        )
    Event.publish(kind="mart.stale", now=now)


def _known(names: object) -> set[str]:
    """Of these names of invitations those that were decided before."""
    wanted, found = list(names), set()  # type: ignore[call-overload]
    for start in range(0, len(wanted), _PORTION):
        rows = Invitation.objects.filter(source=SOURCE, external_id__in=wanted[start : start + _PORTION])
        found |= set(rows.values_list("external_id", flat=True))
    return found
