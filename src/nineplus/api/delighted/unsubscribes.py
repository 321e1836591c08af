"""/v1/unsubscribes: who wants no more surveys."""

from __future__ import annotations

from django.http import HttpResponse

from nineplus.api.delighted.door import Ask, said
from nineplus.api.delighted.refusing import listed_of
from nineplus.rules import addresses
from nineplus.stages.capture.people import suppression
from nineplus.store.models.asking import SuppressionReason


def listed(ask: Ask) -> HttpResponse:
    return listed_of(ask, SuppressionReason.UNSUBSCRIBED, ask.shapes.unsubscribed)


def created(ask: Ask) -> HttpResponse:
    """Write there no more. Also an address that nobody has here: it may come later."""
    sent = ask.sent
    email = sent.address("person_email")
    try:
        email = addresses.email_address(email)
    except ValueError as problem:
        sent.fault("person_email", str(problem) if email else "must be given")
    sent.check()
    suppression.suppress(
        medium="email", address=email, reason=SuppressionReason.UNSUBSCRIBED, now=ask.now, detail="by API"
    )
    return said({"ok": True})
