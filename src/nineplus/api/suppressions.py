"""/api/suppressions: who is not written to. Adding an address twice, or taking one off twice, changes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from nineplus.api.door import Key
from nineplus.api.paging import CURSOR, LIMIT, follow, newest_first
from nineplus.api.problems import BODY_ERRORS, ERRORS
from nineplus.api.shapes import text
from nineplus.rules import addresses
from nineplus.stages.capture.people import suppression
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Suppression
from nineplus.store.models.asking import SuppressionReason

router = Router(tags=["Suppressions"], auth=Key("suppressions:read"))
_WRITES = Key("suppressions:write")
_Medium = Literal["email", "sms"]
_Reason = Literal[tuple(SuppressionReason.values)]  # type: ignore[valid-type]
_BOB = {"medium": "email", "address": "bob@example.org"}


class NewSuppression(Schema):
    """An address that is not to be written to."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{**_BOB, "reason": "unsubscribed"}]}}

    medium: _Medium = "email"
    address: text(320, 1)
    reason: Literal["unsubscribed", "bounced", "complained", "manual"] = "unsubscribed"
    detail: text(500) = Field("", description="Where it came from, for people who ask later.")


class Lifted(Schema):
    """An address that may be written to again. An erased person's stays."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [_BOB]}}

    medium: _Medium = "email"
    address: text(320, 1)
    reason: Literal["unsubscribed", "bounced", "complained", "manual"] | None = Field(
        None, description="Only what was added for that reason."
    )


class OneSuppression(Schema):
    """`address` is empty once its person was erased."""

    id: int
    medium: _Medium
    address: str
    reason: _Reason
    at: datetime
    detail: str

    @classmethod
    def of(cls, row: Suppression) -> OneSuppression:
        return cls(id=row.pk, **{name: getattr(row, name) for name in cls.model_fields if name != "id"})


class SomeSuppressions(Schema):
    """Newest first. `next` is the cursor of the following page, null at the end."""

    items: list[OneSuppression]
    next: str | None


class Taken(Schema):
    """How many entries that took off the list."""

    lifted: int


@router.get("", response={200: SomeSuppressions, **ERRORS}, summary="Who is not written to, newest first")
def some(
    request: HttpRequest,
    response: HttpResponse,
    cursor: str = CURSOR,
    limit: int = LIMIT,
    medium: _Medium | None = None,
    reason: _Reason | None = None,
    search: str = Query("", max_length=200, pattern=r"^[^\x00]*$", description="Part of the address."),
) -> SomeSuppressions:
    rows = suppression.every(medium=medium or "", reason=reason or "", search=search)
    found, older = newest_first(rows, cursor=cursor, limit=limit)
    return SomeSuppressions(items=[OneSuppression.of(row) for row in found], next=follow(request, response, older))


@router.post(
    "", auth=_WRITES, response={201: OneSuppression, 200: OneSuppression, **BODY_ERRORS}, summary="Never write there"
)
def add(request: HttpRequest, given: NewSuppression) -> Status:
    """Holds for every survey, also when the person is brought in again. 200: it was on the list already."""
    address = _kept(given.medium, given.address)
    new = suppression.suppress(**{**given.model_dump(), "address": address}, now=timezone.now())
    digest = suppression.digest_of(given.medium, address)
    row = Suppression.objects.get(medium=given.medium, digest=digest, reason=given.reason)
    return Status(201 if new else 200, OneSuppression.of(row))


@router.post("/lift", auth=_WRITES, response={200: Taken, **BODY_ERRORS}, summary="Write there again")
def lift(request: HttpRequest, given: Lifted) -> Taken:
    """Only when the person said so. Erased people stay on the list."""
    lifted = suppression.lift(
        medium=given.medium, address=_kept(given.medium, given.address), reason=given.reason or ""
    )
    return Taken(lifted=lifted)


def _kept(medium: str, address: str) -> str:
    try:
        return addresses.telephone_number(address) if medium == "sms" else addresses.email_address(address)
    except ValueError as problem:
        raise NotPossible(str(problem)) from None
