"""One batch of a file read by the fields it was mapped to; every reason against a row is noted once."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nineplus.connectors.files import dates, numbers, words
from nineplus.connectors.files.mapping import Mapping, Meaning
from nineplus.connectors.files.refused import REASONS, Refused
from nineplus.connectors.files.source import Raw, Source
from nineplus.mart.schema import INSTANT

_LENGTHS = {"name": 300, "domain": 255, "priority": 60, "survey": 200, "language": 12, "reason": 60, "email": 320}
_CHANNEL_LENGTH = {"responses": 20, "invitations": 20}
_SECONDS = {"milliseconds": 0.001, "seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86_400.0}


class Reader:
    """The columns of a batch by field. A field that the file does not have is null throughout."""

    def __init__(self, source: Source, mapping: Mapping, raw: Raw) -> None:
        self.source, self.mapping, self.raw, self.kind = source, mapping, raw, mapping.kind
        self.size = len(raw)
        self.at = dict(zip(source.columns, raw.columns, strict=True))
        self.fault = np.zeros(self.size, np.int32)  # 0: none; otherwise index into self.faults
        self.faults: list[tuple[str, str, str]] = [("", "", "")]
        self.notes: Counter[str] = Counter(dict(raw.mended))
        self.blank = pa.nulls(self.size, pa.string())

    def column(self, name: str) -> tuple[str, Meaning] | None:
        return next(iter(self.mapping.of(name)), None)

    def raw_text(self, name: str) -> pa.Array:
        return self.at[found[0]] if (found := self.column(name)) else self.blank

    def text(self, name: str) -> pa.Array:
        """A text field trimmed, null when blank, cut to what the store keeps."""
        found = self.column(name)
        if not found:
            return self.blank
        text = clean(self.at[found[0]])
        most = _CHANNEL_LENGTH.get(self.kind, 60) if name == "channel" else _LENGTHS.get(name, 200)
        if (pc.max(pc.utf8_length(text)).as_py() or 0) > most:
            self.notes["text_cut"] += pc.sum(pc.greater(pc.utf8_length(text), most)).as_py()
            text = pc.utf8_slice_codeunits(text, 0, most)
        return text

    def id(self, name: str) -> pa.Array:
        found = self.column(name)
        if not found:
            return self.blank
        text = clean(self.at[found[0]])
        if found[1].prefix:
            text = pc.binary_join_element_wise(found[1].prefix, text, "")
        if (pc.max(pc.utf8_length(text)).as_py() or 0) > 200:
            self.refuse(pc.greater(pc.utf8_length(text), 200), "id_long", found[0])
        return text

    def score(self) -> pa.Array:
        """The score as it is written; of columns that stand for one choice each, the choice that was made."""
        chosen = [(column, meaning) for column, meaning in self.mapping.of("score") if meaning.value]
        if not chosen:
            return self.raw_text("score")
        said = [
            pc.if_else(clean(self.at[column]).is_valid(), pa.scalar(meaning.value), pa.scalar(None, pa.string()))
            for column, meaning in chosen
        ]
        marks = sum(np.asarray(one.is_valid()).astype(int) for one in said)
        self.refuse(marks > 1, "score_two", chosen[0][0])
        return pc.coalesce(*said)

    def leave_out(self, score: pa.Array) -> None:
        """Refuse the rows that are no answers of customers, as the mapping says."""
        unscored = np.asarray(clean(score).is_null())
        for rule in self.mapping.leave_out:
            where = np.ones(self.size, bool)
            if rule.column:
                if rule.column not in self.at:
                    continue
                said = pc.utf8_lower(clean(self.at[rule.column]))
                listed = pa.array([value.strip().lower() for value in rule.values], pa.string())
                listed = np.asarray(pc.fill_null(pc.is_in(said, value_set=listed), False))
                where = (np.asarray(said.is_valid()) & ~listed) if rule.only else (listed & np.asarray(said.is_valid()))
            self.refuse(where & unscored if rule.without_score else where, rule.code, rule.column)

    def instant(self, name: str, *, required: bool = False) -> pa.Array:
        found = self.column(name)
        if not found:
            return pa.nulls(self.size, INSTANT)
        column, meaning = found
        stamps, bad = dates.instants(self.at[column], order=meaning.order, zone=self.mapping.zone)
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
        coded = clean(self.at[found[0]]).dictionary_encode()
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

    def people(self) -> dict[str, pa.Array]:
        """Contact and account: by id, else by e-mail and name."""
        email = pc.utf8_lower(self.text("email")) if self.column("email") else self.blank
        email = pc.if_else(pc.match_substring(email, "@"), email, pa.scalar(None, pa.string()))
        own, by_email = self.id("contact"), pc.utf8_slice_codeunits(email, 0, 200)
        found = self.column("contact")
        # What another tool counts its people by says less of who they are than their address.
        contact = pc.coalesce(by_email, own) if found and found[1].prefix else pc.coalesce(own, by_email)
        name = self.text("account_name")
        return {
            "contact": contact,
            "account": pc.coalesce(self.id("account"), pc.utf8_slice_codeunits(name, 0, 200)),
            "email": email,
            "contact_name": pc.coalesce(self.text("contact_name"), self.full_name()),
            "account_name": name,
        }

    def full_name(self) -> pa.Array:
        first, last = self.text("first_name"), self.text("last_name")
        return clean(pc.binary_join_element_wise(pc.fill_null(first, ""), pc.fill_null(last, ""), " "))

    def touchpoint(self) -> pa.Array:
        found = self.word("touchpoint", "touchpoint")
        return pc.fill_null(found, self.mapping.touchpoint) if self.mapping.touchpoint else found

    def unit(self, name: str) -> float:
        found = self.column(name)
        return _SECONDS.get(found[1].unit if found else "", 3600.0)

    def sla_met(self) -> pa.Array:
        """Whether the SLA was breached, from a column that says whether it was met."""
        column = self.mapping.column("sla_met") or ""
        text = pc.utf8_lower(clean(self.at[column]))
        said = pc.is_in(
            text, value_set=pa.array(["breached", "missed", "violated", "overdue", "late", "done late", "failed"])
        )
        met, bad = numbers.flags(self.at[column])
        self.refuse(bad, "flag_unknown", column)
        return pc.if_else(pc.fill_null(said, False), pa.scalar(True), pc.invert(met))

    def refused(self) -> list[Refused]:
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


def clean(text: pa.Array) -> pa.Array:
    """Trimmed, with blank as null."""
    trimmed = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
