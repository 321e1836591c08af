"""/v1/autopilot: who is asked regularly. A list is a flag on its people; the survey's plan names the flag."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from nineplus.api.delighted.door import Ask, said
from nineplus.api.delighted.errors import missing
from nineplus.api.delighted.paging import link_to_next, per_page
from nineplus.api.delighted.sent import Sent, number_of
from nineplus.stages.capture.asking import contacts
from nineplus.stages.capture.drawing import membership, surveys
from nineplus.stages.share.delighted import seconds
from nineplus.store.models import Contact, Invitation, Membership
from nineplus.store.models.capture import Fate

_DAY = 86_400
_CURSOR = "m"


def configuration(ask: Ask, *, platform: str) -> HttpResponse:
    """Is the list asked, and how often (seconds)?"""
    survey = ask.survey
    return said(
        {
            "platform_id": platform,
            "active": membership.runs(survey, platform),
            "frequency": surveys.plan_of(survey).trigger.period_days * _DAY,
            "created_at": seconds(survey.created_at),
            "updated_at": seconds(survey.changed_at or survey.created_at),
        }
    )


def listed(ask: Ask, *, platform: str) -> HttpResponse:
    """Who is on the list, page by page as people are."""
    sent = ask.sent
    count, cursor = per_page(sent), sent.text("page_info")
    given, email, phone = _who(sent)
    if cursor and not (cursor.startswith(_CURSOR) and number_of(cursor.removeprefix(_CURSOR))):
        sent.fault("page_info", "is none of ours")
    sent.check()
    rows = membership.members(ask.survey, platform).filter(pk__gt=number_of(cursor.removeprefix(_CURSOR)))
    if given or email or phone:
        pk = number_of(given) if given else None
        rows = rows.filter(contact=contacts.contact_of(pk=pk, email=email, phone=phone))
    found = list(rows[: count + 1])
    shown = found[:count]
    asks = _next_asks(ask, shown)
    answer = said([_shape(ask, row, asks.get(row.contact_id)) for row in shown])
    if len(found) > count:
        link_to_next(answer, ask, page_info=f"{_CURSOR}{shown[-1].pk}")
    return answer


def joined(ask: Ask, *, platform: str) -> HttpResponse:
    """Put somebody who is known on the list, or bring somebody new by their address."""
    sent = ask.sent
    properties = sent.properties("properties")
    contact = _person(sent, ask, known=False)
    row = membership.join(survey=ask.survey, medium=platform, contact=contact, properties=properties, now=ask.now)
    return said({"person": ask.shapes.named(contact), "properties": row.properties})


def left(ask: Ask, *, platform: str) -> HttpResponse:
    contact = _person(ask.sent, ask, known=True)
    membership.leave_list(survey=ask.survey, medium=platform, contact=contact, now=ask.now)
    return said({"person": {"id": str(contact.pk)}}, status=202)


def _who(sent: Sent) -> tuple[str, str, str]:
    """Id, address and number; the Node client's examples name the last without `person_`."""
    email = sent.address("person_email") or sent.address("email")
    return sent.text("person_id"), email, sent.address("person_phone_number") or sent.address("phone_number")


def _person(sent: Sent, ask: Ask, *, known: bool) -> Contact:
    given, email, phone = _who(sent)
    if not given and not email and not phone:
        sent.fault("person_id", "or person_email or person_phone_number must be given")
    sent.check()
    if given:
        pk = number_of(given)
        if not pk:
            raise missing("person")
        return contacts.contact_of(pk=pk)
    if known:
        return contacts.contact_of(email=email, phone=phone)
    return contacts.keep_contact(email=email, phone=phone, now=ask.now)


def _next_asks(ask: Ask, rows: list[Membership]) -> dict[int, Invitation]:
    planned = Invitation.objects.filter(
        survey=ask.survey, fate=Fate.PLANNED, contact__in=[row.contact_id for row in rows]
    )
    return {ask.contact_id: ask for ask in planned.order_by("-due_at") if ask.contact_id}


def _shape(ask: Ask, row: Membership, due: Invitation | None) -> dict[str, Any]:
    planned = None
    if due is not None:
        planned = {
            "id": str(due.pk),
            "created_at": None,
            "survey_scheduled_at": seconds(due.due_at),
            "properties": row.properties,
        }
    return {
        "created_at": seconds(row.created_at),
        "updated_at": seconds(row.updated_at),
        "person": ask.shapes.named(row.contact),
        "next_survey_request": planned,
    }
