"""GET and POST /api/responses: the live list, and answers from other systems."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Header, Path, Query, Router, Status
from pydantic import AwareDatetime

from nineplus.api.door import Key, asker
from nineplus.api.filters import FILTER, filter_of, nothing_else
from nineplus.api.paging import follow
from nineplus.api.problems import BODY_ERRORS, ERRORS, Problem
from nineplus.api.shapes import NewComment, NewResponse, OneResponse, SomeResponses
from nineplus.stages import capture

router = Router(tags=["Responses"], auth=Key("responses:read"))
_WRITES = Key("responses:write")

_Id = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get(
    "",
    response={200: SomeResponses, **ERRORS},
    openapi_extra={"parameters": FILTER},
    summary="Responses, newest first",
)
def some(
    request: HttpRequest,
    response: HttpResponse,
    cursor: str = Query("", description="`next` of the page before.", max_length=60),
    limit: int = Query(50, ge=1, le=200),
    search: str = Query(
        "", description="Looked for in comments and in names of accounts and contacts.", max_length=200
    ),
    group: Literal["", "promoters", "passives", "detractors"] = "",
    updated_since: Annotated[AwareDatetime | None, Query(description="Answered or changed then or later.")] = None,
) -> SomeResponses:
    """The responses that pass the filter, page by page."""
    nothing_else(request, "cursor", "limit", "search", "group", "updated_since")
    page = capture.responses(
        filter=filter_of(request),
        search=search,
        group=group,
        updated_since=updated_since,
        after_cursor=cursor or None,
        limit=limit,
    )
    return SomeResponses(
        items=[OneResponse.of(row) for row in page.rows],
        next=follow(request, response, str(page.older) if page.older else None),
        searched_to=page.searched_to,
    )


@router.get("/{id}", response={200: OneResponse, **ERRORS, 404: Problem}, summary="One response")
def one(request: HttpRequest, id: _Id) -> OneResponse:
    return OneResponse.of(capture.response_detail(id).response)


@router.post(
    "",
    auth=_WRITES,
    response={201: OneResponse, 200: OneResponse, **BODY_ERRORS, 409: Problem},
    summary="Bring in one answer",
)
def record(
    request: HttpRequest,
    answer: NewResponse,
    idempotency_key: str = Header(
        "",
        max_length=200,
        description="The same key with the same body again returns the first response (200) instead of a second "
        "one; with another body it is refused (409). Every API key has its own.",
    ),
) -> Status:
    """Kept durably before it is answered. Send it again with the same key when in doubt."""
    recorded = capture.record_response(
        **answer.parts(), key=idempotency_key, asker=asker(request).prefix, now=timezone.now()
    )
    return Status(201 if recorded.created else 200, OneResponse.of(recorded.response))


@router.put(
    "/{id}/comment",
    auth=_WRITES,
    response={200: OneResponse, **BODY_ERRORS, 404: Problem},
    summary="The comment that came later",
)
def comment(request: HttpRequest, id: _Id, said: NewComment) -> OneResponse:
    return OneResponse.of(capture.add_comment(response_id=id, comment=said.comment, now=timezone.now()))
