"""A tiny company that changes at random, and remembers what changed."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from nineplus.mart.increment import Changes
from nineplus.mart.schema import SOURCES

START = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = {
    "accounts": "account",
    "contacts": "contact",
    "tickets": "ticket",
    "responses": "response",
    "invitations": "invitation",
    "movements": "movement",
    "cases": "case",
    "nudges": "nudge",
}


class World:
    def __init__(
        self, seed: int, *, accounts: int = 4, contacts: int = 9, tickets: int = 40, responses: int = 40
    ) -> None:
        self.dice = random.Random(seed)
        self.rows: dict[str, dict[str, dict]] = {name: {} for name in SOURCES}
        self.number = 0
        self.forget()
        for make, times in (
            (self.account, accounts),
            (self.contact, contacts),
            (self.ticket, tickets),
            (self.event, 2 * tickets),
            (self.response, responses),
            (self.reading, responses // 2),
            (self.invitation, responses // 2),
            (self.movement, 3 * accounts),
            (self.case, responses // 3),
            (self.nudge, responses // 6),
        ):
            for _ in range(times):
                make()
        self.forget()

    def forget(self) -> None:
        self.changed: dict[str, set[str]] = defaultdict(set)
        self.removed: dict[str, set[str]] = defaultdict(set)

    def changes(self) -> Changes:
        return Changes(
            changed={name: frozenset(keys) for name, keys in self.changed.items()},
            removed={name: frozenset(keys) for name, keys in self.removed.items()},
        )

    def arrow(self) -> dict[str, pa.Table]:
        return {
            name: pa.Table.from_pylist(list(rows.values()), schema=SOURCES[name]) for name, rows in self.rows.items()
        }

    # making and changing

    def key(self) -> str:
        self.number += 1
        return str(self.number)

    def some(self, table: str, chance: float = 1.0) -> str | None:
        if not self.rows[table] or self.dice.random() > chance:
            return None
        return self.dice.choice(sorted(self.rows[table]))

    def instant(self, days: int = 120) -> datetime:
        return START + timedelta(minutes=self.dice.randrange(days * 24 * 60))

    def put(self, table: str, row: dict, key: str) -> None:
        self.rows[table][key] = row
        self.changed[table].add(row["ticket"] if table == "ticket_events" else key)

    def text(self, slug: str) -> str:
        return json.dumps({slug: self.dice.choice(["x", "y", "z", ""])} if self.dice.random() < 0.6 else {})

    def account(self, key: str | None = None) -> None:
        key = key or self.key()
        self.put("accounts", {"account": key, "created_at": self.instant(), "attributes": self.text("tier")}, key)

    def contact(self, key: str | None = None) -> None:
        key = key or self.key()
        row = {"contact": key, "account": self.some("accounts", 0.8), "attributes": self.text("role")}
        self.put("contacts", row, key)

    def ticket(self, key: str | None = None) -> None:
        key = key or self.key()
        opened = self.instant()
        first = opened + timedelta(minutes=self.dice.randrange(3000)) if self.dice.random() < 0.8 else None
        solved = opened + timedelta(minutes=self.dice.randrange(20000)) if self.dice.random() < 0.7 else None
        row = {
            "ticket": key,
            "account": self.some("accounts", 0.5),
            "contact": self.some("contacts", 0.8),
            "opened_at": opened,
            "first_response_at": first,
            "resolved_at": solved,
            "team": self.dice.choice(["a", "b", None]),
            "sla_breached": self.dice.choice([True, False, None]),
            "reopens": self.dice.choice([None, None, 1]),
            "escalated": self.dice.choice([None, None, True]),
        }
        self.put("tickets", row, key)

    def event(self, key: str | None = None) -> None:
        key = key or self.key()
        kind = self.dice.choice(["stage", "owner", "reply", "escalation", "reopen", "resolution"])
        row = {
            "ticket": self.rows["ticket_events"][key]["ticket"]
            if key in self.rows["ticket_events"]
            else self.some("tickets"),
            "at": self.instant(),
            "kind": kind,
            "from_value": self.dice.choice(["Closed", "Open", None]),
            "to_value": self.dice.choice(["Closed", "Open", None]),
            "by_customer": self.dice.choice([True, False, None]),
        }
        self.put("ticket_events", row, key)

    def response(self, key: str | None = None) -> None:
        key = key or self.key()
        row = {
            "response": key,
            "survey": self.dice.choice(["A", "B"]),
            "account": self.some("accounts", 0.3),
            "contact": self.some("contacts", 0.8),
            "ticket": self.some("tickets", 0.3),
            "score": self.dice.randrange(11),
            "comment": self.dice.choice(["good", "", None]),
            "answered_at": self.instant(),
            "attributes": self.text("tier"),
        }
        self.put("responses", row, key)
        for name in ("readings", "mentions"):  # the store joins the time of the answer
            for other in self.rows[name].values():
                if other["response"] == key:
                    other["answered_at"] = row["answered_at"]

    def reading(self, key: str | None = None) -> None:
        """A comment is read, or read anew: other themes, other sentiment."""
        key = key or self.some("responses")
        if key is None:
            return
        at = {"response": key, "answered_at": self.rows["responses"][key]["answered_at"]}
        feeling = self.dice.choice(["positive", "negative", "mixed"])
        self.rows["mentions"] = {k: r for k, r in self.rows["mentions"].items() if r["response"] != key}
        for theme in self.dice.sample(["price", "support", "support.speed"], self.dice.randrange(3)):
            self.rows["mentions"][f"{key} {theme}"] = {**at, "theme": theme, "sentiment": feeling, "sure": 0.5}
        self.put("readings", {**at, "sentiment": feeling, "contradicts": False}, key)

    def invitation(self, key: str | None = None) -> None:
        key = key or self.key()
        row = {
            "invitation": key,
            "account": self.some("accounts", 0.3),
            "contact": self.some("contacts", 0.9),
            "response": self.some("responses", 0.5),
            "sent_at": self.instant() if self.dice.random() < 0.8 else None,
            "fate": "sent",
            "attributes": self.text("role"),
        }
        self.put("invitations", row, key)

    def case(self, key: str | None = None) -> None:
        key = key or self.key()
        opened = self.instant()
        contacted = opened + timedelta(minutes=self.dice.randrange(5000)) if self.dice.random() < 0.6 else None
        row = {
            "case": key,
            "account": self.some("accounts", 0.3),
            "contact": self.some("contacts", 0.8),
            "response": self.some("responses", 0.8),
            "heard_at": opened,
            "team": self.dice.choice(["a", "b", None]),
            "opened_at": opened,
            "due_at": opened + timedelta(days=1),
            "contacted_at": contacted,
            "closed_at": self.dice.choice([None, opened + timedelta(days=2)]),
            "pauses": "[]",
            "merged": self.dice.random() < 0.1,
            "attributes": self.text("tier"),
        }
        self.put("cases", row, key)

    def nudge(self, key: str | None = None) -> None:
        key = key or self.key()
        self.put("nudges", {"nudge": key, "response": self.some("responses"), "nudged_at": self.instant()}, key)

    def movement(self, key: str | None = None) -> None:
        key = key or self.key()
        kind = self.dice.choice(["new", "expansion", "churn", "renewal"])
        amount = -self.dice.randrange(1000) if kind == "churn" else self.dice.randrange(1000)
        row = {"movement": key, "account": self.some("accounts"), "at": self.instant(), "kind": kind}
        self.put("movements", {**row, "amount_minor": amount, "currency": "EUR"}, key)

    def remove(self, table: str) -> None:
        """As the store does it: what pointed there points nowhere, without a revision of its own."""
        key = self.some(table)
        if key is None:
            return
        del self.rows[table][key]
        self.removed[table].add(key)
        self.changed[table].discard(key)
        column = KEYS[table]
        if table == "responses":
            for name in ("readings", "mentions"):
                self.rows[name] = {k: r for k, r in self.rows[name].items() if r["response"] != key}
            self.changed["readings"].discard(key)
        if table == "tickets":
            self.rows["ticket_events"] = {k: r for k, r in self.rows["ticket_events"].items() if r["ticket"] != key}
        if table == "accounts":
            self.rows["movements"] = {k: r for k, r in self.rows["movements"].items() if r["account"] != key}
        for name, rows in self.rows.items():
            if name in ("ticket_events", "nudges"):  # of a nudge the store keeps the number
                continue
            for other in rows.values():
                if other.get(column) == key and name != table:
                    other[column] = None

    def live(self, steps: int) -> None:
        """A few random things happen: new rows, changed rows, removed rows."""
        makers = [
            ("accounts", self.account),
            ("contacts", self.contact),
            ("tickets", self.ticket),
            ("ticket_events", self.event),
            ("responses", self.response),
            ("readings", self.reading),
            ("invitations", self.invitation),
            ("movements", self.movement),
            ("cases", self.case),
            ("nudges", self.nudge),
        ]
        for _ in range(steps):
            table, make = self.dice.choice(makers)
            chance = self.dice.random()
            if chance < 0.4:
                make()
            elif chance < 0.8:
                make(self.some(table))
            elif table not in ("ticket_events", "readings"):
                self.remove(table)
