"""Keys that records name over there become rows here, with a few queries for a whole portion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models

from nineplus.connectors import Kind
from nineplus.stages.capture.people import gone
from nineplus.stages.connect import identity
from nineplus.stages.connect.bulk import pieces
from nineplus.store.models import Account, Contact, Deal, Owner, Response, Survey, Ticket, TicketEvent

MODELS: Mapping[Kind, type[models.Model]] = {
    "owners": Owner,
    "accounts": Account,
    "contacts": Contact,
    "tickets": Ticket,
    "ticket_events": TicketEvent,
    "deals": Deal,
    "responses": Response,
}
REFERS: Mapping[str, Kind] = {"account": "accounts", "contact": "contacts", "ticket": "tickets", "owner": "owners"}
_MADE: frozenset[Kind] = frozenset(("accounts", "contacts"))
"""Kinds of which a row can be made from its key alone, to be filled in when its own record comes."""


@dataclass(slots=True)
class Referring:
    """What one portion of one source refers to. `write=False`: nothing is made for what is not there."""

    source: str
    now: datetime
    write: bool
    revision: int
    _rows: dict[Kind, dict[str, int]] = field(default_factory=dict)

    def know(self, kind: Kind, rows: Iterable[tuple[str, int]]) -> None:
        """These keys have rows now."""
        self._rows.setdefault(kind, {}).update(rows)

    def fill(self, kind: Kind, good: Mapping[str, dict[str, Any]]) -> None:
        """Keys over there become rows here. A ticket's owner is kept by name."""
        for name, of in REFERS.items():
            keys = {values[name] for values in good.values() if values.get(name)}
            if name == "owner" and kind in ("tickets", "ticket_events"):
                continue
            if not keys and not any(name in values for values in good.values()):
                continue
            rows = self.rows(of, keys)
            for values in good.values():
                if name in values:
                    values[f"{name}_id"] = rows.get(values.pop(name) or "")
        if kind == "tickets":
            self._owners(good.values(), "owner")
        if kind == "ticket_events":
            self._owners([v for v in good.values() if v.get("kind") == "owner"], "from_value", "to_value")
        if kind in ("tickets", "deals", "responses"):
            self._account_of_contact(good.values())

    def _owners(self, rows: Iterable[dict[str, Any]], *names: str) -> None:
        rows = list(rows)
        keys = {row[name] for row in rows for name in names if row.get(name)}
        if not keys:
            return
        known = dict(
            Owner.objects.filter(source=self.source, external_id__in=keys)
            .exclude(name="")
            .values_list("external_id", "name")
        )
        for row in rows:
            for name in names:
                if row.get(name):
                    row[name] = known.get(row[name], row[name])[:200]

    def _account_of_contact(self, rows: Iterable[dict[str, Any]]) -> None:
        """What names no account belongs to its contact's."""
        lonely = [row for row in rows if row.get("contact_id") and not row.get("account_id")]
        if not lonely:
            return
        found = dict(
            Contact.objects.filter(pk__in={row["contact_id"] for row in lonely}).values_list("pk", "account_id")
        )
        for row in lonely:
            if account := found.get(row["contact_id"]):
                row["account_id"] = account

    def surveys(self, good: Mapping[str, dict[str, Any]]) -> None:
        """Answers belong to a survey: by its key over there, made under its name when it is new."""
        named = {}
        for values in good.values():
            key, name = str(values.pop("survey", "") or ""), str(values.pop("survey_name", "") or "")
            key = key or name or "answers"
            named.setdefault(key, name or f"Survey {key}")
            values["survey_id"] = key
        there = dict(Survey.objects.filter(source=self.source, external_id__in=named).values_list("external_id", "pk"))
        if self.write:
            for key in [key for key in named if key not in there]:
                there[key] = Survey.objects.create(
                    source=self.source,
                    external_id=key[:200],
                    name=named[key][:200],
                    created_at=self.now,
                    revision=self.revision,
                ).pk
        for values in good.values():
            values["survey_id"] = there.get(values["survey_id"])
        mails = {values["email"] for values in good.values() if values.get("email") and not values.get("contact_id")}
        people = identity.contacts_by_email(mails)
        for values in good.values():
            email = values.pop("email", "")
            if email in people and not values.get("contact_id"):
                values["contact_id"], account = people[email]
                values["account_id"] = values.get("account_id") or account

    def rows(self, kind: Kind, keys: Iterable[str]) -> dict[str, int]:
        """The rows of these keys (and of others that are known), made where a key alone is enough."""
        known = self._rows.setdefault(kind, {})
        missing = [key for key in keys if key not in known]
        model = MODELS[kind]
        for piece in pieces(missing):
            rows = model._default_manager.filter(source=self.source, external_id__in=piece)
            known.update(rows.values_list("external_id", "pk"))
        missing = [key for key in missing if key not in known]
        known.update(identity.aliases(kind, missing, source=self.source))
        missing = [key for key in missing if key not in known]
        if missing and kind in _MADE and self.write:
            if kind == "contacts":  # what is about somebody who was erased is nobody's
                erased = gone.among(missing, source=self.source)
                missing = [key for key in missing if key not in erased]
            made = model._default_manager.bulk_create(
                [model(source=self.source, external_id=key, revision=self.revision) for key in missing]
            )
            known.update((row.external_id, row.pk) for row in made)  # type: ignore[attr-defined]
        return known
