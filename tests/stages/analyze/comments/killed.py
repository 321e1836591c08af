"""A worker that is killed while it reads comments by a new version and takes a file of labels in.

Run as a command by test_killed.py. Prints one JSON line.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAID = ("Slow response times from support.", "Far too expensive for us.", "Great product and easy to use.")


def main(comments: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections, transaction

    from nineplus.jobs import worker
    from nineplus.jobs.kinds import LANES
    from nineplus.stages.analyze.comments import bringing, reading, versions
    from nineplus.store.models import (
        CommentReading,
        CommentReview,
        Event,
        Mention,
        Response,
        Revision,
        Survey,
        ThemeLabel,
        ThemesVersion,
    )
    from nineplus.text import editing

    call_command("migrate", verbosity=0)
    reading.PORTION = reading._LOOKED_AT = bringing._STEP = 5
    portion = reading._portion

    def slowly(*args: object, **named: object) -> object:
        time.sleep(0.01)  # by words alone all would be read before it can be killed
        return portion(*args, **named)

    reading._portion = slowly
    worker.LANES = tuple(lane for lane in LANES if lane.name in ("comments", "drafts"))
    worker.TICKS = ()
    with transaction.atomic():
        revision = Revision.next()
        survey = Survey.objects.create(external_id="s", name="S", created_at=NOW, revision=revision)
        Response.objects.bulk_create(
            Response(
                external_id=f"r{n}", survey=survey, score=3, answered_at=NOW, revision=revision,
                comment=f"{SAID[n % 3]} ({n})",
            )
            for n in range(comments)
        )  # fmt: skip
    ThemesVersion.objects.filter(pk=versions.current().pk).update(mode="fast")
    reading.follow(now=NOW)
    before = versions.current().number
    lines = [f"{SAID[n % 3]} ({n}),billing" for n in range(comments // 5)] + ["Nobody said this,billing"]
    bringing.receive(("text,themes\n" + "\n".join(lines)).encode(), name="l.csv", by=None, now=NOW)
    more = editing.add(versions.edited(), slug="slowness", name="Slowness", seeds={"en": ["slow"]})
    versions.edit(more, said="Added Slowness.", now=NOW)
    versions.apply(now=NOW)
    going = ThemesVersion.objects.latest("pk")

    def far() -> tuple[int, int]:
        read = CommentReading.objects.filter(version=going).count()
        return read, bringing.found()["done"]

    seen = []
    for work in (1, 0, 0):  # the labels once, the reading twice
        start = far()[work]
        connections.close_all()  # a connection must not cross a fork
        child = os.fork()
        if child == 0:
            worker.Worker(lease=timedelta(seconds=0.5), poll=0.01).run()
            os._exit(0)
        ends = time.monotonic() + 30
        while far()[work] < start + 10 and time.monotonic() < ends:
            time.sleep(0.02)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        seen.append(far())
    last = worker.Worker(lease=timedelta(seconds=0.5))
    ends = time.monotonic() + 60
    kinds = ("themes.version", "labels.due")
    while Event.objects.filter(kind__in=kinds, state__in=["waiting", "claimed"]).exists() and time.monotonic() < ends:
        last.burst()
        time.sleep(0.02)
    times = Counter(CommentReading.objects.filter(version=going).values_list("response", flat=True))
    told = bringing.found()
    print(  # noqa: T201
        json.dumps(
            {
                "seen": seen,
                "in_force": versions.current().number - before,
                "read": len(times),
                "twice": sum(1 for count in times.values() if count > 1),
                "counted": ThemesVersion.objects.get(pk=going.pk).read,
                "themeless": comments
                - Mention.objects.filter(reading__version=going, model=True).values("reading").distinct().count(),
                "labels": ThemeLabel.objects.filter(theme="billing", holds=True).count(),
                "reviews": CommentReview.objects.count(),
                "file": [told[name] for name in ("state", "done", "labelled", "not_used")],
                "kept": len(list(bringing.folder().iterdir())),
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
