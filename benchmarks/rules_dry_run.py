"""A dry run of a rule on many answers, beside the same question written by hand in SQL.

    python benchmarks/rules_dry_run.py [answers]

Fills a database of its own in a folder that is gone afterwards. Seconds of the processor, not of the clock.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 11, 17, 9, tzinfo=UTC)
CONDITIONS = {
    "score": [{"field": "score", "is": "at_most", "value": 6}],
    "score and account": [
        {"field": "score", "is": "at_most", "value": 6},
        {"field": "account", "is": "contains", "value": "7"},
    ],
    "change": [{"field": "change", "is": "at_most", "value": -3}],
}
BY_HAND = {
    "score": "SELECT count(*) FROM nineplus_response WHERE score <= 6 AND answered_at >= %s",
    "score and account": "SELECT count(*) FROM nineplus_response r JOIN nineplus_account a ON a.id = r.account_id "
    "WHERE r.score <= 6 AND a.name LIKE '%%7%%' AND answered_at >= %s",
    "change": "SELECT count(*) FROM (SELECT answered_at, score - lag(score) OVER "
    "(PARTITION BY contact_id ORDER BY answered_at, id) AS change FROM nineplus_response) x "
    "WHERE change <= -3 AND answered_at >= %s",
}


def main(answers: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["NINEPLUS_HOME"] = home
        from nineplus.cli import use_store

        use_store()
        fill(answers)
        measure(answers)


def fill(answers: int) -> None:
    from nineplus.store.models import Account, Contact, Response, Survey

    survey = Survey.objects.create(external_id="S", name="Relationship", created_at=NOW, revision=1)
    people = max(1, answers // 5)
    Account.objects.bulk_create(
        [Account(external_id=f"A{n}", name=f"Company {n}", revision=1) for n in range(people // 4 + 1)],
        batch_size=5_000,
    )
    accounts = list(Account.objects.values_list("pk", flat=True))
    Contact.objects.bulk_create(
        [Contact(external_id=f"C{n}", account_id=accounts[n // 4], revision=1) for n in range(people)], batch_size=5_000
    )
    contacts = list(Contact.objects.values_list("pk", "account"))
    for first in range(0, answers, 50_000):
        Response.objects.bulk_create(
            [
                Response(
                    external_id=f"R{n}",
                    survey=survey,
                    contact_id=contacts[n % people][0],
                    account_id=contacts[n % people][1],
                    score=(n * 7919 + n // people * (n % 7)) % 11,
                    answered_at=NOW - timedelta(seconds=n * 89 * 86_400 // answers),
                    revision=1,
                )
                for n in range(first, min(answers, first + 50_000))
            ],
            batch_size=2_000,
        )


def measure(answers: int) -> None:
    from django.db import connection

    from nineplus.rules.workflows_document import read
    from nineplus.stages.act.rules import trying
    from table import write

    rows = []
    for name, conditions in CONDITIONS.items():
        document = {"name": name, "when": "response.scored", "if": {"all": conditions}, "then": [{"do": "open_case"}]}
        for limits in ({}, {"per": "account"}):
            began = time.process_time()
            found = trying.dry_run(read(document | ({"limits": limits} if limits else {})), now=NOW)
            took = time.process_time() - began
            kind = "dry run, once for an account in 30 days" if limits else "dry run"
            rows.append([name, kind, f"{found.matched:,}", f"{found.fired:,}", f"{took:.2f} s"])
        began = time.process_time()
        with connection.cursor() as cursor:
            cursor.execute(BY_HAND[name], [NOW - timedelta(days=90)])
            counted = cursor.fetchone()[0]
        rows.append([name, "by hand, one count", f"{counted:,}", "", f"{time.process_time() - began:.2f} s"])
    write(
        f"rules-dry-run-{connection.vendor}",
        title=f"A dry run of a rule on {answers:,} answers ({connection.vendor})",
        head=["asked", "how", "it holds for", "it fires for", "processor"],
        rows=rows,
        command=f"python benchmarks/rules_dry_run.py {answers}",
        note="A dry run counts by week, finds the newest examples and counts each action; by hand it is one count.",
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
