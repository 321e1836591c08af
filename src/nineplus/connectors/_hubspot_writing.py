"""What goes back to HubSpot: our properties on contacts, companies and tickets; notes and tasks.

Properties are set, so setting them twice is setting them once. Notes and tasks carry our id in a property of their
own whose values HubSpot keeps unique: before one is made it is looked for by that id, and HubSpot refuses a second.
Where HubSpot does not let us add that property, a crash between making a note and keeping its id costs a second note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nineplus.connectors import Change, Kept
from nineplus.connectors._hubspot_client import VERSION, Client

GROUP = "nineplus"
MARK = "nineplus_id"
SCOPES = (
    "crm.objects.contacts.write",
    "crm.objects.companies.write",
    "tickets",
    "crm.schemas.contacts.write",
    "crm.schemas.companies.write",
)
OBJECTS = {"contacts": "contacts", "accounts": "companies", "tickets": "tickets"}
_ASSOCIATIONS = {
    ("notes", "contacts"): 202,
    ("notes", "accounts"): 190,
    ("notes", "tickets"): 228,
    ("tasks", "contacts"): 204,
    ("tasks", "accounts"): 192,
    ("tasks", "tickets"): 230,
}
_LONGEST = 65_000


def _property(name: str, label: str, type: str, field_type: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "label": label, "type": type, "fieldType": field_type, "groupName": GROUP, **more}


_GROUPS = [
    {"label": name.capitalize(), "value": name, "displayOrder": place, "hidden": False}
    for place, name in enumerate(("promoter", "passive", "detractor"))
]
PROPERTIES = (
    _property("nineplus_score", "NPS score", "number", "number"),
    _property("nineplus_group", "NPS group", "enumeration", "select", options=_GROUPS),
    _property("nineplus_comment", "NPS comment", "string", "textarea"),
    _property("nineplus_answered_at", "NPS answered at", "datetime", "date"),
    _property("nineplus_survey", "NPS survey", "string", "text"),
    _property("nineplus_follow_up", "NPS follow-up", "string", "text"),
)


def probes(client: Client) -> Iterator[tuple[str, Callable[[], Any], Sequence[str]]]:
    """Writes of nothing, to see which are allowed: `(what for, call, rights)`."""
    for ours, theirs in OBJECTS.items():
        right = "tickets" if theirs == "tickets" else f"crm.objects.{theirs}.write"
        path = client.objects(theirs, "batch/update")
        yield f"Writing scores to {theirs}", _nothing(client, path), (right,)
        if ours != "tickets":
            path = f"/crm/properties/{VERSION}/{theirs}/batch/create"
            yield f"Adding our properties to {theirs}", _nothing(client, path), (f"crm.schemas.{theirs}.write",)


def _nothing(client: Client, path: str) -> Callable[[], Any]:
    return lambda: client.post(path, {"inputs": []}, safe=True)


def prepare(client: Client) -> None:
    raise NotImplementedError


def write(client: Client, changes: Sequence[Change]) -> Sequence[Kept]:
    raise NotImplementedError
