"""/api/channels: which messages go to which channel of Slack and Teams. Addresses of webhooks are never shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Path, Router, Schema, Status

from nineplus.api.door import Key
from nineplus.api.problems import BODY_ERRORS, ERRORS, Problem
from nineplus.stages.act.chat import outbox, places
from nineplus.store.models.chat import Digest, PlaceKind

router = Router(tags=["Channels"], auth=Key("channels:read"))
_WRITES = Key("channels:write")
_ACTS: dict[int, Any] = {**BODY_ERRORS, 404: Problem}
_Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
_Kind = Literal[tuple(PlaceKind.values)]  # type: ignore[valid-type]
_Want = Literal[tuple(places.WANTS)]  # type: ignore[valid-type]
_Digest = Literal[tuple(Digest.values)]  # type: ignore[valid-type]
_Text = Annotated[str, Field(max_length=1_000, pattern=r"^[^\x00]*$")]


class OneChannel(Schema):
    """`wants` is what goes there. `error`: why nothing can be posted; what is for it waits. `parked`: was not taken."""

    id: int
    kind: _Kind
    name: str
    channel: str
    wants: list[str]
    digest: str
    error: str
    waiting: int
    parked: int
    last_at: datetime | None

    @classmethod
    def of(cls, seen: places.Seen) -> OneChannel:
        place = seen.place
        same = {name: getattr(place, name) for name in ("kind", "name", "channel", "wants", "digest", "error")}
        last = seen.last.sent_at if seen.last else None
        return cls(id=place.pk, waiting=seen.waiting, parked=seen.parked, last_at=last, **same)


class NewChannel(Schema):
    """A channel by its id over there (`slack`, by the app), else by the address of its webhook."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {
            "examples": [
                {"kind": "slack", "name": "#cs", "channel": "C0123ABCD", "wants": ["case.opened"], "digest": "weekly"}
            ]
        },
    }

    kind: _Kind
    name: _Text = ""
    channel: _Text = ""
    url: _Text = ""
    wants: list[_Want] = []
    digest: _Digest = ""


class ChangedChannel(Schema):
    """What is left out stays."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"wants": ["case.opened", "overdue_case"]}]}}

    name: _Text | None = None
    wants: list[_Want] | None = None
    digest: _Digest | None = None


class Outcome(Schema):
    """What came of it, in a sentence."""

    says: str


@router.get("", response={200: list[OneChannel], **ERRORS}, summary="Channels that are written to")
def every(request: HttpRequest) -> list[OneChannel]:
    return [OneChannel.of(one) for one in places.every()]


@router.post("", auth=_WRITES, response={201: OneChannel, **BODY_ERRORS}, summary="Write to a channel")
def add(request: HttpRequest, given: NewChannel) -> Status:
    return Status(201, _seen(places.add(**given.dict(), now=timezone.now()).pk))


@router.get("/{id}", response={200: OneChannel, **ERRORS, 404: Problem}, summary="One channel")
def one(request: HttpRequest, id: _Id) -> OneChannel:
    return _seen(id)


@router.patch("/{id}", auth=_WRITES, response={200: OneChannel, **_ACTS}, summary="Change what goes to a channel")
def change(request: HttpRequest, id: _Id, given: ChangedChannel) -> OneChannel:
    """What was wrong with it is forgotten, and what waits is tried."""
    place, said = places.find(id), given.dict(exclude_none=True)
    places.change(id, **{"name": place.name, "wants": place.wants, "digest": place.digest, **said})
    return _seen(id)


@router.post("/{id}/test", auth=_WRITES, response={200: Outcome, **_ACTS}, summary="Send a test message")
def test(request: HttpRequest, id: _Id) -> Outcome:
    """At once. What is wrong with the channel is the problem's detail."""
    return Outcome(says=outbox.test(places.find(id), now=timezone.now()))


@router.post("/{id}/again", auth=_WRITES, response={200: Outcome, **_ACTS}, summary="Send again what was not taken")
def again(request: HttpRequest, id: _Id) -> Outcome:
    """Also what may be there already: of a webhook nobody knows."""
    count = places.try_again(id, now=timezone.now())
    return Outcome(says=f"{count} {'message is' if count == 1 else 'messages are'} tried again.")


@router.delete("/{id}", auth=_WRITES, response={204: None, **_ACTS}, summary="Write nothing there any more")
def remove(request: HttpRequest, id: _Id) -> Status:
    places.remove(id)
    return Status(204, None)


def _seen(id: int) -> OneChannel:
    place = places.find(id)
    return next(OneChannel.of(seen) for seen in places.every() if seen.place.pk == place.pk)
