"""What goes back to HubSpot: our properties on contacts, companies and tickets; notes and tasks.

Properties are set, so setting them twice is setting them once. Notes and tasks carry our id in a property of their
own whose values HubSpot keeps unique: before one is made it is looked for by that id, and HubSpot refuses a second.
Where HubSpot does not let us add that property, a crash between making a note and keeping its id costs a second note.
"""

from __future__ import annotations

import contextlib
import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from nineplus.connectors import Change, Kept, Reconnect, Retry
from nineplus.connectors.hubspot.client import BATCH, VERSION, Client, Refused, in_parts, unnamed
from nineplus.connectors.hubspot.values import instant, milliseconds

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

T = TypeVar("T")


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
    """Our properties on customers and tickets, and our id on notes and tasks where HubSpot lets us."""
    for theirs in OBJECTS.values():
        _defined(client, theirs, PROPERTIES)
    for theirs in ("notes", "tasks"):
        with contextlib.suppress(Refused, Reconnect):
            _defined(client, theirs, (_property(MARK, "nineplus id", "string", "text", hasUniqueValue=True),))


def _defined(client: Client, kind: str, wanted: Sequence[Mapping[str, Any]]) -> None:
    known = {one["name"] for one in client.known_properties(kind)}
    missing = [one for one in wanted if one["name"] not in known]
    if not missing:
        return
    path = f"/crm/properties/{VERSION}/{kind}"
    groups = {one["name"] for one in client.get(f"{path}/groups").get("results") or ()}
    if GROUP not in groups:
        _unless_there(client, f"{path}/groups", {"name": GROUP, "label": "nineplus", "displayOrder": -1})
    for one in missing:
        _unless_there(client, path, one)


def _unless_there(client: Client, path: str, send: Any) -> None:
    try:
        client.post(path, send, safe=True)
    except Refused as problem:
        if problem.status != 409:
            raise


def write(client: Client, changes: Sequence[Change]) -> Sequence[Kept]:
    """One answer for each change, in no particular order.

    When HubSpot is away amidst, what is written already is told; what is missing is to be written again.
    """
    kept: list[Kept] = []
    try:
        for done in _written(client, changes):
            kept += done
    except (Retry, Reconnect):
        if not kept:
            raise
    return kept


def _written(client: Client, changes: Sequence[Change]) -> Iterator[list[Kept]]:
    for ours, theirs in OBJECTS.items():
        wanted: dict[str, list[Change]] = {}
        for change in changes:
            if change.what == "properties" and change.object == ours:
                wanted.setdefault(change.key, []).append(change)
        for keys in in_parts(list(wanted), BATCH):
            yield _set(client, theirs, {key: wanted[key] for key in keys})
    for what, theirs in (("note", "notes"), ("task", "tasks")):
        if some := [change for change in changes if change.what == what]:
            yield from _made(client, theirs, some)


# Properties -----------------------------------------------------------------------------------------------------


def _set(client: Client, kind: str, wanted: Mapping[str, Sequence[Change]]) -> list[Kept]:
    """A batch. One bad record spoils it all over there, so a refused batch is halved until the culprit stands alone."""
    inputs = [
        {"id": key, "properties": {n: v for change in some for n, v in _values(change).items()}}
        for key, some in wanted.items()
    ]
    try:
        told = client.post(client.objects(kind, "batch/update"), {"inputs": inputs}, safe=True)
    except Refused as problem:
        if len(wanted) > 1:
            return [one for half in _halves(list(wanted)) for one in _set(client, kind, {k: wanted[k] for k in half})]
        gone = problem.category == "OBJECT_NOT_FOUND" or problem.status == 404
        return [_refused(change, str(problem), gone=gone) for some in wanted.values() for change in some]
    return _answers(client, kind, wanted, told.get("errors") or ())


