"""/api/alerts: what the maker of the key was told, and how they want to be told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Path, Query, Router, Schema

from nineplus.api.door import Key, asker
from nineplus.api.paging import CURSOR, LIMIT, follow, newest_first
from nineplus.api.problems import BODY_ERRORS, ERRORS, Problem
from nineplus.stages.act.alerts import choosing
from nineplus.stages.act.alerts.kinds import KINDS
from nineplus.stages.act.alerts.timing import choice_of
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Alert, AlertChoice, User
from nineplus.store.models.alerts import Mailed, Untold, Weekday

router = Router(tags=["Alerts"], auth=Key("alerts:read"))
_WRITES = Key("alerts:write")
_Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
_Kind = Literal[tuple(KINDS)]  # type: ignore[valid-type]
_Hour = Annotated[int, Field(ge=0, le=23)]
_Why = Literal[("", *Untold.values)]  # type: ignore[valid-type]
_SAME = ("kind", "title", "path", "at", "read_at", "mail_at", "mailed_at", "mail_not", "chat_at", "chat_not")
_ACTS: dict[int, Any] = {**BODY_ERRORS, 404: Problem}


class OneAlert(Schema):
    """Something that was told. `path` is where it is looked at, within this installation.

    By e-mail it waits for `mail_at`, or went at `mailed_at`, or `mail_not` says why not; in Slack it waits for
    `chat_at`, and `chat_not` says why it does not go.
    """

    id: int
    kind: str
    title: str
    detail: str
    path: str
    at: datetime
    read_at: datetime | None
    mail_at: datetime | None
    mailed_at: datetime | None
    mail_not: _Why
    chat_at: datetime | None
    chat_not: _Why

    @classmethod
    def of(cls, row: Alert) -> OneAlert:
        same = {name: getattr(row, name) for name in _SAME}
        return cls(id=row.pk, detail=row.raised.detail if row.raised else "", **same)


class SomeAlerts(Schema):
    """Newest first. `next` is the cursor of the following page, null at the end."""

    items: list[OneAlert]
    unread: int
    next: str | None


class Chosen(Schema):
    """How somebody is told. The hours are of `time_zone`; empty: of the company's.

    `digest_hour` is when letters come that tell of a day (`daily`) or a week together, these on `digest_day`.
    `slack`: also by direct message of the app, at once; Slack must know them by their address here.
    """

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {
            "examples": [
                {
                    "digest_day": "friday",
                    "digest_hour": 7,
                    "kinds": ["overdue_case"],
                    "mailed": "daily",
                    "quiet_from": 20,
                    "quiet_to": 7,
                    "slack": True,
                    "time_zone": "",
                }
            ]
        },
    }

    kinds: list[_Kind]
    mailed: Literal[tuple(Mailed.values)]  # type: ignore[valid-type]
    digest_hour: _Hour = 8
    digest_day: Literal[tuple(Weekday.values)] = Weekday.MONDAY.value  # type: ignore[valid-type]
    quiet_from: _Hour | None = None
    quiet_to: _Hour | None = None
    slack: bool = False
    time_zone: Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")] = ""

    @classmethod
    def of(cls, choice: AlertChoice) -> Chosen:
        return cls(
            kinds=[kind for kind in KINDS if kind not in choice.unwanted],
            mailed=choice.mailed,
            digest_hour=choice.digest_hour,
            digest_day=choice.digest_day,
            quiet_from=choice.quiet_from,
            quiet_to=choice.quiet_to,
            slack=choice.slack,
            time_zone=choice.time_zone,
        )


@router.get("", response={200: SomeAlerts, **ERRORS}, summary="What you were told")
def every(
    request: HttpRequest,
    response: HttpResponse,
    unread: bool = Query(False, description="Only what was not read yet."),
    cursor: str = CURSOR,
    limit: int = LIMIT,
) -> SomeAlerts:
    user = _person(request)
    rows = choosing.told_to(user)
    found, after = newest_first(rows.filter(read_at=None) if unread else rows, cursor=cursor, limit=limit)
    return SomeAlerts(
        items=[OneAlert.of(row) for row in found],
        unread=choosing.unread(user),
        next=follow(request, response, after),
    )


@router.get("/preferences", response={200: Chosen, **ERRORS}, summary="How you are told")
def preferences(request: HttpRequest) -> Chosen:
    return Chosen.of(choice_of(_person(request)))


@router.put("/preferences", auth=_WRITES, response={200: Chosen, **_ACTS}, summary="Choose how you are told")
def choose(request: HttpRequest, given: Chosen) -> Chosen:
    """What is left out becomes as it is by default. What waits to be told follows."""
    said = given.dict()
    return Chosen.of(choosing.choose(_person(request), wanted=said.pop("kinds"), **said, now=timezone.now()))


@router.post("/{id}/read", auth=_WRITES, response={200: OneAlert, **_ACTS}, summary="You saw it")
def read(request: HttpRequest, id: _Id) -> OneAlert:
    return OneAlert.of(choosing.read(_person(request), id, now=timezone.now()))


def _person(request: HttpRequest) -> User:
    """Alerts are told to people: the one who made the key."""
    user = asker(request).created_by
    if user is None:
        raise NotPossible("Alerts are told to people, and this key was made by nobody: make one in Settings, Keys.")
    return user
