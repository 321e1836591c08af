"""A planner that is killed again and again. Run as a command by test_planning_killed.py.

Prints one JSON line: tickets, invitations, tickets with two, messages, planned ones without a message, the most that
one account was asked, and whether the survey's mark stood still while anything before it was undecided.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)


def main(kills: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from nineplus.stages.capture.asking import planning, turns
    from nineplus.store.models import Invitation, Message, Survey
    from tests.stages.capture import asking_world as world

    call_command("migrate", verbosity=0)
    planning.PORTION, turns._LEASE = 15, 0.05
    asked = world.survey(kind="ticket_resolved", rules={"account_cap": 3})
    for _ in range(100):
        company = world.account()
        for _ in range(5):
            world.ticket(world.contact(account=company), resolved=NOW + timedelta(hours=1))
    later = NOW + timedelta(days=9)
    chance, early, finished = random.Random(20260304), 0, 0
    for kill in range(kills):
        patience = 1 if Invitation.objects.exists() else 1 + kill  # a busy machine needs longer to get anywhere
        connections.close_all()  # a connection must not cross a fork
        child = os.fork()
        if child == 0:
            planning.plan(Survey.objects.select_related("current").get(pk=asked.pk), now=later)
            os._exit(0)
        time.sleep(chance.uniform(0.1, 0.35) * patience)
        os.kill(child, signal.SIGKILL)
        finished += os.waitpid(child, 0)[1] == 0
        moved = Survey.objects.get(pk=asked.pk).planned_to > NOW
        early += moved and Invitation.objects.count() < 500
    before = Invitation.objects.count()
    planning.plan(Survey.objects.select_related("current").get(pk=asked.pk), now=later)
    tickets = Counter(Invitation.objects.values_list("ticket", flat=True))
    planned = set(Invitation.objects.filter(fate="planned").values_list("pk", flat=True))
    written = Counter(Message.objects.values_list("invitation", flat=True))
    accounts = Counter(Invitation.objects.filter(fate="planned").values_list("account", flat=True))
    print(  # noqa: T201
        json.dumps(
            {
                "decided": len(tickets),
                "twice": sum(count > 1 for count in tickets.values()),
                "before_the_last": before,
                "finished": finished,
                "planned": len(planned),
                "messages": sum(written.values()),
                "unwritten": len(planned - set(written)),
                "most": max(accounts.values()),
                "early": early,
            }
        )
    )


if __name__ == "__main__":
    import sys

    main(int(sys.argv[1]))
