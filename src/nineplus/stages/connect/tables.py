"""Which table a kind of file is written to, and how its canonical columns stand there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import models

from nineplus.store.models import Account, Contact, Invitation, Movement, Response, Ticket, TicketEvent


@dataclass(frozen=True, slots=True)
class Target:
    """`plain` are canonical columns stored under their own name; `refers` maps canonical columns to foreign keys.

    `blank` columns are text that is never null in the store.
    """

    model: type[models.Model]
    plain: tuple[str, ...]
    refers: Mapping[str, str] = field(default_factory=dict)

    @property
    def table(self) -> str:
        return self.model.__name__.lower()

    def is_text(self, name: str) -> bool:
        return isinstance(self.model._meta.get_field(name), models.CharField | models.TextField)


TARGETS = {
    "accounts": Target(Account, ("name", "domain", "created_at", "attributes")),
    "contacts": Target(
        Contact,
        ("email", "name", "created_at", "attributes", "phone", "language", "time_zone", "country", "consent"),
        {"account": "account"},
    ),
    "tickets": Target(
        Ticket,
        (
            *("opened_at", "first_response_at", "resolved_at", "priority", "category", "team", "owner", "channel"),
            *("sla_breached", "reopens", "escalated", "attributes"),
        ),
        {"account": "account", "contact": "contact"},
    ),
    "ticket_events": Target(TicketEvent, ("at", "kind", "from_value", "to_value", "by_customer"), {"ticket": "ticket"}),
    "invitations": Target(
        Invitation,
        ("channel", "sent_at", "fate", "reason", "attributes"),
        {"survey": "survey", "account": "account", "contact": "contact", "ticket": "ticket"},
    ),
    "responses": Target(
        Response,
        ("score", "comment", "answered_at", "channel", "language", "attributes"),
        {"survey": "survey", "account": "account", "contact": "contact", "ticket": "ticket"},
    ),
    "movements": Target(
        Movement, ("at", "kind", "amount_minor", "currency"), {"account": "account", "subscription": "subscription"}
    ),
}
