"""From the rows of a file, as they stand, to canonical rows; what cannot be taken is refused with its reason."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field, replace
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nineplus.connectors.files import comments, dates, numbers, words
from nineplus.connectors.files.fields import ATTRIBUTE, IGNORE, fields
from nineplus.connectors.files.mapping import BadMapping, Mapping, Meaning
from nineplus.connectors.files.refused import GENERAL, REASONS, Refused
from nineplus.connectors.files.repeats import Repeats
from nineplus.connectors.files.source import Raw, Source
from nineplus.mart.schema import INSTANT, SOURCES
from nineplus.model import Note

EXTRA = pa.schema([(name, pa.string()) for name in ("comment_raw", "email", "contact_name", "account_name")])
"""What travels beside the canonical rows: the comment as it came where it was set aside, and names for new rows."""

KEYS = {
    "accounts": "account",
    "contacts": "contact",
    "tickets": "ticket",
    "ticket_events": "",
    "invitations": "invitation",
    "responses": "response",
    "movements": "movement",
}
"""The column that identifies a row. A ticket event has none: its id is made from its content."""

_LENGTHS = {"name": 300, "domain": 255, "priority": 60, "survey": 200, "language": 12, "reason": 60, "email": 320}
_CHANNEL_LENGTH = {"responses": 20, "invitations": 20}
_SECONDS = {"milliseconds": 0.001, "seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86_400.0}
_NOTES = {
    "no_comment": "Comments that say nothing (n/a, STOP, - …) are kept as they came and not counted as comments.",
    "rows_repeated": "Rows that repeat an earlier one of the same id word for word were counted once.",
    "id_made": "Rows without an id got one made from their content, so that the same file twice changes nothing.",
    "ticket_without_account": "Tickets without an account were taken: they count for their team and category only.",
    "sign_turned": "Churn and contraction with a positive amount were read as money lost.",
    "same_day": "Tickets closed on the day they were opened, without a time of day, were read as closed at once.",
    "text_cut": "Texts longer than the store keeps were cut.",
    "nul_characters": "Lines held NUL characters, which were dropped.",
    "mixed_encoding": "Lines held bytes of another encoding, which were read as Windows-1252.",
    "short_row": "Rows had fewer fields than the header; the missing ones were read as blank.",
    "late_columns": "Rows had keys that the first 1,000 rows do not have; these were not read.",
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Canonical rows of one stretch of the file.

    `rows` has exactly the schema SOURCES[kind]; `extra` (EXTRA) and `lines` go with it row by row;
    `keys` are the external ids. `last_line` is how far the file has been read: convert(start_line=…) goes on there.
    """

    rows: pa.RecordBatch
    extra: pa.RecordBatch
    keys: pa.Array
    lines: np.ndarray
    refused: list[Refused]
    notes: tuple[Note, ...]
    last_line: int


def convert(source: Source, mapping: Mapping, *, start_line: int = 0) -> Iterator[Batch]:
    """The file's rows in canonical form, a batch at a time.

    `start_line` skips what ends at or before that line (Batch.last_line of the last batch dealt with); ids come
    out the same as without it. Raises BadMapping when the mapping has problems or names columns that are not there.
    """
    if mapping.problems:
        raise BadMapping(" ".join(mapping.problems))
    if missing := mapping.columns.keys() - set(source.columns):
        raise BadMapping(f"The file has no column {', '.join(map(repr, sorted(missing)))}.")
    return _convert(source, mapping, start_line, _Memory())


@dataclass(slots=True)
class _Memory:
    """What is remembered from batch to batch: ids given, and contents for which ids were made."""

    ids: Repeats = field(default_factory=Repeats)
    contents: Repeats = field(default_factory=Repeats)


def _convert(source: Source, mapping: Mapping, start_line: int, memory: _Memory) -> Iterator[Batch]:
    for raw in source.batches():
        rows = _Rows(source, mapping, raw)
        batch = rows.batch(memory)
        if len(raw) and raw.lines[0] <= start_line < raw.last_line:
            batch = _from_line(batch, start_line)
        if raw.last_line > start_line:
            yield batch


