"""Only what changed: which rows are stale, what they are now, and the months in which they lie or lay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from nineplus.mart import delta
from nineplus.mart.dataset import Attribute
from nineplus.mart.engines.duckdb import ENGINE
from nineplus.mart.folder import read_manifest
from nineplus.mart.instants import DAY, HOUR
from nineplus.mart.plan import table_name
from nineplus.mart.promises import by_attribute
from nineplus.mart.rebuild import distinct_counts, drop_views, known_counts, pairs, row_counts
from nineplus.mart.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed in SOURCES: per table the keys of new or changed rows, and of removed ones.

    Keys are those of the first column of the SOURCES table, as text: of `ticket_events` the ticket, of
    `movements` the account. A removed event cannot name its ticket any more: any key makes it a rebuild.
    `all`: everything may have changed.
    """

    changed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    removed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    all: bool = False

    @property
    def nothing(self) -> bool:
        return not self.all and not any(self.changed.values()) and not any(self.removed.values())

    def new(self, table: str) -> set[str]:
        return set(self.changed.get(table, ()))

    def touched(self, table: str) -> set[str]:
        return self.new(table) | set(self.removed.get(table, ()))


class EverythingChanged(Exception):
    """What is found on the way makes an increment wrong."""


class Increment:
    """One refresh: which rows are stale, what they are now, which months that touches.

    Key tables are `nineplus_stale_<table>`; the mart as it was is `nineplus_old_<table>`, narrowed to what stays
    by `NOT IN`; fetched sources are `nineplus_in_<source>`.
    """

    def __init__(self, folder: Path, before: delta.Manifest, work: Workspace, changed: Changes) -> None:
        self.folder = folder
        self.before = before
        self.versions = delta.back_to(folder, before.versions)
        self.work = work
        self.changed = changed
        self.window = before.rule.window_days * DAY
        self.has_tickets = "tickets" in before.versions
        self.stale_tickets: set[str] = set()

    def run(self) -> None:
        now = replace(self.before, versions=self.versions)
        views = read_manifest(ENGINE, self.work.connection, self.folder, now, prefix=table_name("old"))
        try:
            self.gone_accounts = self.work.keys("gone_accounts", self.changed.removed.get("accounts", ()))
            self.contacts = self.work.keys("stale_contacts", self.changed.touched("contacts"))
            self.accounts = self.work.keys("stale_accounts", self.changed.touched("accounts"))
            if self.has_tickets:
                self._tickets()
            self._responses()
            self._comments()
            self._invitations()
            self._follow_ups()
            self._accounts()
            self._contacts()
            if "account_months" in self.versions and (
                self.changed.touched("movements") or self.changed.removed.get("accounts")
            ):
                self.work.view("in_movements", self.work.whole("movements"))
                self._write("account_months", self.work.statements.sql("account_months"))
        finally:
            drop_views(self.work, views.values())

    def _tickets(self) -> None:
        work = self.work
        if self.changed.touched("accounts") and by_attribute(self.before.rule):
            raise EverythingChanged  # what was promised to their tickets may be another thing now
        stale = self.changed.touched("tickets") | self.changed.new("ticket_events")
        if self.changed.touched("contacts") or self.changed.removed.get("accounts"):
            # rows that lost their account to its removal bear no revision of their own
            stale |= work.texts(
                f"""SELECT ticket FROM nineplus_old_tickets
                    WHERE contact IN (SELECT key FROM {self.contacts})
                       OR account IN (SELECT key FROM {self.gone_accounts})"""
            )
        self.stale_tickets = stale
        keys = work.keys("stale_tickets", stale)
        if not stale:
            work.view("all_tickets", "SELECT * FROM nineplus_old_tickets")
            return
        fetched = work.rows_of("tickets", "ticket", stale)
        if self.changed.removed.get("tickets") and "ticket_events" in work.given:
            work.view("in_ticket_events", work.whole("ticket_events"))
            if known_counts(work) != self.before.known:
                raise EverythingChanged
            work.drop("in_ticket_events")
        if work.rows_of("ticket_events", "ticket", stale) and set(known_counts(work)) - set(self.before.known):
            raise EverythingChanged
        if by_attribute(self.before.rule):
            self._people_of("tickets")
        else:
            work.rows_of("contacts", "contact", work.texts(f"SELECT DISTINCT contact FROM {fetched}"))
        fresh = work.run("served")
        fresh = work.table("fresh_tickets", f"SELECT * FROM {fresh}")
        self._parties(keys)
        self._replace("tickets", "ticket", keys, fresh)
        work.view(
            "all_tickets",
            f"""SELECT * FROM nineplus_old_tickets WHERE ticket NOT IN (SELECT key FROM {keys})
                UNION ALL BY NAME SELECT * FROM {fresh}""",
        )

    def _parties(self, keys: str) -> None:
        """Contacts and accounts whose answers may now be explained otherwise, and from when to when."""
        for party in ("contact", "account"):
            self.work.table(
                f"stale_{party}_spans",
                f"""
                WITH both_ AS (
                    SELECT * FROM nineplus_old_tickets WHERE ticket IN (SELECT key FROM {keys})
                    UNION ALL BY NAME SELECT * FROM nineplus_fresh_tickets
                )
                SELECT {party}, min(epoch_us(opened_at)) - {self.window} AS since,
                    max(greatest(epoch_us(opened_at), epoch_us(resolved_at),
                        epoch_us(opened_at) + CAST(ceil(first_response_hours * {HOUR}) AS BIGINT))) + {self.window} + 1
                        AS until
                FROM both_ WHERE {party} IS NOT NULL GROUP BY {party}""",
            )

    def _stale_responses(self) -> set[str]:
        work = self.work
        stale = self.changed.touched("responses")
        if self.changed.touched("contacts") or self.changed.touched("accounts"):
            stale |= work.texts(
                f"""SELECT response FROM nineplus_old_responses
                    WHERE contact IN (SELECT key FROM {self.contacts})
                       OR account IN (SELECT key FROM {self.accounts})"""
            )
        if not self.stale_tickets:
            return stale
        if work.rows_of("responses", "ticket", self.stale_tickets):
            stale |= work.texts("SELECT response FROM nineplus_in_responses")
        # of an account's tickets only where the contact's own do not decide
        return stale | work.texts(
            """
            SELECT response FROM nineplus_old_response_ticket WHERE ticket IN (SELECT key FROM nineplus_stale_tickets)
            UNION SELECT response FROM nineplus_old_responses r JOIN nineplus_stale_contact_spans USING (contact)
                WHERE r.miss IN ('no_ticket', 'only_later', 'left_out')
            UNION SELECT response FROM nineplus_old_responses
                WHERE later_ticket IN (SELECT key FROM nineplus_stale_tickets)
            UNION SELECT response FROM nineplus_old_responses r JOIN nineplus_stale_contact_spans USING (contact)
                WHERE epoch_us(r.answered_at) >= since
            UNION SELECT response FROM nineplus_old_responses r JOIN nineplus_stale_account_spans USING (account)
                WHERE epoch_us(r.answered_at) BETWEEN since AND until AND (r.contact IS NULL OR r.tier IN ('T3', 'T0'))
            """
        )

    def _responses(self) -> None:
        work = self.work
        stale = self._stale_responses()
        if not stale:
            return
        keys = work.keys("stale_responses", stale)
        work.rows_of("responses", "response", stale)
        self._people_of("responses")
        work.run("asked")
        if self.has_tickets:
            work.table(
                "served",
                """SELECT * FROM nineplus_all_tickets
                   WHERE contact IN (SELECT contact FROM nineplus_asked)
                      OR account IN (SELECT account FROM nineplus_asked)
                      OR ticket IN (SELECT ticket FROM nineplus_asked)""",
            )
            matched = work.run("matched")
            work.rows_of(
                "ticket_events", "ticket", work.texts(f"SELECT DISTINCT ticket FROM {matched} WHERE NOT finished")
            )
            work.run("linked")
            fresh = work.table("fresh_response_ticket", work.statements.sql("response_ticket"))
            self._replace("response_ticket", "response", keys, fresh)
        fresh = work.table("fresh_responses", work.statements.sql("responses"))
        self._replace("responses", "response", keys, fresh)

    def _comments(self) -> None:
        if "response_reading" not in self.versions:
            return
        stale = self.changed.touched("responses") | self.changed.touched("readings")
        if not stale:
            return
        work = self.work
        keys = work.keys("stale_comments", stale)
        for source, table in (("readings", "response_reading"), ("mentions", "response_theme")):
            if table in self.versions:
                work.rows_of(source, "response", stale)
                fresh = work.table(f"fresh_{table}", work.statements.sql(table))
                self._replace(table, "response", keys, fresh)

    def _people_of(self, source: str) -> None:
        work, rows = self.work, table_name("in_" + source)
        contacts = work.rows_of("contacts", "contact", work.texts(f"SELECT DISTINCT contact FROM {rows}"))
        accounts = work.texts(f"SELECT DISTINCT account FROM {rows}")
        if contacts:
            accounts |= work.texts(f"SELECT DISTINCT account FROM {contacts}")
        work.rows_of("accounts", "account", accounts)

    def _invitations(self) -> None:
        if "invitations" not in self.versions:
            return
        work = self.work
        answers = self.changed.touched("responses")
        answered = work.keys("answers", answers)
        stale = self.changed.touched("invitations") | work.texts(
            f"""SELECT invitation FROM nineplus_old_invitations WHERE response IN (SELECT key FROM {answered})
                OR contact IN (SELECT key FROM {self.contacts}) OR account IN (SELECT key FROM {self.accounts})"""
        )
        if answers:
            fetched = work.rows_of("invitations", "response", answers)
            stale |= work.texts(f"SELECT invitation FROM {fetched}")
        if not stale:
            return
        keys = work.keys("stale_invitations", stale)
        fetched = work.rows_of("invitations", "invitation", stale)
        self._people_of("invitations")
        work.rows_of("responses", "response", work.texts(f"SELECT DISTINCT response FROM {fetched}"))
        fresh = work.table("fresh_invitations", work.statements.sql("invitations"))
        self._replace("invitations", "invitation", keys, fresh)

    def _follow_ups(self) -> None:
        work = self.work
        if "nudges" in self.versions and (nudged := self.changed.touched("nudges")):
            work.rows_of("nudges", "nudge", nudged)
            self._amend("nudges", "nudge", work.keys("stale_nudges", nudged))
        if "follow_ups" not in self.versions:
            return
        answers = work.keys("answers", self.changed.touched("responses"))
        stale = self.changed.touched("cases") | work.texts(
            f"""SELECT "case" FROM nineplus_old_follow_ups WHERE response IN (SELECT key FROM {answers})
                OR contact IN (SELECT key FROM {self.contacts}) OR account IN (SELECT key FROM {self.accounts})"""
        )
        if stale:
            work.rows_of("cases", "case", stale)
            self._people_of("cases")
            self._amend("follow_ups", "case", work.keys("stale_cases", stale))

    def _accounts(self) -> None:
        stale = self.changed.touched("accounts")
        if "accounts" in self.versions and stale:
            self.work.rows_of("accounts", "account", stale)
            self._amend("accounts", "account", self.accounts)

    def _contacts(self) -> None:
        if "contacts" not in self.versions:
            return
        stale = self.changed.touched("contacts") | self.work.texts(
            f"SELECT contact FROM nineplus_old_contacts WHERE account IN (SELECT key FROM {self.gone_accounts})"
        )
        if stale:
            self.work.rows_of("contacts", "contact", stale)
            self._amend("contacts", "contact", self.work.keys("stale_contacts", stale))

    # writing

    def _amend(self, table: str, key: str, keys: str) -> None:
        """An uncut table: what stays and what came."""
        self._write(
            table,
            f"""SELECT * FROM nineplus_old_{table} WHERE "{key}" NOT IN (SELECT key FROM {keys})
                UNION ALL BY NAME ({self.work.statements.sql(table)})""",
        )

    def _write(self, table: str, query: str) -> None:
        self.versions[table] = delta.write_whole(self.folder, table, self.work.reader(query))

    def _replace(self, table: str, key: str, keys: str, fresh: str) -> None:
        """The months where rows went or came: what stays of them and what came."""
        old = table_name("old_" + table)
        months = set(
            self.work.values(
                f"""SELECT DISTINCT month FROM {old} WHERE "{key}" IN (SELECT key FROM {keys})
                    UNION SELECT DISTINCT month FROM {fresh}"""
            )
        )
        if not months:
            return
        days = ", ".join(f"DATE '{month.isoformat()}'" for month in months if month is not None)
        touched = f"month IN ({days})" if days else "false"
        if None in months:
            touched = f"({touched} OR month IS NULL)"
        rows = f"""SELECT * FROM {old} WHERE {touched} AND "{key}" NOT IN (SELECT key FROM {keys})
                   UNION ALL BY NAME SELECT * FROM {fresh}"""
        self.versions[table] = delta.write_months(self.folder, table, self.work.reader(rows), months)

    def manifest(self, *, attributes: Sequence[Attribute], revision: int, now: datetime) -> delta.Manifest:
        sequence = delta.next_sequence(self.folder)
        made = replace(
            self.before,
            sequence=sequence,
            id=delta.snapshot_id(self.folder, sequence, self.versions, now),
            made_at=now,
            revision=revision,
            versions=self.versions,
            rows=row_counts(self.folder, self.versions),
            attributes=pairs(attributes),
        )
        # what varied varies still: only columns that did not are counted again
        flat = [column for column, number in made.values.items() if number < 2]
        if flat and made.versions["responses"] != self.before.versions["responses"]:
            made = replace(made, values={**made.values, **distinct_counts(self.work, self.folder, made, flat)})
        return made
