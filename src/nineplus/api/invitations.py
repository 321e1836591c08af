"""/api/invitations and /api/events: ask people, take their links, tell what happened; what became of each ask."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router, Status
from pydantic import AwareDatetime

from nineplus.api.door import IDEMPOTENT, Key, again, asker
from nineplus.api.invitation_shapes import (
    Answered,
    AnsweredAll,
    AnsweredOne,
    FateName,
    Heard,
    NewEvent,
    NewInvitation,
    NewInvitations,
    NewLink,
    OneInvitation,
    OneLink,
    SomeInvitations,
    WholeInvitation,
)
from nineplus.api.paging import CURSOR, LIMIT, follow, newest_first
from nineplus.api.problems import BODY_ERRORS, ERRORS, Problem
from nineplus.stages.capture.asking import bringing, invitations, inviting, planning
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.govern.once import same

router = Router(tags=["Invitations"], auth=Key("invitations:read"))
events = Router(tags=["Invitations"], auth=Key("invitations:write"))
_WRITES = Key("invitations:write")
_Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
_TEXT = r"^[^\x00]*$"
_ASKS = {**BODY_ERRORS, 404: Problem, 409: Problem, 503: Problem}


@router.get("", response={200: SomeInvitations, **ERRORS}, summary="Who was asked and who was skipped, newest first")
def some(
    request: HttpRequest,
    response: HttpResponse,
    cursor: str = CURSOR,
    limit: int = LIMIT,
    survey: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="The survey's id.")] = None,
    fate: Annotated[FateName | None, Query(description="Only those.")] = None,
    contact: Annotated[
        str, Query(max_length=320, pattern=_TEXT, description="Their id in your systems, or e-mail.")
    ] = "",
    account: Annotated[str, Query(max_length=200, pattern=_TEXT, description="The account's id in your systems.")] = "",
    since: Annotated[AwareDatetime | None, Query(description="Sent, or to be sent, then or later.")] = None,
) -> SomeInvitations:
    rows = invitations.invitations(survey=survey, fate=fate or "", contact=contact, account=account, since=since)
    found, older = newest_first(rows, cursor=cursor, limit=limit)
    items = [OneInvitation(**OneInvitation.parts(row)) for row in found]
    return SomeInvitations(items=items, next=follow(request, response, older))


@router.post("", auth=_WRITES, response={201: Answered, 200: Answered, **_ASKS}, summary="Ask one person now")
def ask(request: HttpRequest, wanted: NewInvitation, idempotency_key: str = IDEMPOTENT) -> Status:
    """Asked if the survey's rules allow; else skipped, and the answer says why. 200: it had been decided before."""
    now = timezone.now()
    survey = surveys.find(wanted.survey)
    with same(again(request, idempotency_key), now=now):
        person = bringing.bring_one(wanted.contact.who(), now=now)
        [became] = inviting.invite(
            survey,
            contacts=[person.pk],
            occasion=_occasion(request, wanted.occasion, idempotency_key),
            attributes={person.pk: wanted.attributes},
            at=_at(wanted.at, now=now),
            now=now,
        )
    return Status(201 if became.made else 200, Answered.of(became))


@router.post("/batch", auth=_WRITES, response={200: AnsweredAll, **_ASKS}, summary="Ask up to 1,000 people now")
def ask_many(request: HttpRequest, wanted: NewInvitations, idempotency_key: str = IDEMPOTENT) -> AnsweredAll:
    """What became of each, in their order. A person who cannot be used does not keep the others from being asked."""
    now = timezone.now()
    survey = surveys.find(wanted.survey)
    with same(again(request, idempotency_key), now=now):
        brought = bringing.bring([one.contact.who() for one in wanted.people], now=now)
        known = {
            who.pk: one.attributes for who, one in zip(brought, wanted.people, strict=True) if not isinstance(who, str)
        }
        became = inviting.invite(
            survey,
            contacts=list(known),
            occasion=_occasion(request, wanted.occasion, idempotency_key),
            attributes=known,
            at=_at(wanted.at, now=now),
            now=now,
        )
    outcome = {one.contact: AnsweredOne(**Answered.of(one).model_dump()) for one in became}
    items = [_refused(who) if isinstance(who, str) else outcome[who.pk] for who in brought]
    counts = {outcome: sum(item.outcome == outcome for item in items) for outcome in ("asked", "skipped", "refused")}
    return AnsweredAll(**counts, items=items)


@router.post(
    "/link", auth=_WRITES, response={201: OneLink, 200: OneLink, **_ASKS}, summary="A personal link to hand over"
)
def link(request: HttpRequest, wanted: NewLink, idempotency_key: str = IDEMPOTENT) -> Status:
    """Nothing is sent: you hand the link over in a channel of your own. The survey's rules hold all the same."""
    now = timezone.now()
    survey = surveys.find(wanted.survey)
    with same(again(request, idempotency_key), now=now):
        person = bringing.bring_one(wanted.contact.who(), now=now)
        found = inviting.link(
            survey,
            contact=person.pk,
            occasion=_occasion(request, wanted.occasion, idempotency_key),
            attributes=wanted.attributes,
            now=now,
        )
    return Status(201 if found.became.made else 200, OneLink.of(found))


@router.get("/{id}", response={200: WholeInvitation, **ERRORS, 404: Problem}, summary="One invitation and its history")
def one(request: HttpRequest, id: _Id) -> WholeInvitation:
    return WholeInvitation.of(invitations.invitation_detail(id))


@events.post("", response={202: Heard, **_ASKS}, summary="Tell what happened to a person")
def happened(request: HttpRequest, event: NewEvent, idempotency_key: str = IDEMPOTENT) -> Status:
    """Kept durably. Surveys with this event as trigger decide after their delay whether to ask."""
    now = timezone.now()
    with same(again(request, idempotency_key), now=now):
        person = bringing.bring_one(event.contact.who(), now=now)
        occasion = _occasion(request, event.occasion, idempotency_key)
        heard = planning.happened(event=event.event, contact=person.pk, occasion=occasion, now=now)
    return Status(202, Heard(surveys=heard))


def _refused(says: str) -> AnsweredOne:
    return AnsweredOne(outcome="refused", reason="refused", says=says, invitation=None, at=None)


def _occasion(request: HttpRequest, named: str, key: str) -> str:
    return inviting.occasion_of(occasion=named, asker=asker(request).prefix, key=key)


def _at(wanted: datetime | None, *, now: datetime) -> datetime | None:
    """A time that has passed is now."""
    return wanted if wanted and wanted > now else None
