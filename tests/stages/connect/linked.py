"""A link that waits to be judged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from nineplus.store.models import LinkCheck, Response, Survey, Ticket

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


def a_link(*, place: int, tier: str = "T2") -> LinkCheck:
    survey, _ = Survey.objects.get_or_create(
        external_id="s", defaults={"name": "After tickets", "created_at": AT, "revision": 1}
    )
    ticket = Ticket.objects.create(
        external_id=f"T{place}", opened_at=AT - timedelta(days=2), category="Bug", revision=1
    )
    answer = Response.objects.create(
        external_id=f"r{place}", survey=survey, score=3, comment="Too slow", answered_at=AT, revision=1
    )
    return LinkCheck.objects.create(rule_version=1, place=place, tier=tier, response=answer.pk, ticket=ticket.pk)
