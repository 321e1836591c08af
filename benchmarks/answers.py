"""Durable answers a second through the real server, beside what the database alone takes and what the ORM does.

    python benchmarks/answers.py --seconds 10 --rounds 3

An answer is a score at a personal link: its seal checked, the link's state looked at, response, event, attributes and
the invitation's fate written, committed so that a power cut loses nothing, and then answered. The load comes from the
same processors.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import load
from asked import Asked, Site, asked, database, score
from table import write

CONNECTIONS = 128
PACED = 500

_ALONE = """
import json, os, time
import django
django.setup()
from django.db import connection, transaction
from django.utils import timezone
from nineplus.stages import capture
from nineplus.stages.capture.answering import rows
from nineplus.store.models import Event, Invitation, Response, Revision
seconds, way = float(os.environ["SECONDS"]), os.environ["WAY"]
ids = iter(Invitation.objects.filter(fate="sent").order_by("id").values_list("id", flat=True)[:200_000])
connection.ensure_connection()
raw, lite = connection.connection, connection.vendor == "sqlite"
columns = [name for name in rows._RESPONSE if name != "id"]
marks = ["?" if lite else "%s"] * len(columns)
insert = f"INSERT INTO nineplus_response ({', '.join(columns)}) VALUES ({', '.join(marks)})"

def bare(number):
    "The response's row alone, ready made, by the driver, in a commit of its own."
    now = timezone.now()
    known = dict(source="bare", external_id=f"{os.getpid()}/{number}", survey_id=survey, score=9, comment="",
        comment_raw="",
        answered_at=now.isoformat(" ") if lite else now, channel="email", language="en", anonymous=False, revision=1,
        attributes='{"plan": "Pro", "region": "EMEA", "tier": "1", "role": "admin"}', signals="{}", extras="{}",
        tags="[]")
    if lite:
        raw.execute("BEGIN IMMEDIATE")
    raw.execute(insert, [known.get(name) for name in columns])
    if lite:
        raw.commit()

def orm(number):
    "What the intake writes, by the ORM, one transaction an answer."
    now = timezone.now()
    with transaction.atomic():
        revision = Revision.next()
        asked = Invitation.objects.select_related("account", "contact", "survey").get(pk=number)
        if Response.objects.filter(invitation=asked).exists():
            return
        response = Response.objects.create(source="nineplus", external_id=str(number), survey=asked.survey,
            invitation=asked, account=asked.account, contact=asked.contact, version_id=asked.version_id, score=9,
            answered_at=now, channel=asked.channel, language=asked.language, revision=revision,
            attributes=capture.frozen_attributes(account=asked.account.attributes, contact=asked.contact.attributes,
                own=asked.attributes))
        Event.publish(kind="response.scored", data={"response": response.pk}, now=now)
        asked.fate, asked.revision = "answered", revision
        asked.save(update_fields=["fate", "revision"])

survey = Invitation.objects.values_list("survey_id", flat=True).first()
work, done, began = {"bare": bare, "orm": orm}[way], 0, time.perf_counter()
for number in ids:
    work(number)
    done += 1
    if time.perf_counter() - began > seconds:
        break
print(json.dumps(done / (time.perf_counter() - began)))
"""
_COUNT = """
import json
import django
django.setup()
from nineplus.store.models import Event, Response
print(json.dumps([Response.objects.filter(source="nineplus").count(), Event.objects.count()]))
"""


def measure(name: str, *, seconds: float, rounds: int, processes: int) -> list[list[str]]:
    """The table's rows for one database: the best of the rounds each."""
    with tempfile.TemporaryDirectory(prefix="nineplus-answers-") as folder, database(name) as (url, _):
        count = int((rounds * 2 * seconds + 4) * 9_000 + rounds * seconds * PACED)
        made = asked(Path(folder) / "home", count=count, database=url, NINEPLUS_WEB_WORKERS=str(processes))
        alone = {way: _best(rounds, lambda way=way: _alone(made, way, seconds / 2)) for way in ("bare", "orm")}
        tokens, taken = iter(reversed(made.tokens)), 0
        served, paced = {}, []
        for words in ((), ("--no-worker",)):
            site = Site(made, *words)
            site.start()
            try:
                site.wait()
                _flood(made, tokens, seconds=2, rate=PACED)  # its engines are loaded behind the first answers
                time.sleep(15)
                if not words:  # before the floods, which leave the worker a hundred thousand answers to go through
                    paced = [_flood(made, tokens, seconds=seconds, rate=PACED) for _ in range(rounds)]
                runs = [_flood(made, tokens, seconds=seconds) for _ in range(rounds)]
                served[words] = max(runs, key=lambda run: run.rate)
                taken += sum(len(run.status) for run in (*runs, *(() if words else paced)))
            finally:
                site.stop()
        kept, events = made.python(_COUNT)
        assert kept >= taken, f"{taken} were acknowledged, {kept} kept"
        assert events >= taken
    return [
        [f"{name}: bare INSERT of the response, one a commit", f"{alone['bare']:,.0f}", "", ""],
        [f"{name}: ORM, one transaction an answer", f"{alone['orm']:,.0f}", "", ""],
        _row(f"{name}: nineplus, through the server", served["--no-worker",]),
        _row(f"{name}: nineplus, with a worker beside it", served[()]),
        *(_row(f"{name}: at {PACED} a second, round {n}", run) for n, run in enumerate(paced, start=1)),
    ]


def _alone(made: Asked, way: str, seconds: float) -> float:
    return float(made.python(_ALONE, WAY=way, SECONDS=str(seconds)))


def _flood(made: Asked, tokens, *, seconds: float, rate: float | None = None) -> load.Load:  # type: ignore[no-untyped-def]
    body = score(9)
    requests = (load.post(f"/s/{token}/score", body) for token in tokens)
    run = load.run(requests, port=made.port, connections=CONNECTIONS, seconds=seconds, rate=rate)
    strange = [status for status in run.status.values() if status != 200]
    if strange or run.broken:
        raise SystemExit(f"{len(strange)} answers were refused, {run.broken} connections broke.")
    return run


def _best(rounds: int, once: Callable[[], float]) -> float:
    return max(once() for _ in range(rounds))


def _row(name: str, run: load.Load) -> list[str]:
    return [name, f"{run.rate:,.0f}", f"{1000 * run.slowest(0.5):.1f}", f"{1000 * run.slowest(0.99):.1f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--web-workers", type=int, default=1, help="Web processes.")
    parser.add_argument("--databases", nargs="*", default=["SQLite", "PostgreSQL"])
    parser.add_argument("--no-table", action="store_true")
    chosen = parser.parse_args()
    how = {"seconds": chosen.seconds, "rounds": chosen.rounds, "processes": chosen.web_workers}
    found = (measure(name, **how) for name in chosen.databases)
    rows = list(itertools.chain(*found))
    for row in rows:
        print(" | ".join(row))
    if chosen.no_table:
        return
    write(
        "answers",
        title="Durable answers a second",
        head=["", "answers/s", "median ms", "99th percentile ms"],
        rows=rows,
        command=f"python benchmarks/answers.py --seconds {chosen.seconds:g} --rounds {chosen.rounds}",
        note=f"Full durability, web processes: {chosen.web_workers}, {CONNECTIONS} connections, the best of "
        f"{chosen.rounds} rounds. "
        "The load generator (`benchmarks/load.py`, about 20 µs a request) and the worker run on the same processors.",
    )


if __name__ == "__main__":
    main()
