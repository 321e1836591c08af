"""A worker that is killed again and again while events keep coming. Run as a command by test_killed.py.

Prints one JSON line: how many events, how many were never handled, how many twice, and their states.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path


def main(folder: Path, kills: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections, transaction
    from django.utils import timezone

    from nineplus.jobs import kinds, worker
    from nineplus.store.models import Event

    call_command("migrate", verbosity=0)
    log = folder / "handled"

    def handle(data: dict, *, now: object, stopping: object) -> None:
        with log.open("a") as file:
            file.write(f"{data['n']}\n")
        time.sleep(0.001)

    kinds.HANDLERS["tested"] = (handle,)
    worker.LANES = (kinds.Lane("tested", ("tested",), batch=20),)
    lease = timedelta(seconds=0.5)
    chance = random.Random(20260101)
    published = 0

    for _ in range(kills):
        with transaction.atomic():
            for _ in range(50):
                Event.publish(kind="tested", data={"n": published}, now=timezone.now())
                published += 1
        connections.close_all()  # a connection must not cross a fork
        child = os.fork()
        if child == 0:
            worker.Worker(lease=lease, poll=0.01).run()
            os._exit(0)
        time.sleep(chance.uniform(0.02, 0.12))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

    last = worker.Worker(lease=lease)
    ends = time.monotonic() + 20
    while Event.objects.filter(state__in=["waiting", "claimed"]).exists() and time.monotonic() < ends:
        last.burst()
        time.sleep(0.05)
    handled = Counter(int(line) for line in log.read_text().splitlines())
    print(  # noqa: T201
        json.dumps(
            {
                "published": published,
                "never": published - len(handled),
                "twice": sum(1 for count in handled.values() if count > 1),
                "states": dict(Counter(Event.objects.values_list("state", flat=True))),
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
