"""/api/cases: follow-ups, what happened to them, and everything that a person can do with one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import AwareDatetime

from nineplus.api.door import IDEMPOTENT, Key, again, asker
from nineplus.api.paging import CURSOR, LIMIT, follow, newest_first
from nineplus.api.problems import BODY_ERRORS, ERRORS, Problem
from nineplus.api.shapes import Id, text
from nineplus.model.cases import OUTCOMES, PRIORITIES
from nineplus.stages.act.cases import causes, opening, owning, reading, working
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.govern.once import once
from nineplus.store.models import Account, Case, Contact, Response, User
from nineplus.store.models.cases import CaseState

router = Router(tags=["Cases"], auth=Key("cases:read"))
_WRITES = Key("cases:write")
_Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
_State = Literal[tuple(CaseState.values)]  # type: ignore[valid-type]
_Priority = Literal[PRIORITIES]  # type: ignore[valid-type]
_TEXT = r"^[^\x00]*$"
_Said, _Words, _Line = text(20_000, 1), text(20_000), text(500)
_Address, _About, _Name, _Slug = text(320), text(300), text(60), text(120, 1)
_ACTS: dict[int, Any] = {**BODY_ERRORS, 404: Problem, 409: Problem}
_VERSION: Any = Field(None, ge=1, description="What you looked at: if it changed meanwhile, nothing is done (409).")


class OneCase(Schema):
    """A follow-up. `next_at` is when something is owed next; null while it waits or when nothing is."""

    id: int
    state: _State
    reason: str
    about: str
    priority: _Priority
    because: list[str]
    account: int | None
    contact: int | None
    owner: str | None = Field(description="The colleague's e-mail address.")
    team: str
    opened_at: datetime
    due_at: datetime = Field(description="When the first contact was due.")
    contacted_at: datetime | None
    next_at: datetime | None
    overdue: bool
    promise: str
    promised_for: datetime | None
    closed_at: datetime | None
    outcome: str
    root_cause: str
    merged_into: int | None
    version: int

    @classmethod
    def parts(cls, row: Case) -> dict[str, Any]:
        same = ("state", "reason", "about", "priority", "because", "team", "opened_at", "due_at", "contacted_at")
        same += ("next_at", "promise", "promised_for", "closed_at", "outcome", "root_cause", "version")
        return {
            **{name: getattr(row, name) for name in same},
            "id": row.pk,
            "account": row.account_id,
            "contact": row.contact_id,
            "owner": row.owner.email if row.owner else None,
            "overdue": row.next_at is not None and row.next_at < timezone.now(),
            "merged_into": row.merged_into_id,
        }


class HistoryEntry(Schema):
    """One line of a history. `title` says it, `text` is what somebody wrote."""

    kind: str
    at: datetime
    by: str | None
    title: str
    text: str


class WholeCase(OneCase):
    """With its answers and history, the newest first."""

    answers: list[int]
    history: list[HistoryEntry]


class SomeCases(Schema):
    """Newest first. `next` is the cursor of the following page, null at the end."""

    items: list[OneCase]
    next: str | None


def _body(example: dict[str, Any]) -> dict[str, Any]:
    return {"extra": "forbid", "json_schema_extra": {"examples": [example]}}


class NewCase(Schema):
    """A follow-up by hand, for the customer of an answer, for an account or for a contact (ids here)."""

    model_config = _body({"response": 12, "note": "They wrote to the press.", "owner": "ada@us.example"})

    response: Id | None = None
    account: Id | None = None
    contact: Id | None = None
    reason: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = opening.BY_HAND
    about: _About = ""
    note: _Words = ""
    owner: _Address = Field("", description="The colleague's e-mail address; empty: given by the rules.")
    team: _Name = ""
    priority: _Priority | None = None


class Given(Schema):
    """To whom: an address, or null for the queue."""

    model_config = _body({"to": "ada@us.example", "why": "She knows them."})

    to: _Address | None
    why: _Line = ""


class Noted(Schema):
    """A note for colleagues."""

    model_config = _body({"text": "Their contract ends in March."})

    text: _Said


class Contacted(Schema):
    """A person of yours reached the customer."""

    model_config = _body({"way": "call", "text": "They want a date."})

    way: Literal[tuple(working.WAYS)]  # type: ignore[valid-type]
    text: _Words = ""
    at: AwareDatetime | None = Field(None, description="Now when left out.")
    version: int | None = _VERSION


class Promised(Schema):
    """What was promised, and until when."""

    model_config = _body({"text": "A fix", "until": "2027-01-31T17:00:00Z"})

    text: _Said
    until: AwareDatetime | None = None
    version: int | None = _VERSION


class Why(Schema):
    """Why it waits, or why it is opened again."""

    model_config = _body({"why": "For their log files."})

    why: _Said


class Closed(Schema):
    """What came of it, what lay behind it (GET /api/cases/causes), and a sentence."""

    model_config = _body({"outcome": "solved", "root_cause": "performance", "note": "The export is fast again."})

    outcome: Literal[tuple(OUTCOMES)]  # type: ignore[valid-type]
    root_cause: _Slug
    note: _Said
    version: int | None = _VERSION


class Joined(Schema):
    """Which case it becomes part of."""

    model_config = _body({"into": 7})

    into: Id
    why: _Line = ""


class Causes(Schema):
    """Root causes by slug, with their names."""

    items: dict[str, str]


@router.get("", response={200: SomeCases, **ERRORS}, summary="Follow-ups, newest first")
def some(
    request: HttpRequest,
    response: HttpResponse,
    cursor: str = CURSOR,
    limit: int = LIMIT,
    state: _State | None = None,
    owner: Annotated[
        str, Query(max_length=320, pattern=_TEXT, description="Their e-mail address; - for nobody's.")
    ] = "",
    account: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    overdue: bool = False,
) -> SomeCases:
    rows = Case.objects.select_related("owner")
    if state:
        rows = rows.filter(state=state)
    if owner:
        rows = rows.filter(owner=None) if owner == "-" else rows.filter(owner__email__iexact=owner)
    if account:
        rows = rows.filter(account=account)
    if overdue:
        rows = rows.filter(next_at__lt=timezone.now())
    found, older = newest_first(rows, cursor=cursor, limit=limit)
    return SomeCases(items=[OneCase(**OneCase.parts(row)) for row in found], next=follow(request, response, older))


@router.get("/causes", response={200: Causes, **ERRORS}, summary="What can lie behind a case")
def root_causes(request: HttpRequest) -> Causes:
    return Causes(items=dict(causes.every()))


@router.get("/{id}", response={200: WholeCase, **ERRORS, 404: Problem}, summary="One follow-up and its history")
def one(request: HttpRequest, id: _Id) -> WholeCase:
    return _whole(id)


@router.post("", auth=_WRITES, response={201: OneCase, 200: OneCase, **_ACTS}, summary="Open a follow-up")
def create(request: HttpRequest, given: NewCase, idempotency_key: str = IDEMPOTENT) -> Status:
    """200: one is open for that customer and reason, and took this in."""
    now = timezone.now()

    def work() -> dict[str, Any]:
        made = _opened(request, given, now=now)
        return {"case": made.case.pk, "new": made.new}

    result, fresh = once(again(request, idempotency_key), work, now=now)
    return Status(201 if fresh and result["new"] else 200, _shown(result["case"]))


@router.post("/{id}/notes", auth=_WRITES, response={200: OneCase, **_ACTS}, summary="Write a note")
def note(request: HttpRequest, id: _Id, given: Noted, idempotency_key: str = IDEMPOTENT) -> OneCase:
    now = timezone.now()

    def work() -> dict[str, Any]:
        return {"case": working.note(id, text=given.text, by=_by(request), now=now).pk}

    once(again(request, idempotency_key), work, now=now)
    return _shown(id)


@router.post("/{id}/assign", auth=_WRITES, response={200: OneCase, **_ACTS}, summary="Give it to somebody")
def assign(request: HttpRequest, id: _Id, given: Given) -> OneCase:
    to = _colleague(given.to) if given.to else None
    return _did(owning.assign, id, to=to, why=given.why, by=_by(request))


@router.post("/{id}/start", auth=_WRITES, response={200: OneCase, **_ACTS}, summary="Somebody works on it")
def start(request: HttpRequest, id: _Id) -> OneCase:
    return _did(working.start, id, by=_by(request))


@router.post("/{id}/wait", auth=_WRITES, response={200: OneCase, **_ACTS}, summary="It waits for the customer")
def wait(request: HttpRequest, id: _Id, given: Why) -> OneCase:
    return _did(working.wait, id, why=given.why, by=_by(request))


@router.post("/{id}/contact", auth=_WRITES, response={200: OneCase, **_ACTS}, summary="The customer was contacted")
def contact(request: HttpRequest, id: _Id, given: Contacted) -> OneCase:
    return _did(working.contact, id, **given.model_dump(), by=_by(request))


@router.delete("/{id}/contact", auth=_WRITES, response={200: OneCase, **_ACTS}, summary="That was no contact")
def take_back(request: HttpRequest, id: _Id) -> OneCase:
    """Takes back the contact that you noted last, within 15 minutes: the first one is owed as if it had not been."""
    return _did(working.take_back, id, by=_by(request))


@router.post("/{id}/promise", auth=_WRITES, response={200: OneCase, **_ACTS}, summary="What was promised")
def promise(request: HttpRequest, id: _Id, given: Promised) -> OneCase:
    return _did(working.promise, id, **given.model_dump(), by=_by(request))


@router.post("/{id}/close", auth=_WRITES, response={200: OneCase, **_ACTS}, summary="Close it")
def close(request: HttpRequest, id: _Id, given: Closed) -> OneCase:
    return _did(working.close, id, **given.model_dump(), by=_by(request))


@router.post("/{id}/reopen", auth=_WRITES, response={200: OneCase, **_ACTS}, summary="Open it again")
def reopen(request: HttpRequest, id: _Id, given: Why) -> OneCase:
    return _did(working.reopen, id, why=given.why, by=_by(request))


@router.post("/{id}/merge", auth=_WRITES, response={200: OneCase, **_ACTS}, summary="Make it part of another")
def merge(request: HttpRequest, id: _Id, given: Joined) -> OneCase:
    """Returns the other one."""
    working.merge(id, into=given.into, by=_by(request), why=given.why, now=timezone.now())
    return _shown(given.into)


# -- small --------------------------------------------------------------------------------------------------------


def _did(act: Callable[..., Case], pk: int, **named: Any) -> OneCase:
    act(pk, **named, now=timezone.now())
    return _shown(pk)


def _shown(pk: int) -> OneCase:
    return OneCase(**OneCase.parts(Case.objects.select_related("owner").get(pk=pk)))


def _whole(pk: int) -> WholeCase:
    shown = reading.detail(pk, now=timezone.now())
    history = [
        HistoryEntry(
            kind=one.entry.kind,
            at=one.entry.at,
            by=one.entry.by.email if one.entry.by else None,
            title=one.title,
            text=one.mail.text if one.mail else one.text,
        )
        for one in shown.told
    ]
    answers = [answer.response_id for answer in shown.answers]
    return WholeCase(**OneCase.parts(shown.case), answers=answers, history=history)


def _opened(request: HttpRequest, given: NewCase, *, now: datetime) -> opening.Opened:
    answer = _row(Response.objects.select_related("account", "contact__account"), given.response, "response")
    account = _row(Account.objects.select_related("owner"), given.account, "account")
    person = _row(Contact.objects.select_related("account"), given.contact, "contact")
    person = person or (answer.contact if answer else None)
    account = account or (answer.account if answer else None) or (person.account if person else None)
    return opening.open_case(
        account=account,
        contact=person,
        reason=given.reason,
        response=answer,
        about=given.about,
        note=given.note,
        by=_by(request),
        owner=_colleague(given.owner) if given.owner else None,
        team=given.team,
        priority=given.priority or "",
        now=now,
    )


def _row(rows: Any, pk: int | None, what: str) -> Any:
    if pk is None:
        return None
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound(f"There is no {what} {pk}.")
    return found


def _colleague(email: str) -> int:
    found = User.objects.filter(email__iexact=email.strip()).values_list("pk", flat=True).first()
    if found is None:
        raise NotPossible("Nobody here has that e-mail address.")
    return found


def _by(request: HttpRequest) -> User | None:
    """Whoever made the key; nobody's name stands for one that was made at the command line."""
    return asker(request).created_by
