"""Customers for the tests of who is who, and the whole store as plain values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps

from nineplus.store.models import (
    Account,
    Contact,
    Deal,
    Invitation,
    Membership,
    Movement,
    Response,
    Revision,
    Subscription,
    Survey,
    Ticket,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
_CHANGES_ANYWAY = {"Revision", "Removal", "Merge", "Match", "MatchKey", "Event", "Preference", "ContentType"}


def account(key: str, **more: Any) -> Account:
    return Account.objects.create(source=more.pop("source", "crm"), external_id=key, revision=_revision(), **more)


def contact(key: str, **more: Any) -> Contact:
    return Contact.objects.create(source=more.pop("source", "crm"), external_id=key, revision=_revision(), **more)


def busy(person: Contact, *, survey: Survey, score: int = 9, planned: bool = False) -> None:
    """A life: an ask, an answer, a ticket, a deal, a subscription with a movement, a place on a list."""
    at, tag, company = NOW - timedelta(days=1, minutes=person.pk), f"{person.pk}", person.account
    asked = Invitation.objects.create(
        survey=survey, contact=person, account=company, external_id=tag, fate="answered", sent_at=at, revision=1
    )
    Response.objects.create(
        external_id=tag,
        survey=survey,
        invitation=asked,
        contact=person,
        account=company,
        score=score,
        answered_at=at,
        revision=1,
    )
    Ticket.objects.create(external_id=tag, contact=person, account=company, opened_at=at, revision=1)
    Deal.objects.create(external_id=tag, contact=person, account=company)
    Membership.objects.create(survey=survey, contact=person, medium="email", created_at=at, updated_at=at)
    if company:
        paid = Subscription.objects.create(external_id=tag, account=company, revision=1)
        Movement.objects.create(
            external_id=tag,
            account=company,
            subscription=paid,
            at=at,
            kind="new",
            amount_minor=1,
            currency="EUR",
            revision=1,
        )
    if planned:
        Invitation.objects.create(
            survey=survey,
            contact=person,
            external_id=f"{tag} next",
            due_at=NOW + timedelta(minutes=person.pk),
            revision=1,
        )


def survey() -> Survey:
    return Survey.objects.create(external_id="S", name="Relationship", created_at=NOW, revision=1)


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table but those that tell of changes, without revisions."""
    found = {}
    for model in apps.get_app_config("nineplus").get_models():
        if model.__name__ not in _CHANGES_ANYWAY:
            rows = [{k: v for k, v in row.items() if k != "revision"} for row in model._default_manager.values()]
            found[model.__name__] = sorted(rows, key=repr)
    return found


def _revision() -> int:
    from django.db import transaction

    with transaction.atomic():
        return Revision.next()
