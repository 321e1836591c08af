"""The plug: HubSpot's settings, its streams, and a session in which it is asked, read and written to.

One key is enough: a service key, or the token of a private app made before October 2026. HubSpot is asked in turns;
webhooks of a project app, where there is one, only make the turns come sooner.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from nineplus.connectors import Budget, Change, Checked, GiveUp, Kept, Portion, Property, Reconnect, Stream
from nineplus.connectors.hubspot import reading, writing
from nineplus.connectors.hubspot.client import SEARCH, TEN, VERSION, Client, Refused, Revoked
from nineplus.connectors.hubspot.hooks import hear
from nineplus.connectors.hubspot.records import SHAPES
from nineplus.plugs import Connector, Field

_STREAMS = (
    Stream("owners", "Owners", ("owners",), ("crm.objects.owners.read",)),
    Stream("accounts", "Companies", ("accounts",), ("crm.objects.companies.read",)),
    Stream("contacts", "Contacts", ("contacts",), ("crm.objects.contacts.read",)),
    Stream("tickets", "Tickets with their history", ("tickets", "ticket_events"), ("tickets",)),
    Stream("deals", "Deals", ("deals",), ("crm.objects.deals.read",), optional=True),
    Stream(
        "responses",
        "Feedback submissions (NPS only)",
        ("responses",),
        ("crm.objects.feedback_submissions.read",),
        optional=True,
    ),
)
_TYPES = {"number": "number", "date": "date", "datetime": "date", "bool": "flag", "enumeration": "choice"}


class _Session:
    def __init__(
        self,
        settings: Mapping[str, str],
        *,
        mapping: Mapping[str, Mapping[str, str]] | None = None,
        budget: Budget,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        token = settings.get("token", "").strip()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise Reconnect("This is no HubSpot key: it has no spaces and no accents, and often begins with pat-.")
        self._client = Client(
            token=token,
            base=settings.get("api_url", "").strip(),
            private=settings.get("private") == "yes",
            budget=budget,
            ticks=ticks,
        )
        self._mapping = mapping or {}
        self._clock = clock

    def check(self) -> Checked:
        try:
            account = self._client.account()
        except Refused:
            account = {}
        missing: dict[str, Sequence[str]] = {}
        for stream in _STREAMS:
            if lacks := self._lacks(self._probed(stream.name), stream.scopes):
                missing[stream.title] = lacks
        for title, probe, scopes in writing.probes(self._client):
            if lacks := self._lacks(probe, scopes):
                missing[title] = lacks
        portal = str(account.get("portalId") or "")
        return Checked(self._said(portal), account=portal, missing=missing)

    def _probed(self, stream: str) -> Callable[[], Any]:
        if stream == "owners":
            return lambda: self._client.get(f"/crm/owners/{VERSION}", limit=1)
        return lambda: self._client.get(self._client.objects(SHAPES[stream].object), limit=1)

    def _lacks(self, probe: Callable[[], Any], scopes: Sequence[str]) -> Sequence[str]:
        try:
            probe()
        except Revoked:
            raise
        except Reconnect as problem:
            return problem.missing or scopes
        except Refused:
            pass  # an empty write is refused after the rights were looked at
        return ()

    def _said(self, portal: str) -> str:
        told = self._client.headers
        most, day = told.get("x-hubspot-ratelimit-max"), told.get("x-hubspot-ratelimit-daily")
        limits = f"; {most} calls in 10 seconds" if most else ""
        limits += f", {int(day):,} a day" if day and day.isdigit() else ""
        return f"HubSpot{f' account {portal}' if portal else ''} accepts the key{limits}."

    def properties(self, stream: str) -> Sequence[Property]:
        if stream not in SHAPES:
            return ()
        return [
            Property(
                object=stream,
                name=one["name"],
                label=str(one.get("label") or one["name"]),
                type=_TYPES.get(str(one.get("type")), "text"),  # type: ignore[arg-type]
                choices={str(o["value"]): str(o.get("label") or o["value"]) for o in one.get("options") or ()},
                read_only=bool((one.get("modificationMetadata") or {}).get("readOnlyValue")),
            )
            for one in self._client.known_properties(SHAPES[stream].object)
            if one.get("groupName") != writing.GROUP and not one.get("archived")
        ]

    def read(self, stream: str, cursor: Mapping[str, Any]) -> Iterator[Portion]:
        # The shapes of HubSpot's answers are taken at their word; one that is not what it says stops here, not deeper.
        try:
            yield from self._reading(stream, cursor)
        except (KeyError, TypeError, AttributeError, IndexError, ValueError) as problem:
            raise GiveUp(f"HubSpot's answer has another shape than expected ({type(problem).__name__}).") from problem

    def _reading(self, stream: str, cursor: Mapping[str, Any]) -> Iterator[Portion]:
        if stream == "owners":
            return reading.owners(self._client, cursor)
        shape = SHAPES[stream]
        mapping = self._mapping.get(stream, shape.mapping)
        return reading.Reading(self._client, shape, mapping=mapping, clock=self._clock).read(cursor)

    def prepare(self) -> None:
        writing.prepare(self._client)

    def write(self, changes: Sequence[Change]) -> Sequence[Kept]:
        return writing.write(self._client, changes)

    def close(self) -> None:
        self._client.close()


CONNECTOR = Connector(
    name="hubspot",
    title="HubSpot",
    help=(
        "In HubSpot, open Settings → Integrations → Service keys and create a key. "
        "The token of a private app that was made before October 2026 works as well."
    ),
    fields=(
        Field("token", "Service key or private-app token", "It begins with pat-.", type="secret"),
        Field(
            "client_secret",
            "Client secret of your project app",
            "Only for webhooks, which make news come sooner. Everything works without.",
            type="secret",
            required=False,
            advanced=True,
        ),
        Field("api_url", "API address", "Empty: HubSpot's.", required=False, advanced=True),
        Field(
            "private",
            "The API address is inside of our network",
            type="choice",
            choices=("no", "yes"),
            required=False,
            default="no",
            advanced=True,
        ),
    ),
    streams=_STREAMS,
    open=_Session,
    limits=(TEN, SEARCH),
    writes=writing.SCOPES,
    written={str(one["name"]): str(one["label"]) for one in writing.PROPERTIES},
    where=(
        "Open a contact, company or ticket in HubSpot and choose View all properties: they are in the group nineplus. "
        "Lists, workflows and reports find them by these names."
    ),
    hear=hear,
    defaults={name: shape.mapping for name, shape in SHAPES.items()},
)
