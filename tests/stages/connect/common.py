"""What the tests of imports share."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def state_of_store() -> dict[str, list[dict]]:
    """Everything that imports write, but for revisions and keys, which only ever grow."""
    from nineplus.store import models

    tables = (
        *(models.Account, models.Contact, models.Ticket, models.TicketEvent, models.Subscription, models.Movement),
        *(models.Survey, models.Invitation, models.Response, models.Attribute),
    )
    grown = ("revision", "id", "created_at")
    return {
        model.__name__: sorted(
            ({name: value for name, value in row.items() if name not in grown} for row in model.objects.values()),
            key=str,
        )
        for model in tables
    }
