"""/v1/bounces: whose messages came back."""

from __future__ import annotations

from django.http import HttpResponse

from nineplus.api.delighted.door import Ask
from nineplus.api.delighted.refusing import listed_of
from nineplus.store.models.asking import SuppressionReason


def listed(ask: Ask) -> HttpResponse:
    return listed_of(ask, SuppressionReason.BOUNCED, ask.shapes.bounced)
