"""A small house to ask in: accounts, contacts and surveys that are switched on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from nineplus.model.survey import Content, Plan, Policy, Trigger

if TYPE_CHECKING:
    from nineplus.store.models import Account, Contact, Ticket

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)  # a Wednesday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANY_TIME = {
    "quiet_from": "00:00",
    "quiet_to": "00:00",
    "weekdays": (0, 1, 2, 3, 4, 5, 6),
    "contact_gap_days": 0,
    "account_cap": None,
    "survey_gap_days": 0,
    "after_answer_days": 0,
    "after_decline_days": 0,
}
"""A policy that says nothing against anybody."""
_numbers = count(1)


def policy(**rules):
    return Policy(**{**ANY_TIME, **rules})


def survey(name="Survey", *, kind="manual", rules=None, on=NOW, content=None, state="active", **plan):
    from nineplus.stages.capture.drawing import surveys

    trigger = {key: plan.pop(key) for key in list(plan) if key in Trigger.model_fields}
    drawn = Plan(trigger=Trigger(kind=kind, **trigger), policy=policy(**(rules or {})), **plan)
    made = surveys.create(name=name, touchpoint="custom", content=content or Content(), plan=drawn, now=on)
    surveys.publish(made, now=on)
    return surveys.switch(made, state=state, now=on) if state != "draft" else made


def account(**more) -> Account:
    from nineplus.store.models import Account

    return Account.objects.create(external_id=f"A{next(_numbers)}", revision=0, **more)


def contact(email="", **more) -> Contact:
    from nineplus.store.models import Contact

    number = next(_numbers)
    return Contact.objects.create(
        external_id=f"C{number}", email=email or f"person{number}@customer.example", revision=0, **more
    )


def ticket(of: Contact | None, *, resolved: datetime | None = NOW, opened: datetime = NOW - 10 * DAY, **more) -> Ticket:
    from nineplus.store.models import Ticket

    more.setdefault("account", of.account if of else None)
    return Ticket.objects.create(
        external_id=f"T{next(_numbers)}", contact=of, opened_at=opened, resolved_at=resolved, revision=0, **more
    )


def outcomes(of=None) -> dict[str, int]:
    """How many invitations there are by fate or reason."""
    from collections import Counter

    from nineplus.store.models import Invitation

    rows = Invitation.objects.filter(source="nineplus")
    rows = rows.filter(survey=of) if of else rows
    return dict(Counter(row.reason or row.fate for row in rows))
