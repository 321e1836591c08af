"""A connection read by a process that is killed again and again. Run as a command by test_syncing_killed.py."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
PEOPLE, CASES = 400, 300


def main(kills: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections as databases

    from nineplus.connectors import Record
    from nineplus.stages.connect.syncing import connections, running
    from nineplus.store.models import Connection, Contact, StreamState, Ticket, TicketEvent
    from tests.fixtures.other_system import OtherSystem

    call_command("migrate", verbosity=0)
    there = OtherSystem(page=10, pause=0.01)
    there.items = {
        "people": [Record("contacts", f"c{n}", {"email": f"p{n}@acme.example"}) for n in range(PEOPLE)],
        "cases": [
            item
            for n in range(CASES)
            for item in (
                Record("tickets", f"t{n}", {"opened_at": NOW, "contact": f"c{n}"}),
                Record("ticket_events", f"t{n}:1", {"ticket": f"t{n}", "at": NOW, "kind": "reply"}),
            )
        ],
    }
    connections.connectors = lambda: {"other": there.connector()}
    made = connections.add(connector="other", settings={"token": "x"}, now=NOW)

    def clock() -> datetime:
        return NOW + timedelta(seconds=time.monotonic())

    def reached() -> list[int]:
        return [one.cursor.get("at", 0) for one in StreamState.objects.order_by("pk")]

    chance, finished, behind = random.Random(4), 0, []
    for _ in range(kills):
        databases.close_all()  # a connection must not cross a fork
        child = os.fork()
        if child == 0:
            running.sync(Connection.objects.get(pk=made.pk), clock=clock)
            os._exit(0)
        before = reached()
        while reached() == before and not os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            time.sleep(0.005)
        time.sleep(chance.uniform(0.0, 0.1))
        os.kill(child, signal.SIGKILL)
        finished += os.waitpid(child, 0)[1] == 0
        state = {one.stream: one.cursor.get("at", 0) for one in StreamState.objects.all()}
        behind.append(state.get("people", 0) - Contact.objects.count())
    before = Contact.objects.count() + Ticket.objects.count()
    there.pause = 0.0
    run = running.sync(Connection.objects.get(pk=made.pk), clock=clock)
    print(  # noqa: T201
        json.dumps(
            {
                "state": run.state,
                "finished": finished,
                "before": before,
                "apart": sum(1 for rows in behind if rows),
                "added_last": sum(told["added"] for told in run.counts.values()),
                "contacts": Contact.objects.count(),
                "tickets": Ticket.objects.count(),
                "events": TicketEvent.objects.count(),
            }
        )
    )


if __name__ == "__main__":
    import sys

    main(int(sys.argv[1]))
