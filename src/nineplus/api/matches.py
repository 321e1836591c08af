"""/api/matches: who may be the same person or company, what people say of it, and joinings that can be taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router, Schema

from nineplus.api.door import Key, asker
from nineplus.api.paging import CURSOR, LIMIT, follow, newest_first
from nineplus.api.problems import BODY_ERRORS, ERRORS, Problem
from nineplus.stages.connect.identity import reviewing, taking_back

router = Router(tags=["Who is who"], auth=Key("matches:read"))
_Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
Table = Literal["contact", "account", ""]


class OneSide(Schema):
    """One of two records, with what is known of it."""

    id: int
    name: str
    external_id: str
    addresses: list[str]
    account: str
    answers: int
    tickets: int
    systems: list[str]

    @classmethod
    def of(cls, side: reviewing.Side) -> OneSide:
        return cls(
            id=side.pk,
            name=side.name,
            external_id=side.external_id,
            addresses=list(side.addresses),
            account=side.account,
            answers=side.answers,
            tickets=side.tickets,
            systems=list(side.systems),
        )


class Pair(Schema):
    """Two records that may be one. `words` say why; `left` is the one that would stay; `confidence` is 0 to 100."""

    id: int
    table: str
    reason: str
    words: str
    confidence: int
    put_off: bool
    left: OneSide
    right: OneSide

    @classmethod
    def of(cls, pair: reviewing.Pair) -> Pair:
        one = pair.match
        return cls(
            id=one.pk,
            table=one.table,
            reason=one.reason,
            words=pair.words,
            confidence=one.confidence,
            put_off=one.state == "later",
            left=OneSide.of(pair.left),
            right=OneSide.of(pair.right),
        )


class MatchDecision(Schema):
    """`kept`: the id of the record that stays; of itself the one of which more is known."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"said": "same", "kept": 340}]}}

    said: Literal["same", "different", "later"]
    kept: int | None = None


class Decided(Schema):
    """`merge` is the number by which a joining is taken back; null when nothing was joined."""

    id: int
    said: str
    merge: int | None


class OneMerge(Schema):
    """One joining. `gone_name` is empty once the person was erased; `undoable` is false then."""

    id: int
    table: str
    kept: int
    kept_name: str
    gone: int
    gone_name: str
    reason: str
    words: str
    at: datetime
    undone_at: datetime | None
    undoable: bool

    @classmethod
    def of(cls, told: reviewing.Told) -> OneMerge:
        one = told.merge
        return cls(
            id=one.pk,
            table=one.table,
            kept=one.kept,
            kept_name=told.kept,
            gone=one.gone,
            gone_name=told.gone,
            reason=one.reason,
            words=told.words,
            at=one.at,
            undone_at=one.undone_at,
            undoable=told.undoable,
        )


class SomeMerges(Schema):
    items: list[OneMerge]
    next: str | None


class TakenBack(Schema):
    """`back`: rows that returned; `left`: rows that were changed since and stay, by table."""

    merge: int
    back: int
    left: dict[str, int]


@router.get("", response={200: list[Pair], **ERRORS}, summary="Pairs that wait for a person")
def waiting(
    request: HttpRequest,
    table: Table = "",
    reason: str = Query("", max_length=40, description="Only pairs of this reason."),
    limit: int = LIMIT,
) -> list[Pair]:
    """The likeliest first, those put off last. Decide some and ask again for the next."""
    return [Pair.of(pair) for pair in reviewing.pairs(list(reviewing.waiting(table=table, reason=reason)[:limit]))]


@router.get("/merges", response={200: SomeMerges, **ERRORS, 400: Problem}, summary="What was joined")
def merges(
    request: HttpRequest,
    response: HttpResponse,
    table: Literal["contact", "account", "works", ""] = Query("", description="works: people put under accounts."),
    cursor: str = CURSOR,
    limit: int = LIMIT,
) -> SomeMerges:
    """The newest first."""
    found, after = newest_first(reviewing.merges(table=table), cursor=cursor, limit=limit)
    items = [OneMerge.of(told) for told in reviewing.in_words(found)]
    return SomeMerges(items=items, next=follow(request, response, after))


@router.put(
    "/{pair}",
    auth=Key("matches:write"),
    response={200: Decided, **BODY_ERRORS, 404: Problem, 409: Problem},
    summary="Say whether two are one",
)
def decide(request: HttpRequest, pair: _Id, given: MatchDecision) -> Decided:
    """same: they are joined, and all that the one has is the other's. different: the pair never comes back."""
    now, by = timezone.now(), asker(request).created_by_id
    merge = None
    if given.said == "same":
        merge = reviewing.accept(pair, kept=given.kept, by=by, now=now).pk
    elif given.said == "different":
        reviewing.refuse(pair, by=by, now=now)
    else:
        reviewing.put_off(pair, by=by, now=now)
    return Decided(id=pair, said=given.said, merge=merge)


@router.post(
    "/merges/{merge}/undo",
    auth=Key("matches:write"),
    response={200: TakenBack, **ERRORS, 400: Problem, 404: Problem, 409: Problem},
    summary="Take a joining back",
)
def undo(request: HttpRequest, merge: _Id) -> TakenBack:
    """Two records again, each with what it had. The pair is not suggested again."""
    done = taking_back.undo(merge, by=asker(request).created_by_id, now=timezone.now())
    return TakenBack(merge=merge, back=done.back, left=dict(done.left))
