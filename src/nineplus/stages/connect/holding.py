"""What the store holds of the rows of a file, and which of them the file says otherwise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from nineplus.connectors.files import Batch
from nineplus.connectors.files import Mapping as ColumnMapping
from nineplus.stages.connect import bulk
from nineplus.stages.connect.tables import TARGETS, Target

DEFAULT_SURVEY = "Imported answers"
_DERIVED = {
    "tickets": {
        "sla_breached": ("sla_breached", "sla_met"),
        "first_response_at": ("first_response_at", "first_response_after"),
        "resolved_at": ("resolved_at", "resolved_after"),
    },
    "contacts": {"name": ("name", "first_name", "last_name")},
    "movements": {"amount_minor": ("amount_minor", "amount"), "at": ("at", "started_at")},
}
"""Canonical columns that other fields of a file can give."""
_ALWAYS = {"movements": ("kind", "currency")}


@dataclass(frozen=True, slots=True)
class Holding:
    """The rows of one source and kind."""

    source: str
    mapping: ColumnMapping

    @property
    def target(self) -> Target:
        return TARGETS[self.mapping.kind]

    def rows(self, keys: pa.Array, *, newest: int | None = None) -> dict[str, dict[str, Any]]:
        """The rows of these external ids, in canonical terms, by external id."""
        target = self.target
        columns = ["id", "external_id", *target.plain]
        paths = {name: f"{foreign}__external_id" for name, foreign in target.refers.items()}
        if "contact" in paths:
            paths["contact_email"] = "contact__email"
            paths["contact_erased"] = "contact__erased_at"
        if self.mapping.kind == "responses":
            columns.append("raw")
        found = {}
        for piece in bulk.pieces(keys.to_pylist()):
            rows = target.model.objects.filter(source=self.source, external_id__in=piece)
            if newest is not None:
                rows = rows.filter(pk__lte=newest)
            for values in rows.values_list(*columns, *paths.values()):
                row = dict(zip([*columns, *paths], values, strict=True))
                found[row["external_id"]] = row
        return found

    def changed(self, batch: Batch, have: Mapping[str, dict[str, Any]]) -> list[int]:
        """Positions of rows that are there with other content."""
        if not have:
            return []
        given = self.given()
        surveys = survey_keys(batch.rows, self.mapping) if "survey" in batch.rows.schema.names else None
        keys = batch.keys.to_pylist()
        held = [position for position, key in enumerate(keys) if key in have]
        rows = batch.rows.take(pa.array(held, pa.int64()))
        told = surveys.take(pa.array(held, pa.int64())).to_pylist() if surveys is not None else None
        changed = []
        beside = batch.extra.take(pa.array(held, pa.int64())).to_pylist()
        for index, row in enumerate({**more, **row} for more, row in zip(beside, rows.to_pylist(), strict=True)):
            if have[keys[held[index]]].get("contact_erased"):
                continue  # whoever was erased does not come back with an old file
            if told:
                row["survey"] = told[index]
            if any(not _same(name, row[name], have[keys[held[index]]]) for name in given):
                changed.append(held[index])
        return changed

    def given(self) -> list[str]:
        """Canonical columns that this file says something about."""
        told = {meaning.field for meaning in self.mapping.columns.values()}
        derived = _DERIVED.get(self.mapping.kind, {})
        target = self.target
        named = [
            name
            for name in (*target.plain, *target.refers)
            if name != "attributes" and told & {name, *derived.get(name, ())}
        ]
        if "contact" not in named and "contact" in target.refers and "email" in told:
            named.append("contact")
        if "account" not in named and "account" in target.refers and "account_name" in told:
            named.append("account")
        if "attributes" in target.plain and (told & {"attribute", "attributes"} or self.mapping.besides):
            named.append("attributes")
        return [*dict.fromkeys([*named, *_ALWAYS.get(self.mapping.kind, ())])]


def survey_keys(rows: pa.RecordBatch, mapping: ColumnMapping) -> pa.Array:
    """To which survey each answer belongs, by its key."""
    return pc.fill_null(rows.column("survey"), mapping.survey or DEFAULT_SURVEY)


def _same(name: str, told: Any, have: Mapping[str, Any]) -> bool:
    """Does the store already say what the file says? Files that leave a reference blank say nothing about it."""
    held = have[name]
    if name == "attributes":
        return json.loads(told or "{}").items() <= (held or {}).items()
    if name in ("account", "contact", "ticket", "survey", "subscription"):
        if told is None or told == held:
            return True
        if name == "contact":
            return told == have.get("contact_email")
        return name == "ticket" and (have.get("raw") or {}).get("ticket") == told
    if name == "answered_at" and told is None:
        return True
    if isinstance(told, datetime) and isinstance(held, datetime):
        return told.astimezone(UTC) == held.astimezone(UTC)
    return (told if told is not None else "") == (held if held is not None else "")
