"""Writing one batch of canonical rows: new ones added, changed ones changed and journaled, equal ones left alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from django.utils.dateparse import parse_datetime

from nineplus.connectors.files import Batch, Refused
from nineplus.connectors.files import Mapping as ColumnMapping
from nineplus.mart.schema import INSTANT
from nineplus.stages.connect import bulk, renewals
from nineplus.stages.connect.erased import Erased
from nineplus.stages.connect.fitting import Fitting
from nineplus.stages.connect.holding import Holding, survey_keys
from nineplus.stages.connect.references import References, ids
from nineplus.stages.connect.syncing import answers
from nineplus.stages.connect.tables import TARGETS, Target
from nineplus.store.models import Attribute, Import, ImportChange, ImportRow


@dataclass(slots=True)
class Written:
    """What one batch did."""

    added: int = 0
    changed: int = 0
    same: int = 0
    refused: list[Refused] = field(default_factory=list)


@dataclass(slots=True)
class Writer:
    """Writes the batches of one import. Every call must run in a transaction of its own that also holds its counts."""

    owner: Import
    mapping: ColumnMapping
    references: References
    columns: tuple[str, ...] = ()
    """The columns of the source file, to show a refused row as it came."""
    erased: Erased = field(init=False)

    def __post_init__(self) -> None:
        self.erased = Erased(self.owner.source)

    @property
    def target(self) -> Target:
        return TARGETS[self.mapping.kind]

    def write(self, batch: Batch, *, revision: int) -> Written:
        batch, written = self._fitted(batch)
        self._define_attributes(batch)
        if len(batch.rows):
            rows = self._stored(batch, revision=revision)
            fixed = {"source": self.owner.source, "added_by_id": self.owner.pk, "revision": revision}
            newest = self._newest()
            written.added = bulk.insert_new(self.target.model, rows, fixed)
            if written.added < len(batch.rows):
                have = self.holding.rows(batch.keys, newest=newest)
                self._change(batch, rows, have, written, revision)
            if self.mapping.column("renews_at"):
                renewals.keep_batch(batch, rows.get("account_id"), through=self.owner, revision=revision)
        self._keep_refused(written.refused)
        return written

    def compare(self, batch: Batch) -> Written:
        """What `write` would do, without doing it."""
        batch, written = self._fitted(batch)
        have = self.holding.rows(batch.keys)
        written.changed = len(self.holding.changed(batch, have))
        held = sum(1 for key in batch.keys.to_pylist() if key in have)
        written.added, written.same = len(batch.rows) - held, written.same + held - written.changed
        return written

    @property
    def holding(self) -> Holding:
        return Holding(self.owner.source, self.mapping)

    def _fitted(self, batch: Batch) -> tuple[Batch, Written]:
        """The rows that are to be written, each under the id by which the store knows it."""
        fitting = Fitting(self.holding, self.references, self.erased, list(batch.refused))
        batch = fitting.fit(batch)
        return batch, Written(refused=fitting.refused, same=fitting.same)

    # -- what is written ------------------------------------------------------------------------------------

    def _newest(self) -> int:
        return self.target.model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def _stored(self, batch: Batch, *, revision: int) -> dict[str, pa.Array]:
        """The batch as columns of the table."""
        target, rows = self.target, batch.rows
        stored: dict[str, pa.Array] = {"external_id": batch.keys}
        for name in target.plain:
            column = batch.extra.column(name) if name not in rows.schema.names else rows.column(name)
            stored[name] = pc.fill_null(column, "") if target.is_text(name) else column
        inherited = self._refer(batch, stored, revision=revision)
        if self.mapping.kind == "responses":
            if rows.column("answered_at").null_count:
                stored["answered_at"] = pc.fill_null(
                    rows.column("answered_at"), pa.scalar(self.owner.created_at, INSTANT)
                )
            stored["comment_raw"] = pc.fill_null(batch.extra.column("comment_raw"), "")
            stored["attributes"] = _frozen(stored["attributes"], *inherited)
            stored["raw"] = _pending(rows.column("ticket"), stored["ticket_id"])
        return stored

    def _refer(self, batch: Batch, stored: dict[str, pa.Array], *, revision: int) -> tuple[list, list]:
        """Fill in the foreign keys; what contacts and accounts hand down to an answer, row by row."""
        rows, extra, known = batch.rows, batch.extra, self.references
        wanted = self.target.refers
        accounts = contacts = pa.nulls(len(rows), pa.int64())
        by_contact: Mapping[str, Any] = {}
        if "account" in wanted:
            keys = rows.column("account")
            accounts = ids(keys, known.accounts(keys, extra.column("account_name"), revision=revision))
        if "contact" in wanted:
            keys = rows.column("contact")
            of_contact = _pairs(keys, accounts)
            by_contact = known.contacts(
                keys, extra.column("email"), extra.column("contact_name"), accounts=of_contact, revision=revision
            )
            contacts = ids(keys, by_contact)
            coded = keys.dictionary_encode()
            theirs = [by_contact[key].account if key in by_contact else None for key in coded.dictionary.to_pylist()]
            accounts = pc.coalesce(accounts, pa.array(theirs, pa.int64()).take(coded.indices))
        if "account" in wanted:
            stored["account_id"] = accounts
        if "contact" in wanted:
            stored["contact_id"] = contacts
        if "ticket" in wanted:
            keys = rows.column("ticket")
            stored["ticket_id"] = ids(keys, known.tickets(keys))
        if "survey" in wanted:
            keys = survey_keys(rows, self.mapping)
            points = dict(zip(keys.to_pylist(), self._touchpoints(rows), strict=True))
            stored["survey_id"] = ids(keys, known.surveys(keys, points, revision=revision))
        if "subscription" in wanted:
            keys = rows.column("subscription")
            found = known.subscriptions(keys, accounts=_pairs(keys, accounts), revision=revision)
            stored["subscription_id"] = ids(keys, found)
        if self.mapping.kind != "responses":
            return [], []
        of_account = known.account_attributes(accounts.unique().to_pylist())
        return (
            [by_contact[key].attributes if key in by_contact else {} for key in rows.column("contact").to_pylist()]
            if any(row.attributes for row in by_contact.values())
            else [],
            [of_account.get(key, {}) for key in accounts.to_pylist()] if any(of_account.values()) else [],
        )

    def _touchpoints(self, rows: pa.RecordBatch) -> list[str | None]:
        if "touchpoint" not in rows.schema.names:
            return [self.mapping.touchpoint or None] * len(rows)
        return rows.column("touchpoint").to_pylist()

    def _define_attributes(self, batch: Batch) -> None:
        """Every attribute that rows carry is defined, so that one can segment by it."""
        if "attributes" not in batch.rows.schema.names:
            return
        labels = dict(self.mapping.attributes)
        if self.mapping.column("attributes"):
            for text in pc.unique(batch.rows.column("attributes")).to_pylist():
                labels.update({slug: slug.replace("_", " ").capitalize() for slug in json.loads(text)})
        known = set(self.owner.report.get("attributes", ()))
        fresh = [
            Attribute(slug=slug, label=label[:120], created_at=self.references.now)
            for slug, label in labels.items()
            if slug not in known
        ]
        if fresh:
            before = set(Attribute.objects.filter(slug__in=labels).values_list("slug", flat=True))
            Attribute.objects.bulk_create([one for one in fresh if one.slug not in before], ignore_conflicts=True)
            added = self.owner.report.setdefault("attributes_added", [])
            added += [one.slug for one in fresh if one.slug not in before]
            self.owner.report["attributes"] = sorted(known | set(labels))

    def _change(
        self,
        batch: Batch,
        rows: Mapping[str, pa.Array],
        have: Mapping[str, dict[str, Any]],
        written: Written,
        revision: int,
    ) -> None:
        changed = self.holding.changed(batch, have)
        written.changed = len(changed)
        written.same += len(batch.rows) - written.added - len(changed)
        if not changed:
            return
        target = self.target
        names = [f"{name}_id" if name in target.refers else name for name in self.holding.given()]
        if "comment" in names:
            names.append("comment_raw")
        if "ticket_id" in names and self.mapping.kind == "responses":
            names.append("raw")
        place = pa.array(changed, pa.int64())
        # What an answer inherited stays frozen: only its own attributes may change.
        own = {"attributes": batch.rows.column("attributes")} if "attributes" in names else {}
        incoming = pa.table({name: {**rows, **own}[name].take(place) for name in names}).to_pylist()
        keys = batch.keys.take(place).to_pylist()
        pks = [have[key]["id"] for key in keys]
        before = {}
        for piece in bulk.pieces(pks):
            found = target.model.objects.filter(pk__in=piece).values("id", "revision", *names)
            before.update((row["id"], row) for row in found)
        fields = {
            name: target.model._meta.get_field(name.removesuffix("_id") if name.endswith("_id") else name)
            for name in names
        }
        updates, journal = [], []
        for pk, row in zip(pks, incoming, strict=True):
            old = before[pk]
            for name in ("attributes", "raw"):
                if name in row:
                    row[name] = {**(old.get(name) or {}), **json.loads(row[name] or "{}")}
            values = [fields[name].get_db_prep_save(row[name], connection) for name in names]
            updates.append((*values, revision, pk))
            kept = {name: _kept(old[name]) for name in names}
            journal.append(
                ImportChange(
                    source_import=self.owner,
                    table=target.table,
                    row=pk,
                    before={"columns": kept, "revision": old["revision"], "written": revision},
                )
            )
        assignments = ", ".join(f'"{fields[name].column}" = %s' for name in names)
        with connection.cursor() as cursor:
            cursor.executemany(
                f'UPDATE "{target.model._meta.db_table}" SET {assignments}, revision = %s WHERE id = %s', updates
            )
        ImportChange.objects.bulk_create(journal, batch_size=1_000)
        if self.mapping.kind == "responses" and "score" in names:
            news = (pk for pk, row in zip(pks, incoming, strict=True) if row["score"] != before[pk]["score"])
            answers.tell_changed(news, now=self.references.now)

    def _keep_refused(self, refused: Sequence[Refused]) -> None:
        bulk.insert(
            ImportRow,
            ("source_import_id", "line", "row", "column", "code", "reason"),
            [
                (
                    self.owner.pk,
                    one.line,
                    json.dumps(dict(one.row), ensure_ascii=False),
                    one.column[:255],
                    one.code,
                    one.reason,
                )
                for one in refused
            ],
        ) if refused else None


def _frozen(own: pa.Array, of_contact: list, of_account: list) -> pa.Array:
    """What an answer can be segmented by, as it stood: its own attributes, then its contact's, then its account's."""
    if not of_contact and not of_account:
        return own
    size = len(own)
    merged: dict[tuple, str] = {}
    texts = []
    for text, contact, account in zip(
        own.to_pylist(), of_contact or [{}] * size, of_account or [{}] * size, strict=True
    ):
        key = (text, id(contact), id(account))
        if key not in merged:
            merged[key] = json.dumps({**account, **contact, **json.loads(text)}, ensure_ascii=False)
        texts.append(merged[key])
    return pa.array(texts, pa.string())


def _pending(tickets: pa.Array, found: pa.Array) -> pa.Array:
    """The ticket an answer names while the store does not have it: kept until the tickets come."""
    waiting = pc.and_(tickets.is_valid(), found.is_null())
    if not pc.any(waiting).as_py():
        return pa.nulls(len(tickets), pa.string())
    texts = [
        json.dumps({"ticket": key}) if wait else None
        for key, wait in zip(tickets.to_pylist(), waiting.to_pylist(), strict=True)
    ]
    return pa.array(texts, pa.string())


def _pairs(keys: pa.Array, accounts: pa.Array) -> dict[str, int]:
    return {k: a for k, a in zip(keys.to_pylist(), accounts.to_pylist(), strict=True) if k and a}


def _kept(value: Any) -> Any:
    """A value as the journal keeps it."""
    return {"instant": value.isoformat()} if isinstance(value, datetime) else value


def restored(value: Any) -> Any:
    """A value from the journal."""
    if isinstance(value, dict) and value.keys() == {"instant"}:
        return parse_datetime(value["instant"])
    return value
