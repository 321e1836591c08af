"""Deciding whom to ask, planning and queueing, beside the database's own floor for the same rows.

    python benchmarks/asking.py --contacts 100000
    python tests/fixtures/postgres.py python benchmarks/asking.py --contacts 100000

Every contact is due at once: a quarterly survey that was off for a quarter, with audience conditions, every rule at
its default, consent, suppressed addresses, open tickets, zones, holidays, and a history of earlier asks and answers.
Each step runs in a process of its own whose peak memory is taken. The floor writes the same finished invitations and
messages into the same tables, through sqlite3's executemany or PostgreSQL's COPY in one transaction.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta

from table import write

NOW = datetime(2026, 6, 3, 10, tzinfo=UTC)
DAY = timedelta(days=1)
ZONES = (("Europe/Berlin", "DE"), ("America/New_York", "US"), ("Asia/Tokyo", "JP"), ("", ""))
PORTION = 5_000


class Timed:
    """Seconds since it was made, by the clock and of this process's own work."""

    def __init__(self) -> None:
        self.clock, self.work = time.perf_counter(), time.process_time()

    def taken(self) -> dict[str, float]:
        return {"seconds": time.perf_counter() - self.clock, "work": time.process_time() - self.work}


def filled(contacts: int) -> None:
    """Five contacts an account; a third was asked before, a tenth answered, two in a hundred want no more."""
    from nineplus.model.survey import Condition, Content, Plan, Policy, Trigger
    from nineplus.stages.capture.drawing import surveys
    from nineplus.stages.capture.people import suppression
    from nineplus.store.models import Account, Contact, Invitation, Response, Survey, Ticket

    chance = random.Random(9)
    many = {"batch_size": PORTION}
    accounts = Account.objects.bulk_create(
        [
            Account(
                external_id=f"A{n}", revision=0, attributes={"plan": chance.choice(("pro", "basic")), "region": "EMEA"}
            )
            for n in range(contacts // 5)
        ],
        **many,
    )
    people = []
    for n in range(contacts):
        zone, country = chance.choice(ZONES)
        people.append(
            Contact(
                external_id=f"C{n}",
                email=f"person{n}@customer{n // 5}.example",
                account=accounts[n // 5],
                revision=0,
                created_at=NOW - 300 * DAY,
                attributes={"role": chance.choice(("admin", "user"))},
                time_zone=zone,
                country=country,
                consent=chance.choice((True, True, None)),
            )
        )
    people = Contact.objects.bulk_create(people, **many)
    before = Survey.objects.create(name="Before", external_id="before", created_at=NOW, revision=0)
    asked = [person for person in people if chance.random() < 1 / 3]
    rows = Invitation.objects.bulk_create(
        [
            Invitation(
                survey=before,
                contact=person,
                account_id=person.account_id,
                external_id=f"I{person.pk}",
                fate="sent",
                sent_at=NOW - chance.randrange(10, 300) * DAY,
                revision=0,
            )
            for person in asked
        ],
        **many,
    )
    Response.objects.bulk_create(
        [
            Response(
                survey=before,
                invitation=row,
                contact=row.contact,
                account_id=row.account_id,
                score=9,
                answered_at=row.sent_at + DAY,
                external_id=f"R{row.pk}",
                revision=0,
            )
            for row in rows
            if chance.random() < 0.3
        ],
        **many,
    )
    Ticket.objects.bulk_create(
        [
            Ticket(external_id=f"T{n}", account=accounts[n], opened_at=NOW - 5 * DAY, contact=people[5 * n], revision=0)
            for n in range(0, len(accounts), 20)
        ],
        **many,
    )
    for person in people[:: max(1, 50)]:
        suppression.suppress(medium="email", address=person.email, reason="unsubscribed", now=NOW)
    plan = Plan(
        trigger=Trigger(kind="relationship", period_days=91),
        audience=(Condition(attribute="region", values=("EMEA",)), Condition(attribute="role", op="is_set")),
        policy=Policy(hold_open_ticket=True, minimum_age_days=30),
    )
    made = surveys.create(name="Quarterly", touchpoint="relationship", content=Content(), plan=plan, now=NOW - 91 * DAY)
    surveys.publish(made, now=NOW - 91 * DAY)
    surveys.switch(made, state="active", now=NOW - 91 * DAY)


def planned() -> dict[str, float]:
    from nineplus.stages.capture.asking import planning
    from nineplus.store.models import Survey

    survey = Survey.objects.select_related("current").get(name="Quarterly")
    timed = Timed()
    done = planning.plan(survey, now=NOW)
    return {"rows": done.planned + done.skipped.total(), "planned": done.planned} | timed.taken()


def previewed(hours: float) -> dict[str, float]:
    from nineplus.stages.capture.asking.preview import preview
    from nineplus.store.models import Survey

    survey = Survey.objects.select_related("current").get(name="Quarterly")
    survey.planned_to = NOW
    timed = Timed()
    found = preview(survey, now=NOW, hours=hours)
    return {"rows": found.due} | timed.taken()


def floor() -> dict[str, float]:
    """The rows that planning wrote, taken out and written again by the database's own means."""
    from django.db import connection, transaction

    kept = []
    with connection.cursor() as cursor:
        for table, where in (("nineplus_message", "1 = 1"), ("nineplus_invitation", "source = 'nineplus'")):
            cursor.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY id")
            names = [column[0] for column in cursor.description]
            kept.append((table, names, cursor.fetchall()))
            cursor.execute(f"DELETE FROM {table} WHERE {where}")
    timed = Timed()
    with transaction.atomic(), connection.cursor() as cursor:
        for table, names, rows in reversed(kept):
            into = f"{table} ({', '.join(names)})"
            if connection.vendor == "sqlite":
                connection.connection.executemany(f"INSERT INTO {into} VALUES ({', '.join('?' * len(names))})", rows)
            else:
                with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
    return {"rows": sum(len(rows) for _, _, rows in kept)} | timed.taken()


def _step(name: str, contacts: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    steps = {
        "fill": lambda: filled(contacts) or {},
        "plan": planned,
        "day": lambda: previewed(24),
        "period": lambda: previewed(24 * 91),
        "floor": floor,
    }
    found = steps[name]()  # what it took of a core is told too: this machine may have had other work
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found | {"peak_mb": peak}))


def _alone(step: str, contacts: int, home: str) -> dict[str, float]:
    environment = os.environ | {"NINEPLUS_HOME": home, "DJANGO_SETTINGS_MODULE": "nineplus.settings"}
    done = subprocess.run(
        [sys.executable, __file__, "--step", step, "--contacts", str(contacts)],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--step", choices=("fill", "day", "period", "plan", "floor"))
    parser.add_argument("--dry", action="store_true", help="Print, and leave the page as it is.")
    chosen = parser.parse_args()
    if chosen.step:
        return _step(chosen.step, chosen.contacts)
    postgres = "NINEPLUS_DATABASE_URL" in os.environ
    with tempfile.TemporaryDirectory() as home:
        found = {step: _alone(step, chosen.contacts, home) for step in ("fill", "day", "period", "plan", "floor")}
    names = {
        "plan": "decide, plan and queue",
        "floor": f"{'COPY' if postgres else 'executemany'} of the same rows",
        "period": "preview of the whole quarter",
        "day": "preview of the next 24 hours",
    }
    rows = [
        [
            title,
            f"{found[step]['rows']:,.0f}",
            f"{found[step]['seconds']:.2f}",
            f"{found[step]['work']:.2f}",
            f"{found[step]['rows'] / found[step]['seconds']:,.0f}",
            "" if step == "floor" else f"{found[step]['peak_mb']:,.0f}",
        ]
        for step, title in names.items()
    ]
    told = {
        "title": f"Asking {chosen.contacts:,} contacts, {'PostgreSQL' if postgres else 'SQLite'}",
        "head": ["", "rows", "seconds", "of them own work", "rows/s", "peak MB"],
        "rows": rows,
        "command": f"python benchmarks/asking.py --contacts {chosen.contacts}",
        "note": f"{found['plan']['planned']:,.0f} of them are invited, each with a message; the others are skips with "
        "their reason. The floor's rows are invitations and messages together. Own work is what it would take on "
        "an idle machine, without the database server's part.",
    }
    if chosen.dry:
        print(json.dumps(told, indent=1))
    else:
        write("asking-postgresql" if postgres else "asking", **told)


if __name__ == "__main__":
    main()
