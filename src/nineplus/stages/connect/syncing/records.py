"""One portion of what a connector read becomes rows: new ones are added, changed ones changed, equal ones left alone.

Everything a portion names is looked up with a few queries. A row belongs to a key of its own source, or to one that it
carries as an alias (`identity`): then what the other system says is put on the row that is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection as database
from django.db import models

from nineplus.connectors import KINDS, Gone, Item, Kind, Merged, Record, Unusable
from nineplus.stages.capture.answering.amending import said
from nineplus.stages.connect import identity, renewals
from nineplus.stages.connect.bulk import pieces
from nineplus.stages.connect.erased import Erased
from nineplus.stages.connect.syncing import answers, removing
from nineplus.stages.connect.syncing.problems import tell
from nineplus.stages.connect.syncing.referring import MODELS, Referring
from nineplus.stages.connect.syncing.settled import settled
from nineplus.store.bulk import insert_rows
from nineplus.store.models import (
    Attribute,
    Deal,
    Owner,
)

_STAYS = "It was deleted over there; here answers or another system refer to it."


@dataclass(slots=True)
class Counts:
    """What became of a portion."""

    seen: int = 0
    added: int = 0
    changed: int = 0
    same: int = 0
    gone: int = 0
    merged: int = 0
    unusable: int = 0

    def plus(self, other: Mapping[str, int]) -> dict[str, int]:
        return {name: getattr(self, name) + int(other.get(name, 0)) for name in self.__slots__}


@dataclass(slots=True)
class Keeper:
    """Keeps the portions of one stream of one connection. `keep` must run in a transaction of its own.

    `write=False`: everything is looked at and counted, nothing is written.
    """

    connection: int
    source: str
    stream: str
    now: datetime
    write: bool = True
    revision: int = 0
    counts: Counts = field(default_factory=Counts)
    recognised: list[int] = field(default_factory=list)  # people of other sources that this portion knows too
    _slugs: set[str] = field(default_factory=set)
    _erased: Erased = field(init=False)
    _refers: Referring = field(init=False)

    def __post_init__(self) -> None:
        self._erased, self._refers = Erased(self.source), self._referring()

    def keep(self, items: Sequence[Item], *, revision: int = 0) -> Counts:
        """The portion's rows are written in that revision; what became of them."""
        self.revision, self.counts, self._erased = revision, Counts(seen=len(items)), Erased(self.source)
        self.recognised = []
        self._refers = self._referring()
        problems = [item for item in items if isinstance(item, Unusable)]
        for kind in KINDS:
            records = _newest(item for item in items if isinstance(item, Record) and item.kind == kind)
            if records:
                problems += self._kept(kind, records)
        for kind in KINDS:
            merged = {item.key: item.into for item in items if isinstance(item, Merged) and item.kind == kind}
            gone = [item.key for item in items if isinstance(item, Gone) and item.kind == kind]
            if self.write and merged:
                self.counts.merged += identity.merged_there(
                    kind, merged, source=self.source, now=self.now, revision=self.revision
                )
            if self.write and gone:
                if kind in ("accounts", "deals"):
                    renewals.forget(kind, gone, source=self.source, revision=self.revision)
                removed, left = removing.remove(MODELS[kind], gone, source=self.source, revision=self.revision)
                self.counts.gone += removed
                problems += [Unusable(kind, key, "deleted_but_used", _STAYS) for key in left]
        self.counts.unusable = len({(one.kind, one.key) for one in problems})
        if self.write:
            told = [(one.key, one.code, one.reason) for one in problems]
            tell(told, connection=self.connection, stream=self.stream, now=self.now)
        return self.counts

    def _referring(self) -> Referring:
        return Referring(self.source, self.now, self.write, self.revision)

    # -- records of one kind ------------------------------------------------------------------------------------

    def _kept(self, kind: Kind, records: Mapping[str, Record]) -> list[Unusable]:
        problems: list[Unusable] = []
        good: dict[str, dict[str, Any]] = {}
        for key, record in records.items():
            values, wrong = settled(record)
            problems += wrong
            if values is not None:
                good[key] = values
        renewing = {key: values.pop("renews_at") for key, values in good.items() if "renews_at" in values}
        attributes = {key: records[key].attributes for key in good if records[key].attributes}
        self._define(slug for given in attributes.values() for slug in given)
        self._refers.fill(kind, good)
        if kind == "contacts":
            erased = self._erased.has
            for key in [key for key, values in good.items() if erased(key) or erased(values.get("email") or "")]:
                problems.append(Unusable(kind, key, "erased", "It is about a person who was erased here."))
                del good[key]
        if kind == "ticket_events":
            for key in [key for key, values in good.items() if values.get("ticket_id") is None]:
                problems.append(Unusable(kind, key, "ticket_unknown", "Its ticket is not here."))
                del good[key]
        if kind == "responses":
            self._refers.surveys(good)
        have = self._existing(kind, good)
        self._match(kind, good, have)
        new = {key: values for key, values in good.items() if key not in have}
        if kind in ("accounts", "contacts", "tickets", "responses"):
            self._merge_attributes(
                kind, good, attributes, have, {key: answers.raw(records[key], good[key]) for key in good}
            )
        self._add(kind, new)
        self._change(kind, {key: good[key] for key in good if key in have}, have)
        if renewing and self.write:
            self._renew(kind, renewing, good)
        return problems

    def _renew(self, kind: Kind, renewing: Mapping[str, datetime | None], good: Mapping[str, dict[str, Any]]) -> None:
        """What tells of a renewal does so for its account; a deal that was lost does not."""
        rows = self._refers.rows("accounts", renewing) if kind == "accounts" else {}
        told = {}
        for key, at in renewing.items():
            values = good.get(key, {})
            lost = bool(values.get("is_closed")) and values.get("is_won") is False
            account = rows.get(key) if kind == "accounts" else values.get("account_id")
            told[renewals.key_of(kind, key)] = (account, None if lost else at)
        renewals.keep(told, source=self.source, revision=self.revision)

    def _define(self, slugs: Iterable[str]) -> None:
        wanted = {*slugs} - self._slugs
        if not wanted or not self.write:
            return
        there = set(Attribute.objects.filter(slug__in=wanted).values_list("slug", flat=True))
        Attribute.objects.bulk_create(
            [
                Attribute(slug=slug, label=slug.replace("_", " ").capitalize()[:120], created_at=self.now)
                for slug in sorted(wanted - there)
            ],
            ignore_conflicts=True,
        )
        self._slugs |= wanted

    def _existing(self, kind: Kind, good: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """The rows of these keys with the columns that records speak of, by key."""
        names = {name for values in good.values() for name in values}
        if kind in ("accounts", "contacts", "tickets", "responses"):
            names.add("attributes")
        if kind == "responses":
            names |= {"raw", "comment_raw", "answered_at", "signals"}
        columns = ["pk", "source", "external_id", *sorted(names)]
        model, found = MODELS[kind], {}
        for piece in pieces(list(good)):
            rows = model._default_manager.filter(source=self.source, external_id__in=piece)
            found.update((row["external_id"], row) for row in rows.values(*columns))
        missing = [key for key in good if key not in found]
        if carried := identity.aliases(kind, missing, source=self.source):
            rows = {row["pk"]: row for row in model._default_manager.filter(pk__in=carried.values()).values(*columns)}
            found.update({key: rows[pk] for key, pk in carried.items() if pk in rows})
        return found

    def _match(self, kind: Kind, good: Mapping[str, dict[str, Any]], have: dict[str, dict[str, Any]]) -> None:
        """Somebody who is here already under another source's key is not added again."""
        if kind not in ("accounts", "contacts"):
            return
        new = {key: values for key, values in good.items() if key not in have}
        found = identity.match(kind, new, source=self.source, now=self.now, write=self.write)
        if found:
            self.recognised += found.values() if kind == "contacts" else ()
            have.update(self._existing(kind, {key: good[key] for key in found}) if self.write else {})

    def _merge_attributes(
        self,
        kind: Kind,
        good: Mapping[str, dict[str, Any]],
        given: Mapping[str, Mapping[str, str]],
        have: Mapping[str, Mapping[str, Any]],
        raws: Mapping[str, Mapping[str, Any] | None],
    ) -> None:
        for key, values in good.items():
            own = given.get(key, {})
            if kind != "responses":
                merged = {**(have[key]["attributes"] or {} if key in have else {}), **own}
                values["attributes"] = {slug: text for slug, text in merged.items() if text != ""}
                continue
            if "comment" in values:
                values["comment_raw"] = values["comment"]
                values["comment"] = said(values["comment"])
            if raws[key] is not None:
                values["raw"] = dict(raws[key] or {})
            if key in have:
                # What was frozen stays; the answer's own may still change.
                values["attributes"] = {**(have[key]["attributes"] or {}), **own}
            else:
                values["attributes"] = dict(own)
        if kind == "responses":
            answers.freeze({key: values for key, values in good.items() if key not in have})

    def _add(self, kind: Kind, new: Mapping[str, Mapping[str, Any]]) -> None:
        self.counts.added += len(new)
        if not new or not self.write:
            return
        model = MODELS[kind]
        fixed = {"source": self.source, **({"revision": self.revision} if _revised(model) else {})}
        ids = insert_rows(model, [{"external_id": key, **fixed, **values} for key, values in new.items()])
        self._refers.know(kind, zip(new, ids, strict=True))
        if kind == "responses":
            answers.tell_new(zip(ids, new.values(), strict=True), now=self.now)

    def _change(self, kind: Kind, good: Mapping[str, Mapping[str, Any]], have: Mapping[str, Mapping[str, Any]]) -> None:
        model = MODELS[kind]
        changes: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        news: list[int] = []
        changed = 0
        leaves = self._leaves(kind, good, have)
        for key, values in good.items():
            row = have[key]
            told = {
                name: value
                for name, value in values.items()
                if not _equal(value, row[name]) and not leaves(key, name, value)
            }
            if not told:
                self.counts.same += 1
                continue
            changed += 1
            if kind == "responses" and answers.is_news(told):
                told |= answers.revised(told, row, now=self.now)
                news.append(row["pk"])
            names = tuple(sorted(told))
            fields = [model._meta.get_field(_field(name)) for name in names]
            prepared = [
                one.get_db_prep_save(_blank(one, told[name]), database) for one, name in zip(fields, names, strict=True)
            ]
            changes.setdefault(names, []).append((*prepared, *([self.revision] if _revised(model) else []), row["pk"]))
        self.counts.changed += changed
        if not self.write:
            return
        for names, rows in changes.items():
            columns = [model._meta.get_field(_field(name)).column for name in names]
            columns += ["revision"] if _revised(model) else []
            assigned = ", ".join(f'"{column}" = %s' for column in columns)
            with database.cursor() as cursor:
                cursor.executemany(f'UPDATE "{model._meta.db_table}" SET {assigned} WHERE id = %s', rows)
        answers.tell_changed(news, now=self.now)

    def _leaves(
        self, kind: Kind, good: Mapping[str, Mapping[str, Any]], have: Mapping[str, Mapping[str, Any]]
    ) -> Callable[[str, str, Any], bool]:
        """Does the row keep what it has in that column, whatever its record says?

        A record that is carried as an alias takes nothing away; of two records of one system that are one row here,
        the row's own rules. An account that follows from a person's address goes only for another.
        """
        people = kind == "contacts"
        carried = {key: row for key, row in have.items() if key in good and self._foreign(row, key)}
        others = identity.other_addresses([row["pk"] for row in carried.values()]) if people and carried else {}
        lonely = [have[k]["pk"] for k, v in good.items() if people and "account_id" in v and v["account_id"] is None]
        inferred = identity.inferred(lonely) if lonely else set()

        def leaves(key: str, name: str, value: Any) -> bool:
            row = have[key]
            if name == "account_id" and value is None and row["pk"] in inferred:
                return True
            if key not in carried:
                return False
            if value in (None, "") or (name in ("email", "phone") and value in others.get(row["pk"], ())):
                return True
            return row["source"] == self.source and row[name] not in (None, "", {})

        return leaves

    def _foreign(self, row: Mapping[str, Any], key: str) -> bool:
        return row["source"] != self.source or row["external_id"] != key


def _newest(records: Iterable[Record]) -> dict[str, Record]:
    """Of several records of one key the one that was modified last; without times the one that came last."""
    found: dict[str, Record] = {}
    for record in records:
        before = found.get(record.key)
        if before is None or not (
            before.modified_at and record.modified_at and record.modified_at < before.modified_at
        ):
            found[record.key] = record
    return found


def _revised(model: type[models.Model]) -> bool:
    return model not in (Owner, Deal)


def _field(name: str) -> str:
    return name.removesuffix("_id") if name.endswith("_id") else name


def _blank(one: models.Field[Any, Any], value: Any) -> Any:
    return "" if value is None and not one.null else value


def _equal(told: Any, held: Any) -> bool:
    if told is None or held is None:
        return (told if told is not None else "") == (held if held is not None else "")
    return bool(told == held)