def _answers(
    client: Client, kind: str, wanted: Mapping[str, Sequence[Change]], errors: Sequence[Mapping[str, Any]]
) -> list[Kept]:
    """What a batch that was taken in part (207) means for each of its records."""
    problems: dict[str, Mapping[str, Any]] = {}
    for error in errors:
        named = [str(key) for key in (error.get("context") or {}).get("ids") or () if str(key) in wanted]
        if not named and len(wanted) > 1:
            return [one for half in _halves(list(wanted)) for one in _set(client, kind, {k: wanted[k] for k in half})]
        problems |= dict.fromkeys(named or wanted, error)
    kept = []
    for key, some in wanted.items():
        for change in some:
            if (problem := problems.get(key)) is None:
                kept.append(Kept(change.id, key=key))
            else:
                gone = problem.get("category") == "OBJECT_NOT_FOUND"
                kept.append(_refused(change, unnamed(str(problem.get("message") or "no reason given")), gone=gone))
    return kept


def _values(change: Change) -> dict[str, str]:
    return {f"nineplus_{name}": _text(name, value) for name, value in change.values.items()}


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "answered_at":
        at = instant(value.isoformat() if isinstance(value, datetime) else value)
        return str(milliseconds(at)) if at else ""
    return str(value)[:_LONGEST]


# Notes and tasks ------------------------------------------------------------------------------------------------


def _made(client: Client, kind: str, changes: Sequence[Change]) -> Iterator[list[Kept]]:
    marked = any(one["name"] == MARK for one in client.known_properties(kind))
    there = _there(client, kind, changes) if marked else {}
    yield [Kept(change.id, key=there[change.id]) for change in changes if change.id in there]
    left = list({change.id: change for change in changes if change.id not in there}.values())
    for some in in_parts(left, BATCH if marked else 1):
        yield _created(client, kind, some, marked=marked)


def _there(client: Client, kind: str, changes: Sequence[Change]) -> dict[str, str]:
    ids = list(dict.fromkeys(change.id for change in changes))
    found = client.read_batch(kind, ids, [MARK], by=MARK)
    return {str(one["properties"].get(MARK)): str(one["id"]) for one in found}


def _created(client: Client, kind: str, changes: Sequence[Change], *, marked: bool) -> list[Kept]:
    inputs = [_input(kind, change, marked=marked) for change in changes]
    try:
        if marked:
            told = client.post(client.objects(kind, "batch/create"), {"inputs": inputs}, safe=False)
            made = {str(one["properties"].get(MARK)): str(one["id"]) for one in told.get("results") or ()}
            made = made if len(made) == len(changes) else _there(client, kind, changes)
        else:
            made = {changes[0].id: str(client.post(client.objects(kind), inputs[0], safe=False)["id"])}
    except Refused as problem:
        if len(changes) > 1:
            return [one for half in _halves(changes) for one in _created(client, kind, half, marked=marked)]
        if marked and (there := _there(client, kind, changes)):
            return [Kept(changes[0].id, key=there[changes[0].id])]
        target = OBJECTS[changes[0].object]
        gone = not list(client.read_batch(target, [changes[0].key], []))
        return [_refused(changes[0], str(problem), gone=gone)]
    return [Kept(change.id, key=made[change.id]) for change in changes if change.id in made]


def _input(kind: str, change: Change, *, marked: bool) -> dict[str, Any]:
    values = change.values
    text = html.escape(str(values.get("text") or ""), quote=False).replace("\n", "<br>")[:_LONGEST]
    if kind == "notes":
        properties = {"hs_timestamp": _text("answered_at", values.get("at")), "hs_note_body": text}
    else:
        properties = {
            "hs_timestamp": _text("answered_at", values.get("due_at")),
            "hs_task_subject": str(values.get("title") or "")[:1000],
            "hs_task_body": text,
            "hs_task_status": "NOT_STARTED",
            "hs_task_type": "TODO",
        }
        if values.get("owner"):
            properties["hubspot_owner_id"] = str(values["owner"])
    if marked:
        properties[MARK] = change.id
    kinds = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _ASSOCIATIONS[kind, change.object]}]
    return {"properties": properties, "associations": [{"to": {"id": change.key}, "types": kinds}]}


def _refused(change: Change, words: str, *, gone: bool) -> Kept:
    return Kept(change.id, problem=words, gone=gone)


def _halves(items: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    return items[: len(items) // 2], items[len(items) // 2 :]