def _from_line(batch: Batch, start_line: int) -> Batch:
    """What of a batch lies beyond that line."""
    keep = pa.array(batch.lines > start_line)
    return replace(
        batch,
        rows=batch.rows.filter(keep),
        extra=batch.extra.filter(keep),
        keys=batch.keys.filter(keep),
        lines=batch.lines[batch.lines > start_line],
        refused=[one for one in batch.refused if one.line > start_line],
    )


def merge_notes(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Notes of many batches as one each, rows summed."""
    sums: Counter[tuple[str, str]] = Counter()
    for note in notes:
        sums[note.code, note.message] += note.rows
    return tuple(Note(code, rows, message) for (code, message), rows in sums.items())


def refusal_notes(
    codes: Counter[str], places: MappingABC[str, Sequence[tuple[str, int]]] | None = None
) -> tuple[Note, ...]:
    """One note per reason for which rows were refused; `places` are the first of them as (file, line)."""
    found = places or {}
    return tuple(
        Note(code, rows, GENERAL.get(code, code) + _where(found.get(code, ()), rows))
        for code, rows in sorted(codes.items())
    )


def _where(places: Sequence[tuple[str, int]], rows: int) -> str:
    """Such as: Lines 62 and 65. The file is named when there are several (it is empty otherwise)."""
    if not places:
        return ""
    named = [f"{line} of {file}" if file else str(line) for file, line in places]
    if rows > len(named):
        named.append(f"{rows - len(named):,} more")
    listed = f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]
    return f" {'Lines' if len(named) > 1 else 'Line'} {listed}."


class _Rows:
    """One batch on its way: columns are read by field, and every reason against a row is noted once."""

    def __init__(self, source: Source, mapping: Mapping, raw: Raw) -> None:
        self.source, self.mapping, self.raw, self.kind = source, mapping, raw, mapping.kind
        self.size = len(raw)
        self.at = dict(zip(source.columns, raw.columns, strict=True))
        self.fault = np.zeros(self.size, np.int32)  # 0: none; otherwise index into self.faults
        self.faults: list[tuple[str, str, str]] = [("", "", "")]
        self.notes: Counter[str] = Counter(dict(raw.mended))
        self.blank = pa.nulls(self.size, pa.string())

    # -- reading ------------------------------------------------------------------------------------------

    def column(self, name: str) -> tuple[str, Meaning] | None:
        return next(iter(self.mapping.of(name)), None)

    def raw_text(self, name: str) -> pa.Array:
        return self.at[found[0]] if (found := self.column(name)) else self.blank

    def text(self, name: str) -> pa.Array:
        """A text field trimmed, null when blank, cut to what the store keeps."""
        found = self.column(name)
        if not found:
            return self.blank
        text = _clean(self.at[found[0]])
        most = _CHANNEL_LENGTH.get(self.kind, 60) if name == "channel" else _LENGTHS.get(name, 200)
        if (pc.max(pc.utf8_length(text)).as_py() or 0) > most:
            self.notes["text_cut"] += pc.sum(pc.greater(pc.utf8_length(text), most)).as_py()
            text = pc.utf8_slice_codeunits(text, 0, most)
        return text

    def id(self, name: str) -> pa.Array:
        found = self.column(name)
        if not found:
            return self.blank
        text = _clean(self.at[found[0]])
        if (pc.max(pc.utf8_length(text)).as_py() or 0) > 200:
            self.refuse(pc.greater(pc.utf8_length(text), 200), "id_long", found[0])
        return text

    def instant(self, name: str, *, required: bool = False) -> pa.Array:
        found = self.column(name)
        if not found:
            return pa.nulls(self.size, INSTANT)
        column, meaning = found
        stamps, bad = dates.instants(self.at[column], order=meaning.order, zone=self.mapping.timezone)
        self.refuse(bad, "date_bad", column, dates.ORDERS.get(meaning.order, ""))
        if required:
            self.refuse(np.asarray(stamps.is_null()) & ~bad, "date_missing", column)
        return stamps

    def flag(self, name: str) -> pa.Array:
        found = self.column(name)
        if not found:
            return pa.nulls(self.size, pa.bool_())
        made, bad = numbers.flags(self.at[found[0]])
        self.refuse(bad, "flag_unknown", found[0])
        return made

    def number(self, name: str) -> pa.Array:
        found = self.column(name)
        if not found:
            return pa.nulls(self.size, pa.float64())
        made, bad = numbers.decimals(self.at[found[0]], comma=found[1].comma)
        self.refuse(bad, "number_bad", found[0])
        return made

    def word(self, name: str, choices: str, *, required: bool = False) -> pa.Array:
        """A field with a fixed set of words."""
        found = self.column(name)
        if not found:
            return self.blank
        coded = _clean(self.at[found[0]]).dictionary_encode()
        known = [words.meaning(text, words.CHOICES[choices]) for text in coded.dictionary.to_pylist()]
        made = pa.array(known, pa.string()).take(coded.indices)
        if required:
            self.refuse(np.asarray(made.is_null()), "word_unknown", found[0], choices)
        return made

    def refuse(self, where: np.ndarray | pa.Array, code: str, column: str = "", more: str = "") -> None:
        """Note this reason against the rows that have none yet."""
        if isinstance(where, pa.Array):
            where = np.asarray(pc.fill_null(where, False))
        if len(where) and where.any():
            self.faults.append((code, column, more))
            self.fault[where & (self.fault == 0)] = len(self.faults) - 1

    # -- one maker per kind -------------------------------------------------------------------------------

    def batch(self, memory: _Memory) -> Batch:
        made = getattr(self, f"_{self.kind}")()
        made, key = self._identify(made, memory)
        keep = self.fault == 0
        extra = {name: made.get(name, self.blank) for name in EXTRA.names}
        schema = SOURCES[self.kind]
        lines = self.raw.lines
        arrays = [made[name].cast(schema.field(name).type) for name in schema.names]
        rows = pa.RecordBatch.from_arrays(arrays, schema=schema)
        beside = pa.RecordBatch.from_arrays([extra[name] for name in EXTRA.names], schema=EXTRA)
        if not keep.all():
            mask = pa.array(keep)
            rows, beside, key, lines = rows.filter(mask), beside.filter(mask), key.filter(mask), lines[keep]
        rows, beside, key, lines = self._spread(rows, beside, key, lines)
        if self.kind == "tickets":
            self.notes["ticket_without_account"] += rows.column("account").null_count
        if self.kind == "responses":
            self.notes["no_comment"] += len(rows) - beside.column("comment_raw").null_count
        return Batch(
            rows=rows,
            extra=beside,
            keys=key,
            lines=lines,
            refused=self._refused(),
            notes=tuple(Note(code, n, _NOTES[code]) for code, n in self.notes.items() if n),
            last_line=self.raw.last_line,
        )

    def _responses(self) -> dict[str, pa.Array]:
        column = self.mapping.column("score") or ""
        score, refusals = numbers.scores(self.raw_text("score"), bands=self.mapping.bands)
        for code, where in sorted(refusals.items()):
            self.refuse(where, code, column)
        if self.mapping.column("excluded"):
            self.refuse(self.flag("excluded"), "excluded", self.mapping.column("excluded") or "")
        comment, set_aside = comments.split(self.raw_text("comment"))
        return {
            "response": self.id("response"),
            "survey": pc.fill_null(self.text("survey"), self.mapping.survey or None)
            if self.mapping.survey
            else self.text("survey"),
            "touchpoint": self._touchpoint(),
            "ticket": self.id("ticket"),
            "score": score,
            "comment": comment,
            "comment_raw": set_aside,
            "answered_at": self.instant("answered_at", required=True),
            "channel": self.text("channel"),
            "language": self.text("language"),
            "attributes": self._attributes(),
            **self._people(),
        }

    def _invitations(self) -> dict[str, pa.Array]:
        fate, reason = self.word("fate", "fate", required=True), self.text("reason")
        unsaid = pc.and_(pc.fill_null(pc.equal(fate, "skipped"), False), reason.is_null())
        return {
            "invitation": self.id("invitation"),
            "survey": self.text("survey"),
            "ticket": self.id("ticket"),
            "response": self.id("response"),
            "channel": self.text("channel"),
            "sent_at": self.instant("sent_at"),
            "fate": fate,
            "reason": pc.if_else(unsaid, "unknown", reason),  # every skip has its reason
            "attributes": self._attributes(),
            **self._people(),
        }

    def _tickets(self) -> dict[str, pa.Array]:
        opened = self.instant("opened_at", required=True)
        answered, resolved = self.instant("first_response_at"), self.instant("resolved_at")
        answered = pc.coalesce(
            answered, _after(opened, self.number("first_response_after"), self._unit("first_response_after"))
        )
        by_length = _after(opened, self.number("resolved_after"), self._unit("resolved_after"))
        dated_only = pc.fill_null(pc.less_equal(pc.utf8_length(_clean(self.raw_text("resolved_at"))), 10), False)
        resolved = pc.if_else(dated_only, pc.coalesce(by_length, resolved), pc.coalesce(resolved, by_length))
        early = pc.fill_null(pc.less(resolved, opened), False)
        same_day = pc.and_(early, pc.and_(dated_only, pc.equal(pc.floor_temporal(opened, unit="day"), resolved)))
        same_day = pc.fill_null(same_day, False)
        self.notes["same_day"] += pc.sum(same_day).as_py() or 0
        resolved = pc.if_else(same_day, opened, resolved)
        self.refuse(pc.less(resolved, opened), "resolved_before_opened", self.mapping.column("resolved_at") or "")
        self.refuse(pc.less(answered, opened), "answered_before_opened", self.mapping.column("first_response_at") or "")
        breached = self.flag("sla_breached")
        if self.mapping.column("sla_met"):
            breached = pc.coalesce(breached, self._sla_met())
        reopens = self.number("reopens")
        self.refuse(pc.less(reopens, 0), "number_bad", self.mapping.column("reopens") or "")
        return {
            "ticket": self.id("ticket"),
            "opened_at": opened,
            "first_response_at": answered,
            "resolved_at": resolved,
            **{name: self.text(name) for name in ("priority", "category", "team", "owner", "channel")},
            "sla_breached": breached,
            "reopens": pc.cast(pc.round(reopens), pa.int32()),
            "escalated": self.flag("escalated"),
            "attributes": self._attributes(),
            **self._people(),
        }

    def _ticket_events(self) -> dict[str, pa.Array]:
        ticket = self.id("ticket")
        self.refuse(ticket.is_null(), "id_missing", self.mapping.column("ticket") or "")
        return {
            "ticket": ticket,
            "at": self.instant("at", required=True),
            "kind": self.word("kind", "event", required=True),
            "from_value": self.text("from_value"),
            "to_value": self.text("to_value"),
            "by_customer": self.flag("by_customer"),
        }

    def _accounts(self) -> dict[str, pa.Array]:
        name, domain = self.text("name"), pc.utf8_lower(self.text("domain"))
        domain = pc.replace_substring_regex(domain, r"^https?://(www\.)?|/.*$", "")
        account = pc.coalesce(self.id("account"), pc.utf8_slice_codeunits(pc.coalesce(domain, name), 0, 200))
        self.refuse(account.is_null(), "id_missing", self.mapping.column("account") or "account")
        return {
            "account": account,
            "name": name,
            "domain": domain,
            "created_at": self.instant("created_at"),
            "attributes": self._attributes(),
        }

    def _contacts(self) -> dict[str, pa.Array]:
        people = self._people()
        contact = people["contact"]
        self.refuse(contact.is_null(), "id_missing", self.mapping.column("contact") or "contact")
        first, last = self.text("first_name"), self.text("last_name")
        joined = pc.binary_join_element_wise(pc.fill_null(first, ""), pc.fill_null(last, ""), " ")
        name = pc.coalesce(self.text("name"), _clean(joined))
        return people | {
            "name": name,
            "created_at": self.instant("created_at"),
            "attributes": self._attributes(),
        }

    def _movements(self) -> dict[str, pa.Array]:
        spans = self.mapping.column("kind") is None
        kind = pa.array(["new"] * self.size, pa.string()) if spans else self.word("kind", "movement", required=True)
        currency = pc.utf8_upper(pc.coalesce(self.text("currency"), pa.scalar(self.mapping.currency or "USD")))
        wrong = pc.invert(pc.match_substring_regex(currency, "^[A-Z]{3}$"))
        self.refuse(wrong, "currency_bad", self.mapping.column("currency") or "")
        minor = pc.cast(pc.round(self.number("amount_minor")), pa.int64())
        minor = pc.coalesce(minor, numbers.minor_units(self.number("amount"), currency))
        amount_column = self.mapping.column("amount") or self.mapping.column("amount_minor") or ""
        self.refuse(minor.is_null(), "number_bad", amount_column)
        down = pc.fill_null(pc.is_in(kind, value_set=pa.array(["churn", "contraction"])), False)
        self.notes["sign_turned"] += pc.sum(pc.and_(down, pc.greater(pc.fill_null(minor, 0), 0))).as_py() or 0
        minor = pc.if_else(down, pc.negate(pc.abs(minor)), minor)
        self.refuse(pc.and_(pc.invert(down), pc.less(minor, 0)), "number_bad", amount_column)
        people = self._people()
        self.refuse(people["account"].is_null(), "account_missing", self.mapping.column("account") or "")
        return people | {
            "movement": self.id("movement") if not spans else pc.coalesce(self.id("movement"), self.id("subscription")),
            "subscription": self.id("subscription"),
            "at": self.instant("started_at" if spans and self.mapping.column("started_at") else "at", required=True),
            "kind": kind,
            "amount_minor": minor,
            "currency": currency,
            **({"ended_at": self.instant("ended_at")} if spans else {}),
        }

    # -- parts --------------------------------------------------------------------------------------------

    def _people(self) -> dict[str, pa.Array]:
        """Contact and account: by id, else by e-mail and name."""
        email = pc.utf8_lower(self.text("email")) if self.column("email") else self.blank
        email = pc.if_else(pc.match_substring(email, "@"), email, pa.scalar(None, pa.string()))
        contact = pc.coalesce(self.id("contact"), pc.utf8_slice_codeunits(email, 0, 200))
        name = self.text("account_name")
        return {
            "contact": contact,
            "account": pc.coalesce(self.id("account"), pc.utf8_slice_codeunits(name, 0, 200)),
            "email": email,
            "contact_name": self.text("contact_name"),
            "account_name": name,
        }

    def _touchpoint(self) -> pa.Array:
        found = self.word("touchpoint", "touchpoint")
        return pc.fill_null(found, self.mapping.touchpoint) if self.mapping.touchpoint else found

    def _unit(self, name: str) -> float:
        found = self.column(name)
        return _SECONDS.get(found[1].unit if found else "", 3600.0)

    def _sla_met(self) -> pa.Array:
        """Whether the SLA was breached, from a column that says whether it was met."""
        column = self.mapping.column("sla_met") or ""
        text = pc.utf8_lower(_clean(self.at[column]))
        said = pc.is_in(
            text, value_set=pa.array(["breached", "missed", "violated", "overdue", "late", "done late", "failed"])
        )
        met, bad = numbers.flags(self.at[column])
        self.refuse(bad, "flag_unknown", column)
        return pc.if_else(pc.fill_null(said, False), pa.scalar(True), pc.invert(met))

    def _attributes(self) -> pa.Array:
        """One JSON object a row, keys in order, blank values left out."""
        parts = []
        for column, meaning in sorted(self.mapping.of(ATTRIBUTE), key=lambda item: item[1].slug):
            coded = _clean(self.at[column]).dictionary_encode()
            key = json.dumps(meaning.slug)
            pieces = [f"{key}: {json.dumps(v, ensure_ascii=False)}" for v in coded.dictionary.to_pylist()]
            parts.append(pa.array(pieces, pa.string()).take(coded.indices))
        given = self.mapping.of("attributes")
        if given:
            return self._given_attributes(given[0][0], parts)
        if not parts:
            return pa.array(["{}"] * self.size, pa.string())
        inside = _joined(parts)
        return pc.binary_join_element_wise("{", inside, "}", "")

    def _given_attributes(self, column: str, parts: list[pa.Array]) -> pa.Array:
        """A column that holds all attributes as one JSON object, with those of other columns added."""
        coded = _clean(self.at[column]).dictionary_encode()
        objects, bad = [], []
        for text in coded.dictionary.to_pylist():
            try:
                value = json.loads(text)
            except ValueError:
                value = None
            bad.append(not isinstance(value, dict))
            value = value if isinstance(value, dict) else {}
            kept = {
                k: v if isinstance(v, str) else json.dumps(v) for k, v in sorted(value.items()) if v not in (None, "")
            }
            objects.append(json.dumps(kept, ensure_ascii=False))
        made = pc.fill_null(pa.array(objects, pa.string()).take(coded.indices), "{}")
        self.refuse(pc.fill_null(pa.array(bad, pa.bool_()).take(coded.indices), False), "json_bad", column)
        if not parts:
            return made
        more = _joined(parts)
        both = pc.binary_join_element_wise(pc.utf8_slice_codeunits(made, 0, -1), more, ", ")
        both = pc.binary_join_element_wise(both, "}", "")
        both = pc.replace_substring_regex(both, r"^\{, ", "{")
        return pc.if_else(pc.equal(more, ""), made, both)

    # -- identity -----------------------------------------------------------------------------------------

    def _identify(self, made: dict[str, pa.Array], memory: _Memory) -> tuple[dict[str, pa.Array], pa.Array]:
        """Every row's external id: its own, or one made from what it says and how often that was said before."""
        name = KEYS[self.kind]
        key = made[name] if name else self.blank
        joined = pc.binary_join_element_wise(*self._telling(), "\x1f", null_handling="replace", null_replacement="")
        if key.null_count:
            key = self._made_ids(key, joined, memory)
        if key.null_count < len(key) and (name and made[name].null_count < len(key)):
            everything = pc.binary_join_element_wise(
                *self.raw.columns, "\x1f", null_handling="replace", null_replacement=""
            )
            keys = _hashes(pc.fill_null(key, ""))
            fit = self.fault == 0
            same, other = np.zeros(self.size, bool), np.zeros(self.size, bool)
            same[fit], other[fit] = memory.ids.repeated(keys[fit], _hashes(everything)[fit])
            self.refuse(other, "id_repeated", self.mapping.column(name) or "")
            self.fault[same & (self.fault == 0)] = -1
            self.notes["rows_repeated"] += int(same.sum())
        if name:
            made[name] = key
        return made, key

    def _telling(self) -> list[pa.Array]:
        """The columns that make a row what it is; attributes may come and go without making it another row."""
        telling = [
            pc.utf8_trim_whitespace(self.at[column])
            for column, meaning in self.mapping.columns.items()
            if meaning.field not in (ATTRIBUTE, IGNORE, "group") and meaning.field in fields(self.kind)
        ]
        return telling or list(self.raw.columns)

    def _made_ids(self, key: pa.Array, joined: pa.Array, memory: _Memory) -> pa.Array:
        missing = np.asarray(key.is_null())
        texts = joined.filter(pa.array(missing)).to_pylist()
        before = memory.contents.occurrences(np.fromiter(map(hash, texts), np.int64, len(texts)))
        made = [
            f"~{blake2b(text.encode(), digest_size=12).hexdigest()}{f'-{n + 1}' if n else ''}"
            for text, n in zip(texts, before.tolist(), strict=True)
        ]
        self.notes["id_made"] += len(made) if KEYS[self.kind] else 0
        full = np.empty(self.size, object)
        full[missing] = made
        return pc.coalesce(key, pa.array(full, pa.string()))

    def _spread(self, rows, beside, key, lines):
        """A subscription with start and end is two movements: what it brought, and what was lost with it."""
        if self.kind != "movements" or self.mapping.column("kind") or not self.mapping.column("ended_at"):
            return rows, beside, key, lines
        keep = pa.array(self.fault == 0)
        ended = dates.instants(
            self.raw_text("ended_at"), order=self.column("ended_at")[1].order, zone=self.mapping.timezone
        )[0].filter(keep)
        over = ended.is_valid()
        table = {name: rows.column(name) for name in rows.schema.names}
        lost = {name: column.filter(over) for name, column in table.items()}
        suffixed = pc.binary_join_element_wise(key.filter(over), "churn", ":")
        lost |= {
            "movement": suffixed,
            "at": ended.filter(over),
            "kind": pa.array(["churn"] * len(suffixed), pa.string()),
            "amount_minor": pc.negate(lost["amount_minor"]),
        }
        begun = pc.binary_join_element_wise(key, "new", ":")
        table["movement"] = begun
        both = [pa.concat_arrays([table[name], lost[name]]) for name in rows.schema.names]
        doubled = pa.concat_arrays([begun, suffixed])
        beside = pa.RecordBatch.from_arrays(
            [pa.concat_arrays([column, column.filter(over)]) for column in beside.columns], schema=EXTRA
        )
        return (
            pa.RecordBatch.from_arrays(both, schema=rows.schema),
            beside,
            doubled,
            np.concatenate([lines, lines[np.asarray(over)]]),
        )

    # -- refusals -----------------------------------------------------------------------------------------

    def _refused(self) -> list[Refused]:
        made = [
            Refused(one.line, "", one.code, one.reason, dict(zip(self.source.columns, one.row, strict=False)))
            for one in self.raw.broken
        ]
        where = np.flatnonzero(self.fault > 0)
        cells = [column.take(pa.array(where)).to_pylist() for column in self.raw.columns]
        for position, row in enumerate(zip(*cells, strict=True)):
            index = int(where[position])
            code, column, more = self.faults[self.fault[index]]
            values = dict(zip(self.source.columns, row, strict=True))
            shown = (values.get(column) or "").strip()[:60]
            reason = REASONS[code].format(value=shown, column=column, order=more, field=more)
            made.append(Refused(int(self.raw.lines[index]), column, code, reason, values))
        return sorted(made, key=lambda one: one.line)


def _clean(text: pa.Array) -> pa.Array:
    """Trimmed, with blank as null."""
    trimmed = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _joined(parts: list[pa.Array]) -> pa.Array:
    """Pieces with a comma between them. (Arrow's own null_handling="skip" loses rows that are null throughout.)"""
    ended = [pc.fill_null(pc.binary_join_element_wise(part, "", ", "), "") for part in parts]
    return pc.utf8_slice_codeunits(pc.binary_join_element_wise(*ended, ""), 0, -2)


def _hashes(text: pa.Array) -> np.ndarray:
    return np.fromiter(map(hash, text.to_pylist()), np.int64, len(text))


def _after(start: pa.Array, length: pa.Array, seconds: float) -> pa.Array:
    """The instant that lies this long after another."""
    micros = pc.cast(pc.round(pc.multiply(length, seconds * 1_000_000)), pa.int64())
    return pc.add(pc.cast(start, pa.int64()), micros).cast(INSTANT)
