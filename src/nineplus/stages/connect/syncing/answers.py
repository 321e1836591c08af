"""Answers that another system keeps: what is frozen on a new one, and who is told of it or of a change in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from nineplus.connectors import Record
from nineplus.stages.capture.answering.keeping import frozen_attributes, with_earlier
from nineplus.store.models import Account, Contact, Event

_FRESH = timedelta(days=2)
"""An answer as young as this is news: whoever is told of answers is told of it. An older one is history."""


def freeze(new: Mapping[str, dict[str, Any]]) -> None:
    """New answers keep what their account and contact can be segmented by, as it stands now."""
    accounts = _attributes(Account, {values.get("account_id") for values in new.values()})
    contacts = _attributes(Contact, {values.get("contact_id") for values in new.values()})
    for values in new.values():
        values["attributes"] = frozen_attributes(
            account=accounts.get(values.get("account_id")) or {},
            contact=contacts.get(values.get("contact_id")) or {},
            own=values["attributes"],
        )


def raw(record: Record, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What else came with it. An answer about a ticket that is not here yet keeps its key until it comes."""
    awaited = record.fields.get("ticket") if record.kind == "responses" else None
    if awaited in (None, "") or values.get("ticket_id") is not None:
        return record.raw
    return {**(record.raw or {}), "ticket": str(awaited)}


def tell_new(rows: Iterable[tuple[int, Mapping[str, Any]]], *, now: datetime) -> None:
    """Whoever is told of answers learns of the fresh ones among these."""
    for pk, values in rows:
        if values["answered_at"] > now - _FRESH:
            Event.publish(kind="response.scored", data={"response": pk}, now=now)


def is_news(told: Mapping[str, Any]) -> bool:
    """Is one told of such a change, however old the answer is? Of another score or other words; not of a mapping."""
    return "score" in told or "comment" in told


def revised(told: Mapping[str, Any], row: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """What else changes with it: when, and the score before is kept, as for an answer that was changed here."""
    more: dict[str, Any] = {"changed_at": now}
    if "score" in told:
        more["signals"] = with_earlier(row["signals"] or {}, score=row["score"], now=now)
    return more


def tell_changed(rows: Iterable[int], *, now: datetime) -> None:
    for pk in rows:
        Event.publish(kind="response.changed", data={"response": pk}, now=now)


def _attributes(model: type[Account | Contact], rows: set[int | None]) -> dict[int | None, dict[str, Any]]:
    return dict(model._default_manager.filter(pk__in=rows - {None}).values_list("pk", "attributes"))
