"""Lists of people who are asked regularly, kept by programs: who is on one carries a flag that audiences can name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from nineplus.stages.capture.drawing import surveys
from nineplus.stages.errors import NotFound
from nineplus.store.models import Attribute, Contact, Event, Membership, Revision, Survey
from nineplus.store.models.capture import SurveyState
from nineplus.store.models.connect import AttributeType

PREFIX = "autopilot_"
_LABELS = {"email": "Autopilot by e-mail", "sms": "Autopilot by SMS"}


def flag_of(survey: Survey, medium: str) -> str:
    """The attribute that says who is on this list; to be named in the survey's audience."""
    return f"{PREFIX}{medium}_{survey.pk}"


def runs(survey: Survey, medium: str) -> bool:
    """Does the survey ask the people of this list: switched on, regularly, by that medium, the flag in its audience?"""
    plan = surveys.plan_of(survey)
    named = any(one.attribute == flag_of(survey, medium) and one.op == "is_set" for one in plan.audience)
    regularly = plan.trigger.kind == "relationship" and medium in plan.channels
    return survey.state == SurveyState.ACTIVE and regularly and named


def members(survey: Survey, medium: str) -> QuerySet[Membership]:
    """Who is on the list, by id."""
    return Membership.objects.filter(survey=survey, medium=medium).select_related("contact").order_by("pk")


def join(
    *, survey: Survey, medium: str, contact: Contact, properties: Mapping[str, str | None], now: datetime
) -> Membership:
    """Put somebody on the list, or change what is said of them there (None: taken away). Safe to repeat."""
    slug = flag_of(survey, medium)
    with transaction.atomic():
        revision = Revision.next()
        label = f"{_LABELS[medium]}: {survey.name}"[:120]
        defaults = {"label": label, "type": AttributeType.FLAG, "created_at": now}
        Attribute.objects.get_or_create(slug=slug, defaults=defaults)
        row, made = Membership.objects.get_or_create(
            survey=survey, medium=medium, contact=contact, defaults={"created_at": now, "updated_at": now}
        )
        known = {name: value for name, value in {**row.properties, **properties}.items() if value is not None}
        if made or known != row.properties:
            row.properties, row.updated_at = known, now
            row.save()
        _flag(contact, slug, "true", revision=revision)
    return row


def leave_list(*, survey: Survey, medium: str, contact: Contact, now: datetime) -> None:
    """Take somebody off the list; what is planned already stays. Raises NotFound when they were not on it."""
    with transaction.atomic():
        revision = Revision.next()
        if not Membership.objects.filter(survey=survey, medium=medium, contact=contact).delete()[0]:
            raise NotFound("This person is not on the list.")
        _flag(contact, flag_of(survey, medium), None, revision=revision)
        Event.publish(kind="mart.stale", now=now)


def _flag(contact: Contact, slug: str, value: str | None, *, revision: int) -> None:
    person = Contact.objects.get(pk=contact.pk)
    if person.attributes.get(slug) == value:
        return
    person.attributes = {name: one for name, one in person.attributes.items() if name != slug}
    if value is not None:
        person.attributes[slug] = value
    person.revision = revision
    person.save(update_fields=["attributes", "revision"])
